import bisect
import datetime
import math
import statistics

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from . import oracle, real_data
from .common import RetailAccountingCommon, RetailCommon
from .test_scoring import AS_OF, ScoringCase, random_purchases

BEST_FIRST = (oracle.STRATEGIC, oracle.KEY, oracle.TRANSACTIONAL, oracle.RISK)
YEARS = datetime.timedelta(days=3 * 365 + 1)


class HeldFixed:
    """The plain Python oracle of one customer as he might be, among the others as they were on the day of the run.

    :param previous: {partner: segment} of the run before
    """

    def __init__(self, rows, run, previous):
        self.stories = oracle.by_partner(rows)
        self.as_of = run.as_of
        self.model = {
            "parameters": (run.parameter_r, run.parameter_alpha, run.parameter_a, run.parameter_b),
            "horizon_weeks": run.horizon_weeks,
            "calibration": (run.calibration_intercept, run.calibration_slope),
        }
        self.scored = oracle.profiles(rows, run.as_of, **self.model)
        self.previous = previous
        self.median = statistics.median([profile.contribution for profile in self.scored.values()])
        self.threshold = oracle.risk_threshold(self.scored)
        self.values = sorted(profile.value for profile in self.scored.values())
        decided = oracle.decide(self.scored, previous)
        self.segments = {partner: segment for partner, (segment, _reason) in decided.items()}

    def with_purchase(self, partner, amount):
        """The segment after one purchase on the day of the run."""
        visit = oracle.Row(partner, self.as_of, self.as_of, amount, amount)
        return self._decide(partner, [*self.stories[partner], visit], self.as_of, self.previous.get(partner))

    def on_day(self, partner, day):
        """The segment on a later day when nothing is bought until then."""
        known = oracle.known_rows(self.stories[partner], self.as_of)
        return self._decide(partner, known, day, self.segments[partner])

    def _decide(self, partner, story, day, previous):
        profile = oracle.profiles(story, day, **self.model)[partner]
        lower = bisect.bisect_left(self.values, profile.value) - (self.scored[partner].value < profile.value)
        percentile = oracle.rounded(100 * lower / max(len(self.values) - 1, 1), 1)
        profile = profile._replace(value_percentile=percentile)
        policy = oracle.DEFAULT_POLICY
        return oracle.decide_one(profile, previous, False, self.median, self.threshold, policy)[0]


class CounterfactualCase(ScoringCase):
    """What the product says would change a segment, tried on the oracle."""

    def _ask(self, profile):
        Counterfactual = self.env["retail.counterfactual"]
        return Counterfactual._get(Counterfactual._get_standing(profile))

    def _code(self, row):
        return self.env["retail.segment"].browse(row["computed_segment_id"]).code

    def assertTold(self, profiles, fixed):
        """What is said of ``profiles`` comes true, and neither a little less nor a day before.

        :return: set of (segment, whereto or why not by a purchase, whereto or why not by silence)
        """
        kinds = set()
        for profile in profiles:
            told = self._ask(profile)
            lift, drop = told["lift"], told["drop"]
            with self.subTest(customer=profile.partner_id.name):
                self._assert_lift(profile, lift, fixed)
                self._assert_drop(profile, drop, fixed)
            kinds.add(
                (
                    profile.computed_segment_id.code,
                    self._code(lift) if lift else told["lift_obstacle"],
                    self._code(drop) if drop else told["drop_obstacle"],
                )
            )
        return kinds

    def _assert_lift(self, profile, lift, fixed):
        partner = profile.partner_id.id
        now = BEST_FIRST.index(profile.computed_segment_id.code)

        def is_better(amount):
            return BEST_FIRST.index(fixed.with_purchase(partner, amount)) < now

        if lift:
            amount = lift["amount"]
            self.assertEqual(fixed.with_purchase(partner, amount), self._code(lift), amount)
            self.assertTrue(is_better(amount), amount)
            if amount:
                self.assertFalse(is_better(max(amount - max(amount / 100, 1), 0)), amount)
        else:
            top = fixed.values[-1] - fixed.scored[partner].value + 1
            median = max(math.ceil(fixed.median - fixed.scored[partner].contribution), 1)
            for amount in (0, 1, median - 1, median, top / 2, top, 10 * top):
                self.assertFalse(is_better(math.ceil(amount)), amount)

    def _assert_drop(self, profile, drop, fixed):
        partner, now = profile.partner_id.id, profile.computed_segment_id.code
        if drop:
            self.assertEqual(fixed.on_day(partner, drop["day"]), self._code(drop))
            self.assertNotEqual(self._code(drop), now)
        last_quiet = drop["day"] - datetime.timedelta(days=1) if drop else fixed.as_of + YEARS
        days = (last_quiet - fixed.as_of).days
        for ahead in {days} | set(range(1, days, max(days // 8, 1))):
            self.assertEqual(fixed.on_day(partner, fixed.as_of + datetime.timedelta(days=ahead)), now, ahead)


@tagged("post_install", "-at_install")
class TestCounterfactualOfRandomShops(CounterfactualCase):
    def _try_shop(self, purchases, sample=1):
        self._load(purchases)
        self._run(AS_OF - datetime.timedelta(weeks=5))
        previous = self._codes()
        run = self._run()
        fixed = HeldFixed(self.rows, run, previous)
        profiles = self._profiles()
        self.assertEqual(self._codes(), fixed.segments)
        return self.assertTold([profiles[partner] for partner in sorted(profiles)[::sample]], fixed)

    def test_what_is_said_comes_true_and_no_less_does(self):
        kinds = self._try_shop(random_purchases(11, 160))
        self.assertGreater(len(kinds), 8, kinds)
        self.assertEqual({segment for segment, _lift, _drop in kinds}, set(BEST_FIRST))

    def test_what_is_said_comes_true_with_costs_and_calibration(self):
        kinds = self._try_shop(random_purchases(12, 520, with_cost=True), sample=5)
        self.assertGreater(len(kinds), 8, kinds)

    def test_equals_are_passed_together(self):
        shop = [
            (
                f"t{number}",
                AS_OF - datetime.timedelta(days=30 * back + number % 3),
                f"{back}",
                amount,
                1,
                None,
            )
            for number in range(150)
            for amount in [(10, 10, 10, 50, 200)[number % 5]]
            for back in range(1, 2 + number % 4)
        ]
        self._try_shop(shop, sample=4)


class ToldShop(RetailCommon):
    """Twenty customers who brought 10, 20 ... 200 on each of three days, the last ten days ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = [cls._customer(f"Customer {number:02}") for number in range(1, 21)]
        for number, customer in enumerate(cls.customers, start=1):
            for days_ago in (60, 30, 10):
                cls._buys(customer, 10 * number, days_ago=days_ago)

    def _told(self, customer, company=None):
        profile = self._profile(customer, company).with_context(lang="en_US")
        return profile.explain()["counterfactual"]


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestCounterfactual(ToldShop):
    def assertLift(self, customer, code, amount=None):
        lift = self._told(customer)["lift"]
        self.assertEqual(lift["segment"]["code"], code)
        if amount is not None:
            self.assertEqual((lift["amount"], lift["any_purchase"]), (amount, not amount))
        return lift

    def test_purchase_told_lifts_and_one_percent_less_does_not(self):
        customer = self.customers[10]
        self._rescore()
        lift = self.assertLift(customer, "key")
        self.assertEqual(lift["cause"], "value")
        visit = self._buys(customer, lift["amount"])
        self._rescore()
        self.assertSegments({customer: "key"})
        visit.amount -= max(lift["amount"] / 100, 1)
        self._rescore()
        self.assertSegments({customer: "transactional"})

    def test_silence_told_drops_on_that_day_and_not_the_day_before(self):
        self.env["retail.policy"]._get_active(self.company).horizon_weeks = 13
        regular = self._customer("Regular")
        for days_ago in range(0, 300, 5):
            self._buys(regular, 100, days_ago=days_ago)
        self._rescore()
        drop = self._told(regular)["drop"]
        self.assertEqual((drop["segment"]["code"], drop["cause"]), ("risk", "inactivity"))
        first_day = datetime.date.fromisoformat(drop["day"])
        # the others go on, so that a silence stays something special
        for customer in self.customers:
            self._buys(customer, 1, day=first_day - datetime.timedelta(days=2))
        self._rescore(as_of=first_day - datetime.timedelta(days=1))
        self.assertSegments({regular: "strategic"})
        self._rescore(as_of=first_day)
        self.assertSegments({regular: "risk"})

    def test_words_are_those_of_a_shop(self):
        self._rescore()
        told = self._told(self.customers[10])
        amount = f"{told['lift']['amount']:,}"
        self.assertEqual(
            told["lift_text"].replace("\N{NO-BREAK SPACE}", " "),
            f"Key with one purchase that brings $ {amount} more (contribution)",
        )
        day = datetime.date.fromisoformat(told["drop"]["day"])
        self.assertEqual(
            told["drop_text"], f"drops to Risk if nothing is bought until {day:%B} {day.day}, {day.year}"
        )

    def test_visit_alone_brings_a_silent_customer_back(self):
        silent = self._customer("Silent")
        for days_ago in range(60, 300, 10):
            self._buys(silent, 200, days_ago=days_ago)
        self._rescore()
        self.assertSegments({silent: "risk"})
        self.assertLift(silent, "strategic", amount=0)
        self.assertEqual(self._told(silent)["lift_text"], "Strategic with any purchase, however small")
        self.assertEqual(self._told(silent)["drop_obstacle"], "risk")
        self._buys(silent, 0)
        self._rescore()
        self.assertSegments({silent: "strategic"})

    def test_who_is_at_the_top_cannot_rise(self):
        self._rescore()
        told = self._told(self.customers[-1])
        self.assertEqual((told["lift"], told["lift_obstacle"]), (None, "highest"))
        self.assertEqual(told["lift_text"], "already in the highest segment")

    def test_who_bought_once_and_little_cannot_drop(self):
        once = self._customer("Once")
        self._buys(once, 5, days_ago=3)
        self._rescore()
        self.assertEqual((self._told(once)["drop"], self._told(once)["drop_obstacle"]), (None, "rhythm"))

    def test_who_brought_less_than_the_middle_customer_cannot_drop(self):
        self._rescore()
        self.assertEqual(self._told(self.customers[0])["drop_obstacle"], "median")

    def test_key_customer_who_bought_once_drops_by_value_alone(self):
        once = self._customer("Once")
        self._buys(once, 420, days_ago=3)
        self._rescore()
        self.assertSegments({once: "key"})
        drop = self._told(once)["drop"]
        self.assertEqual((drop["segment"]["code"], drop["cause"]), ("transactional", "value"))
        self.assertLess(drop["value_percentile"], 65)

    def test_equals_are_all_passed_by_one_unit_more(self):
        for customer in self.customers[11:17]:
            self._buys(customer, 600 - 30 * int(customer.name[-2:]), days_ago=10)
        equal = self._customer("Equal")
        self._rescore()
        self.assertEqual(len({self._profile(customer).value_rank for customer in self.customers[:11]}), 11)
        for days_ago in (60, 30, 10):
            self._buys(equal, 110, days_ago=days_ago)
        self._rescore()
        twin = self._profile(self.customers[10])
        self.assertEqual(self._profile(equal).value_rank, twin.value_rank)
        self.assertEqual(
            self._told(equal)["lift"]["amount"], self._told(self.customers[10])["lift"]["amount"]
        )

    def test_only_customer_of_a_shop_has_nobody_to_compare_with(self):
        alone = self._create_company("Lonely Shop")
        customer = self._customer("Alone")
        self._buys(customer, 100, days_ago=5, company=alone)
        self._buys(customer, 100, days_ago=50, company=alone)
        self._rescore(company=alone)
        told = self._told(customer, alone)
        self.assertEqual(told["lift_obstacle"], "alone")
        self.assertEqual(told["drop"]["segment"]["code"], "risk")

    def test_each_company_compares_with_its_own_customers(self):
        other = self._create_company("Big Shop")
        customer = self.customers[10]
        for number, buyer in enumerate(self.customers, start=1):
            for days_ago in (60, 30, 10):
                self._buys(buyer, 1000 * number, days_ago=days_ago, company=other)
        self._rescore()
        self._rescore(company=other)
        small, big = self._told(customer)["lift"], self._told(customer, other)["lift"]
        self.assertEqual(small["segment"], big["segment"])
        self.assertAlmostEqual(big["amount"] / small["amount"], 100, delta=1)

    def test_who_brought_losses_is_lifted_by_what_makes_up_for_them(self):
        customer = self._customer("Loss")
        self._buys(customer, 100, days_ago=20)
        self._buys(customer, -5000, days_ago=20)
        self._rescore()
        lift = self.assertLift(customer, "key")
        self.assertGreater(lift["amount"], 4900 * 0.5 ** (20 / 182))
        self._buys(customer, lift["amount"])
        self._rescore()
        self.assertSegments({customer: "key"})

    def test_pin_holds_and_the_figures_tell_what_they_would_do(self):
        customer = self.customers[10]
        self.env["retail.segment.pin"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "segment_id": self._segment("strategic").id,
                "reason": "Moved here",
            }
        )
        self._rescore()
        self.assertSegments({customer: "strategic"})
        told = self._told(customer)
        self.assertEqual(told["lift"]["segment"]["code"], "key")
        self.assertEqual(
            told["pin_text"],
            "That is what the figures would do; the pin to Strategic holds until somebody removes it.",
        )

    def test_news_after_the_run_change_nothing_of_what_is_told(self):
        customer = self.customers[10]
        run = self._rescore()
        before = self._told(customer)
        self._buys(customer, 77, days_ago=0)
        self.env.flush_all()
        # a run under way has renewed the statistics and not yet the profiles
        self.env["retail.profile.statistics"]._refresh(
            self.company, self.today, run.half_life_weeks, full=True
        )
        self.assertEqual(self._told(customer), before)

    def test_purchase_on_a_day_computed_before_keeps_the_segment_before_that_day(self):
        self._rescore(as_of=self.today - datetime.timedelta(days=1))
        falling = self.customers[18]
        self._buys(self.customers[16], 200)
        self._buys(self.customers[15], 220)
        self._rescore()
        self.assertSegments({falling: "key"})
        lift = self.assertLift(falling, "strategic")
        self._buys(falling, lift["amount"])
        self._rescore()
        self.assertSegments({falling: "strategic"})

    def test_place_of_a_candidate_is_found_through_the_index(self):
        self._rescore()
        profile = self._profile(self.customers[10])
        Counterfactual = self.env["retail.counterfactual"]
        standing = Counterfactual._get_standing(profile)
        scored = Counterfactual._sql_scored(
            profile, standing.circumstances, Counterfactual._sql_silent(standing)
        )
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = "\n".join(line for (line,) in self.env.execute_query(SQL("EXPLAIN %s", scored)))
        self.assertRegex(
            plan, r"Index (Only )?Scan using retail_profile_company_value_idx on retail_profile other"
        )
        self.assertNotIn("Seq Scan", plan)
        self.assertRegex(plan, r"Index Cond: \(\(company_id = \d+\) AND \(value < ")


@tagged("post_install", "-at_install")
class TestCounterfactualOfPayments(RetailAccountingCommon):
    def test_no_purchase_lifts_who_pays_late(self):
        late = self._customer("Late")
        due = self.today - datetime.timedelta(days=20)
        self._bills(late, 500, day=due - datetime.timedelta(days=30), due=due)
        for number in range(10):
            self._buys(self._customer(f"Customer {number}"), 10 + number, days_ago=5)
        self._rescore()
        told = self._profile(late).with_context(lang="en_US").explain()["counterfactual"]
        self.assertEqual((told["lift"], told["lift_obstacle"]), (None, "payment"))
        # once the value is forgotten there is nothing left to veto
        self.assertEqual(told["drop"]["segment"]["code"], "transactional")


@tagged("post_install", "-at_install", "-standard", "retail_data")
class TestCounterfactualOfRealShops(CounterfactualCase):
    def _try_shop(self, purchases, days, each):
        """``each`` customers of every segment, as of the last of the ``days`` on which a run was made."""
        amounts = {}
        for purchase in purchases:
            key = purchase.customer_ref, purchase.date
            amounts[key] = amounts.get(key, 0) + purchase.amount
        self._load([(ref, day, "", round(amount, 2), 1, None) for (ref, day), amount in amounts.items()])
        previous = {}
        for day in days:
            run, before = self._run(day), previous
            previous = self._codes()
        fixed = HeldFixed(self.rows, run, before)
        by_segment = {}
        for _partner, profile in sorted(self._profiles().items()):
            by_segment.setdefault(profile.computed_segment_id.code, []).append(profile)
        self.assertEqual(by_segment.keys(), set(BEST_FIRST))
        for profiles in by_segment.values():
            self.assertTold(profiles[:: max(len(profiles) // each, 1)], fixed)

    def test_cdnow(self):
        days = [datetime.date(1998, 3, 31), datetime.date(1998, 4, 30)]
        self._try_shop(real_data.read_cdnow_sample(), days, each=40)

    def test_complete_journey(self):
        days = [datetime.date(2017, 9, 1), datetime.date(2017, 10, 1)]
        self._try_shop(real_data.read_complete_journey(), days, each=40)
