"""Random histories of customers: the engine does what plain Python says."""

from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .tiers_common import TiersCommon
from .tiers_oracle import Member, Step

ROLLING = st.builds(
    lambda threshold, window, validity, grace: Step(threshold, window, validity, grace),
    st.sampled_from([50, 100, 200]),
    st.sampled_from([5, 20, 45]),
    st.sampled_from([1, 7, 30]),
    st.sampled_from([0, 0, 3, 20]),
)
CALENDAR = st.builds(
    lambda threshold, window, validity, grace: Step(threshold, window, validity, grace),
    st.sampled_from([50, 100, 200]),
    st.sampled_from(["quarter", "year"]),
    st.sampled_from([10, "window", "next_window"]),
    st.sampled_from([0, 0, 3, 20]),
)
LADDER = st.lists(st.one_of(ROLLING, CALENDAR), min_size=1, max_size=3)
EVENT = st.one_of(
    st.tuples(st.just("earn"), st.sampled_from([10, 50, 60, 150])),
    st.tuples(st.just("return"), st.integers(0, 3)),
    st.tuples(st.just("invite"), st.integers(0, 2), st.sampled_from([None, 0, 8, 40])),
    st.tuples(st.just("night"), st.sampled_from([0, 1, 1, 6, 25])),
)
HISTORY = st.lists(EVENT, min_size=8, max_size=16)


# The same examples on every machine; an example costs about a second.
shared = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
FEW, MANY = 6, 150


class TierHistories(TiersCommon):
    """Two customers live the same days, and what one does never touches the other."""

    def _compare(self, steps, is_stepwise, mine, theirs):
        savepoint = self.env.cr.savepoint()
        try:
            self._live(steps, is_stepwise, mine, theirs)
        finally:
            savepoint.rollback()
            savepoint.close()
            self.env.invalidate_all(flush=False)
            self.registry.clear_cache()

    def _live(self, steps, is_stepwise, mine, theirs):
        self.day = date(2023, 12, 20)
        self.program.write({"retail_tier_downgrade": "step" if is_stepwise else "reached"})
        self.tiers = [self._tier_of(place, step) for place, step in enumerate(steps)]
        members = {}
        for name in ("Ann", "Bob"):
            customer = self._customer(name)
            self._card(customer)
            members[customer] = Member(steps, is_stepwise), []
        for pair in zip(mine, theirs):
            for (customer, (member, documents)), (kind, *details) in zip(members.items(), pair):
                getattr(self, f"_do_{kind}")(customer, member, documents, *details)
            self._let_pass(members, max((event[1] for event in pair if event[0] == "night"), default=0))

    def _tier_of(self, place, step):
        calendar = isinstance(step.window, str)
        kept = isinstance(step.validity, str)
        return self._tier(
            f"Tier {place}",
            place,
            step.threshold,
            window=step.window if calendar else "rolling",
            window_days=365 if calendar else step.window,
            validity=step.validity if kept else "days",
            validity_days=365 if kept else step.validity,
            grace_days=step.grace,
        )

    def _let_pass(self, members, days):
        self.day += timedelta(days=days)
        self._look()
        for customer, (member, _documents) in members.items():
            member.night(self.day)
            self.assertEqual(self._told(customer), self._expected(member))

    def _told(self, customer):
        return [
            (
                self.tiers.index(stay.tier_id),
                stay.since,
                stay.until or None,
                stay.kept_until or None,
                stay.grace_until or None,
                stay.how,
                stay.ending or None,
            )
            for stay in self._wallet(customer).membership_ids.sorted("id")
        ]

    def _expected(self, member):
        return [
            (stay.place, stay.since, stay.until, stay.kept_until, stay.grace_until, stay.how, stay.ending)
            for stay in member.stays
        ]

    # ------------------------------------------------------------------ what customers do

    def _do_earn(self, customer, member, documents, points):
        document = self._customer("Document")
        self._earns(points, customer, document=document)
        member.earned.append((self.day, points))
        documents.append((document, self.day, points))

    def _do_return(self, customer, member, documents, number):
        if number < len(documents):
            document, day, points = documents.pop(number)
            self._earns(-points, customer, document=document)
            member.earned.append((day, -points))

    def _do_invite(self, customer, member, _documents, place, days):
        tier = self.tiers[place % len(self.tiers)]
        last_day = days is not None and self.day + timedelta(days=days)
        try:
            self.env["retail.tier.membership"]._invite(self._wallet(customer), tier, last_day, "Friend")
        except UserError:
            self.env.invalidate_all()
        member.invite(self.tiers.index(tier), self.day, last_day or None)

    def _do_night(self, *_nothing):
        """Days pass for both."""


@tagged("post_install", "-at_install")
class TestTiersProperty(TierHistories):
    @settings(shared, max_examples=FEW)
    @given(LADDER, st.booleans(), HISTORY, HISTORY)
    def test_engine_equals_plain_python(self, steps, is_stepwise, mine, theirs):
        self._compare(steps, is_stepwise, mine, theirs)


@tagged("post_install", "-at_install", "-standard", "retail_data")
class TestTiersManyHistories(TierHistories):
    @settings(shared, max_examples=MANY)
    @given(LADDER, st.booleans(), HISTORY, HISTORY)
    def test_engine_equals_plain_python_on_many(self, steps, is_stepwise, mine, theirs):
        self._compare(steps, is_stepwise, mine, theirs)
