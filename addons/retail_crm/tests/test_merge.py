from datetime import timedelta

from odoo.fields import Date
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RetailCommon


@tagged("post_install", "-at_install")
class TestMerge(RetailCommon):
    """Two entries for one person become one customer: nothing is lost, and the next run is right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls._customer("Anna")
        cls.double = cls._customer("Anna again")
        cls.third = cls._customer("Anna once more")
        for number in range(12):
            cls._buys(cls._customer(f"Crowd {number}"), 10 + number, days_ago=number)

    def _merge(self, *sources, into=None):
        into = into or self.kept
        customers = into.union(*sources)
        user = self._user("assistant", "base.group_partner_manager,base.group_user")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        wizard._merge(customers.ids, into.with_user(user))
        self.env.flush_all()
        self.env.invalidate_all()

    def _pin(self, customer, code, **values):
        pin = {"partner_id": customer.id, "segment_id": self._segment(code).id, "reason": code, **values}
        return self.env["retail.segment.pin"].create(pin)

    def _statistics(self):
        rows = self.env.execute_query(SQL("SELECT partner_id FROM retail_profile_statistics"))
        return {partner for (partner,) in rows}

    def test_purchases_of_both_count_after_the_next_run(self):
        self._buys(self.kept, 100, days_ago=50)
        self._buys(self.double, 30, days_ago=20)
        self._sells(self.double, [(self.product, 1, 50)], days_ago=10)
        self._rescore()
        gone = self.double.id
        self._merge(self.double)
        run = self._rescore(as_of=self.today + timedelta(days=1))
        profile = self._profile(self.kept)
        self.assertEqual((profile.revenue, profile.purchase_days), (180, 3))
        self.assertNotIn(gone, self._statistics())
        self.assertFalse(run.is_full)
        incremental = profile.read(["value", "value_rank", "segment_id"])
        self._rescore(as_of=self.today + timedelta(days=1), full=True)
        self.assertEqual(self._profile(self.kept).read(["value", "value_rank", "segment_id"]), incremental)

    def test_segment_and_movements_stay_until_the_next_run(self):
        self._buys(self.kept, 1, days_ago=50)
        self._buys(self.double, 900, days_ago=20)
        self._rescore()
        segment = self._profile(self.kept).segment_id
        self._merge(self.double)
        self.assertEqual(self._profile(self.kept).segment_id, segment)
        changes = self.env["retail.profile.change"].search([("partner_id", "=", self.kept.id)])
        self.assertEqual(len(changes), 2)

    def test_customer_without_purchases_takes_over_the_profile_of_the_other(self):
        self._buys(self.double, 900, days_ago=20)
        self._buys(self.third, 1, days_ago=20)
        self._rescore()
        self._merge(self.double, self.third)
        self.assertEqual(self._profile(self.kept).revenue, 900)
        self.assertSegments({self.kept: "strategic"})
        before = self.env["retail.profile.change"].search_count([])
        self._rescore()
        self.assertEqual(self._profile(self.kept).revenue, 901)
        self.assertEqual(self.env["retail.profile.change"].search_count([]), before)

    def test_pin_of_who_stays_wins_and_the_other_is_kept_as_past(self):
        for customer in (self.kept, self.double):
            self._buys(customer, 10)
        self._rescore()
        own, other = self._pin(self.kept, "key"), self._pin(self.double, "risk")
        self._merge(self.double)
        self.assertSegments({self.kept: "key"})
        self.assertEqual((own.active, other.active), (True, False))
        self.assertEqual(other.partner_id, self.kept)
        self._rescore()
        self.assertSegments({self.kept: "key"})

    def test_pin_follows_at_once_where_the_other_has_none_or_one_that_is_over(self):
        for customer in (self.kept, self.double):
            self._buys(customer, 10)
        self._rescore()
        over = self._pin(self.kept, "key", date_end=Date.context_today(self.kept))
        yesterday = Date.context_today(self.kept) - timedelta(days=1)
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE retail_segment_pin SET date_end = %s WHERE id = %s", yesterday, over.id)
        )
        self._pin(self.double, "risk")
        self._merge(self.double)
        self.assertSegments({self.kept: "risk"})
        self._rescore()
        self.assertSegments({self.kept: "risk"})

    def test_three_pinned_customers_become_one_with_one_pin(self):
        pins = self._pin(self.double, "key") | self._pin(self.third, "risk")
        self._merge(self.double, self.third)
        self.assertEqual(pins.partner_id, self.kept)
        self.assertEqual(pins.filtered("active").segment_id.code, "risk")

    def test_companies_are_merged_each_on_its_own(self):
        other = self._create_company("Other Shop")
        self._buys(self.kept, 10)
        self._buys(self.double, 20, company=other)
        for company in (self.company, other):
            self._rescore(company=company)
        self._merge(self.double)
        self.assertEqual(self._profile(self.kept).revenue, 10)
        self.assertEqual(self._profile(self.kept, other).revenue, 20)
        self._rescore(company=other)
        self.assertEqual(self._profile(self.kept, other).revenue, 20)

    def test_customer_numbers_of_imports_follow(self):
        number = self.env["retail.customer.ref"].create(
            {"partner_id": self.double.id, "company_id": self.company.id, "channel": "history", "ref": "77"}
        )
        self._merge(self.double)
        self.assertEqual(number.partner_id, self.kept)

    def test_merging_into_a_contact_gives_everything_to_its_company(self):
        house = self._customer("Tea House", is_company=True)
        contact = self._customer("Buyer", parent_id=house.id)
        self._buys(house, 100)
        self._buys(self.double, 30)
        self._rescore()
        pin = self._pin(self.double, "key")
        self._merge(self.double, into=contact)
        self.assertEqual(pin.partner_id, house)
        self.assertSegments({house: "key"})
        self._rescore()
        self.assertEqual(self._profile(house).revenue, 130)
        self.assertFalse(self.env["retail.profile"].search([("partner_id", "=", contact.id)]))

    def test_taking_over_a_walk_in_makes_no_walk_in(self):
        self._buys(self.kept, 100)
        self.double.retail_is_walk_in = True
        self._merge(self.double)
        self.assertFalse(self.kept.retail_is_walk_in)
        self._rescore()
        self.assertEqual(self._profile(self.kept).revenue, 100)

    def test_merge_between_computing_and_applying_a_run(self):
        self._buys(self.kept, 10)
        self._buys(self.double, 30)
        self._rescore()
        run = self.env["retail.run"].create({"company_id": self.company.id})
        run.write({"as_of": self.today + timedelta(days=1), "state": "computing"})
        run._compute_scores(run._get_last_done(self.company))
        self._merge(self.double)
        run._apply_scores()
        self.assertFalse(self.env["retail.profile"].search([("partner_id", "=", self.double.id)]))
        self._rescore(as_of=self.today + timedelta(days=1))
        self.assertEqual(self._profile(self.kept).revenue, 40)
