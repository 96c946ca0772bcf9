from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RetailCommon


class OwnersCommon(RetailCommon):
    """A shop with people who look after customers; ``cls.ann`` and ``cls.ben`` are members, ``cls.max`` the manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls._user("owner_ann", "sales_team.group_sale_salesman", name="Ann")
        cls.ben = cls._user("owner_ben", "sales_team.group_sale_salesman", name="Ben")
        cls.max = cls._user("owner_max", "retail_crm.group_manager", name="Max")

    @classmethod
    def _staff(cls, user, role="customer_service", **values):
        return cls.env["retail.staff"].create(
            {"user_id": user.id, "company_id": cls.company.id, "role": role, **values}
        )

    def _give(self, customers, user, **values):
        return self.env["retail.owner"]._give(customers, user, self.company, day=self.today, **values)

    def _owner(self, customer):
        customer.invalidate_recordset(["retail_owner_id"])
        return customer.retail_owner_id

    def _present(self, user, day=None):
        return self.env["retail.staff"]._get_present(user, day or self.today, self.company)

    def _present_by_sql(self, user, day=None):
        self.env.flush_all()
        rows = self.env.execute_query(self.env["retail.staff"]._sql_present(self.company, day or self.today))
        return self.env["res.users"].browse(dict(rows).get(user.id, user.id))


@tagged("post_install", "-at_install")
class TestActOwner(OwnersCommon):
    """Who looks after a customer, and who stands in."""

    def assertPresent(self, user, present, day=None):
        self.assertEqual(self._present(user, day), present)
        self.assertEqual(self._present_by_sql(user, day), present)

    def test_who_is_not_on_the_list_is_there(self):
        self.assertPresent(self.ann, self.ann)

    def test_a_deputy_stands_in_from_the_first_to_the_last_day_of_an_absence(self):
        first, last = self.today, self.today + timedelta(days=2)
        self._staff(self.ann, deputy_id=self.ben.id, absent_from=first, absent_until=last)
        self.assertPresent(self.ann, self.ann, first - timedelta(days=1))
        self.assertPresent(self.ann, self.ben, first)
        self.assertPresent(self.ann, self.ben, last)
        self.assertPresent(self.ann, self.ann, last + timedelta(days=1))

    def test_the_deputy_of_an_absent_deputy_stands_in(self):
        self._staff(self.ann, deputy_id=self.ben.id, absent_from=self.today)
        self._staff(self.ben, deputy_id=self.max.id, absent_from=self.today)
        self.assertPresent(self.ann, self.max)

    def test_when_two_who_stand_in_for_each_other_are_away_the_work_stays(self):
        self._staff(self.ann, deputy_id=self.ben.id, absent_from=self.today)
        self._staff(self.ben, deputy_id=self.ann.id, absent_from=self.today)
        self.assertPresent(self.ann, self.ann)
        self.assertPresent(self.ben, self.ben)

    def test_work_of_who_is_away_without_a_deputy_stays(self):
        self._staff(self.ann, absent_from=self.today)
        self.assertPresent(self.ann, self.ann)

    def test_an_absence_that_ends_before_it_begins_is_refused(self):
        staff = self._staff(self.ann)
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(IntegrityError, "absence_in_order"):
            staff.write({"absent_from": self.today, "absent_until": self.today - timedelta(days=1)})
            self.env.flush_all()

    def test_who_does_not_work_in_the_company_cannot_stand_in(self):
        stranger = self._user(
            "owner_stranger", "base.group_user", company_id=1, company_ids=[(6, 0, [1])], name="Stranger"
        )
        with self.assertUndone("has no access to Corner Shop"):
            self._staff(self.ann, deputy_id=stranger.id)

    def test_a_customer_has_one_owner_and_the_others_are_history(self):
        customer = self._customer("Carla")
        self._give(customer, self.ann)
        self.assertEqual(self._owner(customer), self.ann)
        self.assertEqual(self._give(customer, self.ben, note="Likes tea"), 1)
        self.assertEqual(self._owner(customer), self.ben)
        rows = self.env["retail.owner"].search([("partner_id", "=", customer.id)])
        self.assertEqual(
            [(row.user_id, row.until, row.note) for row in rows],
            [(self.ben, False, "Likes tea"), (self.ann, self.today, False)],
        )

    def test_giving_a_customer_to_who_has_it_changes_nothing(self):
        customer = self._customer("Carla")
        self._give(customer, self.ann)
        self.assertEqual(self._give(customer, self.ann), 0)

    def test_customers_are_found_grouped_and_sorted_by_owner(self):
        mine, other = self._customer("Carla"), self._customer("Dirk")
        self._give(mine, self.ann)
        Partner = self.env["res.partner"]
        both = [("id", "in", (mine | other).ids)]
        self.assertEqual(Partner.search([*both, ("retail_owner_id", "=", self.ann.id)]), mine)
        self.assertEqual(Partner.search([*both, ("retail_owner_id", "=", False)]), other)
        self.assertEqual(Partner.search([*both, ("retail_owner_id", "!=", self.ann.id)]), other)
        self.assertEqual(Partner.search([*both, ("retail_owner_id", "ilike", "ann")]), mine)
        groups = Partner._read_group(both, ["retail_owner_id"], ["__count"])
        self.assertEqual(dict(groups), {self.ann: 1, self.env["res.users"]: 1})

    def test_the_salesperson_looks_after_customers_without_an_owner(self):
        owned = self._customer("Carla", user_id=self.ben.id)
        sold, nobodys = self._customer("Dirk", user_id=self.ben.id), self._customer("Eva")
        self._give(owned, self.ann)
        profiles = self.env["retail.profile"].union(
            *(self._in_segment(customer, "key") for customer in (owned, sold, nobodys))
        )
        self.assertEqual(profiles.mapped("user_id"), self.ann | self.ben)

        def found(*leaf):
            domain = [("id", "in", profiles.ids), ("user_id", *leaf)]
            return self.env["retail.profile"].search(domain).partner_id

        self.assertEqual(found("=", self.ann.id), owned)
        self.assertEqual(found("=", self.ben.id), sold)
        self.assertEqual(found("=", False), nobodys)
        self.assertEqual(found("!=", self.ann.id), sold | nobodys)
        self.assertEqual(found("in", [self.ann.id, False]), owned | nobodys)
        self.assertEqual(found("ilike", "Ben"), sold)
        groups = self.env["retail.profile"]._read_group(
            [("id", "in", profiles.ids)], ["user_id"], ["__count"]
        )
        self.assertEqual(dict(groups), {self.ann: 1, self.ben: 1, self.env["res.users"]: 1})
