import datetime
import json
import statistics

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from . import oracle
from .common import RetailAccountingCommon, RetailCommon
from .test_payment_risk import oracle as payment_oracle
from .test_scoring import AS_OF, ScoringCase, random_purchases


def facts_of(explanation):
    return {fact["code"]: fact for fact in explanation["facts"]}


def plain(text):
    """The text with blanks that break, as people type them."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


@tagged("post_install", "-at_install")
class TestExplanationOfRandomShop(ScoringCase):
    """Every number that is given as a reason, recomputed from the purchases."""

    def test_facts_are_those_of_the_purchases(self):
        self._load(random_purchases(21, 160, with_cost=True))
        self._run(AS_OF - datetime.timedelta(weeks=4))
        previous = self._codes()
        run = self._run()
        expected = self._expect(run)
        decided = oracle.decide(expected, previous)
        values = sorted((profile.value for profile in expected.values()), reverse=True)
        median = statistics.median(profile.contribution for profile in expected.values())
        threshold = oracle.risk_threshold(expected)
        for partner, profile in list(self._profiles().items())[::4]:
            want, explanation = expected[partner], profile.explain()
            facts = facts_of(explanation)
            with self.subTest(customer=partner):
                self.assertEqual(explanation["segments"]["computed"]["code"], decided[partner][0])
                self.assertAlmostEqual(facts["value"]["number"], want.value, 2)
                self.assertAlmostEqual(facts["percentile"]["number"], want.value_percentile, delta=0.1001)
                self.assertEqual(facts["percentile"]["rank"], values.index(want.value) + 1)
                self.assertEqual(facts["percentile"]["of"], len(expected))
                self.assertAlmostEqual(facts["contribution"]["number"], want.contribution, 2)
                self.assertAlmostEqual(facts["contribution"]["rule"]["threshold"], median, 6)
                self.assertEqual(facts["contribution"]["rule"]["is_met"], want.contribution >= median)
                self.assertEqual(facts["purchase_days"]["number"], want.purchase_days)
                self.assertEqual(facts["last_purchase"]["number"], (AS_OF - want.last_purchase_date).days)
                self.assertEqual(facts["last_purchase"]["day"], want.last_purchase_date.isoformat())
                gap = want.tx * 7 / want.x if want.x else None
                self.assertEqual(facts["rhythm"]["number"] is None, gap is None)
                self.assertAlmostEqual(facts["rhythm"]["number"] or 0, gap or 0)
                self.assertAlmostEqual(facts["inactivity_risk"]["number"], want.inactivity_risk, delta=0.0101)
                if "inactivity_risk" not in self._get_kept(facts):
                    self.assertEqual(facts["inactivity_risk"]["rule"]["threshold"], threshold)

    def _get_kept(self, facts):
        """Codes of the facts whose rule is that of leaving."""
        return {
            code
            for code, fact in facts.items()
            if (fact["rule"] or {}).get("source", {}).get("field") == "leave"
        }

    def test_documents_of_a_fact_are_those_that_it_counts(self):
        self._load(random_purchases(22, 20))
        self._run()
        ref, partner = self.partners.popitem()
        bought_since = {
            "customer_ref": ref,
            "partner_id": partner,
            "date": AS_OF + datetime.timedelta(days=1),
        }
        self.env["retail.purchase.history"].create(
            {**bought_since, "company_id": self.company.id, "amount": 999}
        )
        for profile in self._profiles().values():
            documents = facts_of(profile.explain())["contribution"]["documents"]
            rows = self.env[documents["model"]].search(documents["domain"])
            self.assertAlmostEqual(sum(rows.mapped("contribution")), profile.contribution, 2)


class ExplainedShop(RetailCommon):
    """Twenty customers who bring 10, 20 ... 200 on each of three days; too few for a fitted model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._user("explain_staff", "sales_team.group_sale_salesman_all_leads")
        cls.manager = cls._user("explain_manager", "retail_crm.group_manager")
        cls.customers = [cls._customer(f"Customer {number:02}") for number in range(1, 21)]
        for number, customer in enumerate(cls.customers, start=1):
            for days_ago in (60, 30, 10):
                cls._buys(customer, 10 * number, days_ago=days_ago)

    def _explain(self, customer, user=None):
        profile = self._profile(customer).with_user(user or self.staff)
        return profile.with_context(allowed_company_ids=self.company.ids, lang="en_US").explain()

    def assertDecisive(self, customer, codes):
        facts = self._explain(customer)["facts"]
        self.assertEqual({fact["code"] for fact in facts if fact["is_decisive"]}, codes)


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestExplanation(ExplainedShop):
    def test_explanation_names_customer_day_policy_and_segments(self):
        run = self._rescore()
        explanation = self._explain(self.customers[-1])
        self.assertEqual(explanation["customer"]["name"], "Customer 20")
        self.assertEqual(explanation["company"]["name"], "Corner Shop")
        self.assertEqual(explanation["currency"]["name"], "USD")
        self.assertEqual(explanation["as_of"], "2025-06-30")
        self.assertEqual(explanation["policy"]["id"], run.policy_id.id)
        self.assertEqual(explanation["policy"]["version"], 1)
        self.assertEqual(explanation["run"]["customers"], 20)
        self.assertEqual(explanation["segments"]["effective"]["code"], "strategic")
        self.assertIsNone(explanation["segments"]["pinned"])
        self.assertIsNone(explanation["segments"]["previous"])
        self.assertEqual(json.loads(json.dumps(explanation))["facts"][0]["code"], "percentile")

    def test_value_segment_is_explained_by_its_place(self):
        self._rescore()
        best, middle, low = (self._explain(self.customers[place]) for place in (19, 15, 3))
        self.assertEqual(best["rule"], "Strategic: among the best 10% by value")
        self.assertEqual(middle["rule"], "Key: among the best 30% by value")
        self.assertEqual(low["rule"], "Transactional: everybody else who ever bought")
        rule = facts_of(middle)["percentile"]["rule"]
        self.assertEqual((rule["text"], rule["is_met"], rule["threshold"]), ("Key from 70%", True, 70))
        self.assertEqual((rule["source"]["model"], rule["source"]["field"]), ("retail.policy.band", "enter"))
        missed = facts_of(low)["percentile"]["rule"]
        self.assertEqual((missed["text"], missed["is_met"]), ("Key from 70%", False))
        self.assertEqual(
            facts_of(middle)["percentile"]["text"], "rank 5 of 20: more value than 78.9% of the customers"
        )
        self.assertDecisive(self.customers[15], {"percentile"})

    def test_who_stays_because_of_the_segment_before_is_told_so(self):
        self._rescore(as_of=self.today - datetime.timedelta(days=1))
        rising = self.customers[16]
        self._buys(rising, 200)
        self._rescore()
        self.assertSegments({self.customers[18]: "strategic", rising: "strategic"})
        explanation = self._explain(self.customers[18])
        self.assertEqual(
            explanation["rule"],
            "Strategic: stays because of the segment before, and leaves only below 85% by value",
        )
        self.assertDecisive(self.customers[18], {"percentile", "previous_segment"})
        before = facts_of(explanation)["previous_segment"]
        self.assertEqual(before["text"], "Strategic")
        self.assertEqual(
            before["rule"]["text"],
            "stays Strategic because of the segment before: leaves only below 85%",
        )

    def test_risk_is_explained_by_days_contribution_and_silence(self):
        silent = self._customer("Silent")
        for days_ago in range(300, 500, 10):
            self._buys(silent, 50, days_ago=days_ago)
        self._rescore()
        self.assertSegments({silent: "risk"})
        explanation = self._explain(silent)
        self.assertDecisive(silent, {"purchase_days", "contribution", "inactivity_risk"})
        facts = facts_of(explanation)
        self.assertTrue(
            all(
                facts[code]["rule"]["is_met"] for code in ("purchase_days", "contribution", "inactivity_risk")
            )
        )
        self.assertEqual(facts["contribution"]["rule"]["threshold"], 330)
        self.assertEqual(facts["last_purchase"]["text"], "September 3, 2024, 300 days before these figures")
        self.assertEqual(
            explanation["rule"],
            "Risk: bought on at least 2 days, brought no less than the middle customer, and looks like staying away",
        )

    def test_rules_without_a_risk_segment_speak_of_no_risk(self):
        policy = self.env["retail.policy"]._get_active(self.company).copy()
        policy._get_risk_band().unlink()
        policy._activate()
        silent = self._customer("Silent")
        for days_ago in range(300, 500, 10):
            self._buys(silent, 50, days_ago=days_ago)
        self._rescore()
        explanation = self._explain(silent)
        facts = facts_of(explanation)
        for code in ("contribution", "purchase_days", "inactivity_risk", "payment_risk"):
            self.assertIsNone(facts[code]["rule"], code)
        self.assertDecisive(silent, {"percentile"})
        self.assertEqual(explanation["counterfactual"]["drop_obstacle"], "never")

    def test_little_history_shows_no_percentage(self):
        run = self._rescore()
        self.assertEqual(run.model_rung, "rank")
        fact = facts_of(self._explain(self.customers[0]))["inactivity_risk"]
        self.assertTrue(fact["is_rough"])
        self.assertNotIn("%", fact["text"] + fact["rule"]["text"])

    def test_pin_decides_and_the_figures_are_still_explained(self):
        customer = self.customers[3]
        self._rescore()
        self.env["retail.segment.pin"].with_user(self.manager).create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "segment_id": self._segment("strategic").id,
                "reason": "Opens a hotel",
                "date_end": datetime.date(2025, 9, 30),
            }
        )
        explanation = self._explain(customer)
        self.assertEqual(explanation["segments"]["effective"]["code"], "strategic")
        self.assertEqual(explanation["segments"]["computed"]["code"], "transactional")
        self.assertEqual(
            explanation["rule"],
            "Pinned to Strategic by a person; by the figures Transactional: everybody else who ever bought",
        )
        self.assertDecisive(customer, {"pin"})
        pin = facts_of(explanation)["pin"]
        self.assertIn("Opens a hotel", pin["text"])
        self.assertEqual(pin["day"], "2025-09-30")
        told = explanation["counterfactual"]
        self.assertEqual(told["lift"]["segment"]["code"], "key")
        self.assertEqual(
            told["pin_text"],
            "That is what the figures would do; the pin to Strategic holds until September 30, 2025.",
        )

    def test_customer_not_yet_scored_has_no_facts(self):
        customer = self._customer("New")
        self._in_segment(customer, "key")
        explanation = self._explain(customer)
        self.assertEqual((explanation["facts"], explanation["counterfactual"]), ([], None))
        self.assertEqual(explanation["segments"]["effective"]["code"], "key")

    def test_history_shows_contribution_only_to_who_may_read_it(self):
        customer = self.customers[0]
        self._buys(customer, -4, days_ago=5)
        self._rescore()
        seen_by_staff = self._explain(customer)["history"]
        self.assertIsNone(seen_by_staff["trend"])
        self.assertEqual([row["amount"] for row in seen_by_staff["purchases"]], [10, 10, 10])
        self.assertEqual(seen_by_staff["returns"], [{"day": "2025-06-25", "amount": -4}])
        trend = self._explain(customer, self.manager)["history"]["trend"]
        self.assertEqual(trend[-1], {"day": "2025-06-30", "value": self._profile(customer).value})

    def test_explanation_costs_some_fifteen_queries(self):
        self._rescore()
        profile = self._profile(self.customers[5]).with_user(self.staff)
        profile = profile.with_context(allowed_company_ids=self.company.ids, lang="en_US")
        profile.explain()
        self.env.flush_all()
        self.env.invalidate_all()
        # profile 1, run 1, policy and bands 3, customer, company and currency 3, segments 2, rights of the reader 2;
        # the customer as he is 1, with a purchase 1, silent 1; his days 1 and the branches 1
        with self.assertQueryCount(17):
            profile.explain()

    def test_every_reader_is_told_the_same(self):
        self._rescore()
        told = self._explain(self.customers[5])
        for group in ("group_manager", "group_approver", "group_finance", "group_auditor"):
            reader = self._user(f"explain_{group}", f"retail_crm.{group}")
            explanation = self._explain(self.customers[5], reader)
            for part in ("reason", "rule", "counterfactual"):
                self.assertEqual(explanation[part], told[part], group)

    def test_who_may_not_read_the_profile_gets_no_explanation(self):
        self._rescore()
        profile = self._profile(self.customers[0])
        for login, groups in (
            ("explain_internal", "base.group_user"),
            ("explain_portal", "base.group_portal"),
        ):
            user = self._user(login, groups)
            with self.assertRaises(AccessError):
                profile.with_user(user).explain()

    def test_explanation_of_another_company_is_refused(self):
        self._rescore()
        profile = self._profile(self.customers[0])
        stranger = self._create_company("Other Shop")
        user = self._user("explain_stranger", "retail_crm.group_manager")
        user.write({"company_ids": [Command.set(stranger.ids)], "company_id": stranger.id})
        with self.assertRaises(AccessError):
            profile.with_user(user).with_context(allowed_company_ids=stranger.ids).explain()

    def test_customer_kept_by_another_branch_is_explained(self):
        own, other = (self._create_company(name, parent_id=self.company.id) for name in ("North", "South"))
        customer = self.customers[0]
        customer.company_id = other
        self._rescore()
        user = self._user("explain_branch", "retail_crm.group_user")
        user.write({"company_ids": [Command.set(own.ids)], "company_id": own.id})
        profile = self._profile(customer).with_user(user).with_context(allowed_company_ids=own.ids)
        self.assertFalse(profile.partner_id._filtered_access("read"))
        self.env.invalidate_all()
        explanation = profile.explain()
        self.assertEqual(explanation["customer"]["name"], "Customer 01")
        self.assertTrue(explanation["rule"])


@tagged("post_install", "-at_install")
class TestExplanationOfPayments(RetailAccountingCommon):
    def test_payment_risk_is_explained_by_its_bills(self):
        finance = self._user("explain_finance", "retail_crm.group_finance")
        staff = self._user("explain_sales", "retail_crm.group_user")
        late = self._customer("Late")
        due = self.today - datetime.timedelta(days=20)
        self._bills(late, 500, day=due - datetime.timedelta(days=30), due=due)
        for number in range(10):
            self._buys(self._customer(f"Customer {number}"), 10 + number, days_ago=5)
        self._rescore()
        self.assertSegments({late: "risk"})
        profile = self._profile(late).with_context(allowed_company_ids=self.company.ids, lang="en_US")
        explanation = profile.with_user(finance).explain()
        fact = facts_of(explanation)["payment_risk"]
        share, overdue = payment_oracle([(due, 500, [])], self.today)
        self.assertAlmostEqual(fact["number"], share, 2)
        self.assertEqual(fact["overdue_amount"], overdue)
        self.assertTrue(fact["rule"]["is_met"])
        self.assertEqual(
            {code["code"] for code in explanation["facts"] if code["is_decisive"]},
            {"percentile", "payment_risk"},
        )
        self.assertEqual(explanation["rule"], "Risk: would be Strategic by value, but pays late")
        bills = self.env[fact["documents"]["model"]].search(fact["documents"]["domain"])
        self.assertEqual(sum(bills.mapped("balance")), 500)
        told = explanation["counterfactual"]
        self.assertEqual(told["lift_obstacle"], "payment")
        self.assertEqual(plain(told["lift_text"]), "no purchase helps while bills are open: $ 500 overdue")
        self.assertIsNone(facts_of(profile.with_user(staff).explain())["payment_risk"]["documents"])
