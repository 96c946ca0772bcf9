from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_points_clients import CLIENTS, PointsClientsCommon
from .tiers_common import TiersCommon


class BenefitsCommon(TiersCommon):
    def setUp(self):
        super().setUp()
        self._ladder()
        self._earns(150)
        self._night()
        self.manager = self._user("tier_manager", "retail_crm.group_manager,sales_team.group_sale_manager")
        self.staff = self._user("tier_staff", "sales_team.group_sale_salesman")

    def _benefit(self, **values):
        return self.env["retail.tier.benefit"].create(
            {"name": "Box of tea", "tier_id": self.silver.id, "quantity": 2, "cost": 4, **values}
        )

    def _hands_over(self, benefit, quantity=1, user=None, **values):
        env = self.env(user=user or self.staff)
        wizard = env["retail.tier.handover"].create(
            {"wallet_id": self._wallet().id, "benefit_id": benefit.id, "quantity": quantity, **values}
        )
        wizard.action_hand_over()

    def _counts(self, benefit):
        wallet = self._wallet()
        rows = {row["id"]: row for row in wallet._get_tier_summary()[wallet.id]["benefits"]}
        return tuple(rows[benefit.id][name] for name in ("entitled", "delivered", "left"))


@tagged("post_install", "-at_install")
class TestTierBenefits(BenefitsCommon):
    """Entitled against delivered."""

    def test_staff_hand_over_what_a_member_is_entitled_to_and_no_more(self):
        benefit = self._benefit()
        self._hands_over(benefit, note="At the counter")
        self.assertEqual(self._counts(benefit), (2, 1, 1))
        with self.assertUndone("1 of 2 times Box of tea: 1 left"):
            self._hands_over(benefit, 2)
        self._hands_over(benefit)
        self.assertEqual(self._counts(benefit), (2, 2, 0))
        with self.assertUndone("2 of 2"):
            self._hands_over(benefit)

    def test_next_period_gives_anew_and_a_stay_only_once(self):
        yearly, once = self._benefit(), self._benefit(name="Welcome gift", quantity=1, period="stay")
        self._hands_over(yearly, 2)
        self._hands_over(once)
        self.day = date(2026, 1, 1)
        self.assertEqual(self._counts(yearly), (2, 0, 2))
        self.assertEqual(self._counts(once), (1, 1, 0))

    def test_who_is_not_in_the_tier_gets_nothing(self):
        benefit = self._benefit(tier_id=self.gold.id)
        with self.assertUndone("not entitled"):
            self._hands_over(benefit)
        with self.assertUndone("above nothing"):
            self._hands_over(self._benefit(), -1)

    def test_without_a_number_as_often_as_they_like(self):
        benefit = self._benefit(kind="other", quantity=0)
        for _time in range(3):
            self._hands_over(benefit)
        self.assertEqual(self._counts(benefit), (None, 3, None))

    def test_mistake_is_undone_by_a_manager(self):
        benefit = self._benefit()
        self._hands_over(benefit, 2)
        given = self.env["retail.tier.benefit.use"].search([("benefit_id", "=", benefit.id)])
        with self.assertUndone("ask one of them"):
            given.with_user(self.staff).action_undo()
        given.with_user(self.manager).action_undo()
        self.assertEqual(self._counts(benefit), (2, 0, 2))

    def test_merged_customers_do_not_get_it_twice(self):
        benefit = self._benefit()
        self._hands_over(benefit, 2)
        ben = self._customer("Ben")
        self._earns(150, ben)
        self._night()
        self._wallet()._merge_into(self._wallet(ben))
        self.customer = ben
        self.assertEqual(self._counts(benefit), (2, 2, 0))

    def test_multiplier_is_counted_from_orders(self):
        self.day = fields.Date.today()
        with self.assertUndone("multiplier first"):
            self._benefit(kind="multiplier")
        self.silver.points_multiplier = 2
        benefit = self._benefit(kind="multiplier", quantity=0)
        for _order in range(2):
            order = self._order(10)
            order._update_programs_and_rewards()
            order.action_confirm()
            order.date_order = self.day
        self.assertEqual(self._counts(benefit), (None, None, None))
        report = self.env["retail.tier.benefit.report"].search([("benefit_id", "=", benefit.id)])
        self.assertEqual((report.is_counted, report.delivered, report.order_count), (False, 0, 2))
        with self.assertUndone("by itself"):
            self._hands_over(benefit)

    def test_effect_that_members_are_told_of_is_not_taken_from_the_tier(self):
        self.silver.points_multiplier = 2
        benefit = self._benefit(kind="multiplier")
        with self.assertUndone("multiplier first"):
            self.silver.points_multiplier = 1
        benefit.active = False
        self.silver.points_multiplier = 1

    def test_report_says_what_was_delivered_and_what_it_costs(self):
        self.day = fields.Date.today()
        benefit = self._benefit()
        self._hands_over(benefit)
        row = self.env["retail.tier.benefit.report"].search([("benefit_id", "=", benefit.id)])
        self.assertEqual(
            (row.partner_id, row.entitled, row.delivered, row.left_over, row.delivered_cost, row.left_cost),
            (self.customer, 2, 1, 1, 4, 4),
        )
        with self.assertRaises(AccessError):
            row.with_user(self.staff).read(["delivered_cost"])


@tagged("post_install", "-at_install")
class TestTierInvitations(BenefitsCommon):
    """A manager gives a tier and takes it back."""

    def _invites(self, tier, last_day=False, user=None, customer=None):
        invitation = self.env(user=user or self.manager)["retail.tier.invitation"].create(
            {"wallet_id": self._wallet(customer).id, "tier_id": tier.id, "reason": "Plays the organ"}
        )
        invitation.last_day = last_day
        invitation.action_invite()

    def test_invitation_ends_on_its_day_and_the_earned_tier_comes_back(self):
        self._invites(self.gold, date(2025, 8, 1))
        self.assertTier("Gold", kept_until=date(2025, 8, 1), how="invited")
        self.assertEqual(self._stay().invited_by_id, self.manager)
        self._night(date(2025, 8, 1))
        self.assertTier("Gold")
        self._earns(-100)
        self._night(date(2025, 8, 2))
        self.assertTier("Silver", kept_until=date(2026, 6, 30), how="downgraded")

    def test_invitation_for_good_stays_until_it_is_withdrawn(self):
        black = self._tier("Black", 9, qualification="invitation")
        self._invites(black)
        self._night(date(2027, 1, 1))
        self.assertTier("Black")
        self._stay().with_user(self.manager).action_withdraw()
        self.assertTier(None)
        self.assertEqual(self._stays()[-1][-1], "withdrawn")

    def test_withdrawn_invitation_leaves_what_was_earned(self):
        self._invites(self.gold)
        self._stay().with_user(self.manager).action_withdraw()
        self.assertTier("Silver", kept_until=date(2026, 6, 30))
        with self.assertUndone("was earned"):
            self._stay().with_user(self.manager).action_withdraw()

    def test_withdrawn_invitation_does_not_come_back_though_a_better_tier_lay_between(self):
        bronze = self._tier("Bronze", 0, qualification="invitation")
        ben = self._customer("Ben")
        self._card(ben)
        self._invites(bronze, customer=ben)
        self._earns(150, ben)
        self._night()
        self.assertTier("Silver", ben)
        self._night(date(2026, 7, 1))
        self.assertTier("Bronze", ben, how="invited")
        self._stay(ben).with_user(self.manager).action_withdraw()
        self.assertTier(None, ben)

    def test_invitation_is_withdrawn_after_customers_were_merged(self):
        ben = self._customer("Ben")
        self._card(ben)
        self._invites(self.gold)
        self._wallet()._merge_into(self._wallet(ben))
        self.assertTier("Gold", ben)
        self.assertEqual(self._stay(ben).invited_by_id, self.manager)
        self._stay(ben).with_user(self.manager).action_withdraw()
        self.assertTier("Silver", ben)

    def test_invitation_tier_is_reached_by_no_figure(self):
        self._tier("Black", 9, qualification="invitation")
        self._earns(10_000)
        self._night()
        self.assertTier("Gold")

    def test_nobody_is_invited_to_less_than_they_have(self):
        self._earns(500)
        self._night()
        with self.assertUndone("the better tier"):
            self._invites(self.silver)
        with self.assertUndone("longer than that"):
            self._invites(self.gold, date(2025, 8, 1))
        with self.assertUndone("would already be over"):
            self._invites(self.gold, date(2025, 1, 1))

    def test_staff_do_not_invite_nor_withdraw(self):
        with self.assertRaises(UserError):
            self._invites(self.gold, user=self.staff)
        self._invites(self.gold)
        with self.assertUndone("Managers withdraw"):
            self._stay().with_user(self.staff).action_withdraw()
        self.assertTier("Gold")


@tagged("post_install", "-at_install")
class TestTierRights(BenefitsCommon):
    """Who may what, beside the table of test_rights."""

    def test_rows_of_other_companies_are_not_seen(self):
        self._benefit()
        self._hands_over(self.env["retail.tier.benefit"].search([("tier_id", "=", self.silver.id)]))
        other = self._create_company("Other shop")
        stranger = self._user(
            "tier_stranger",
            "retail_crm.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": stranger.company_id.ids})
        for model in (
            "retail.tier",
            "retail.tier.benefit",
            "retail.tier.membership",
            "retail.tier.standing",
            "retail.tier.benefit.use",
            "retail.tier.benefit.report",
        ):
            self.assertTrue(self.env[model].with_user(self.manager).search([]), model)
            self.assertFalse(env[model].search([]), model)
        with self.assertRaises(AccessError):
            env["retail.tier.handover"].create(
                {"wallet_id": self._wallet().id, "benefit_id": self.silver.benefit_ids.id}
            )
        with self.assertRaises(AccessError):
            env["retail.tier.invitation"].create(
                {"wallet_id": self._wallet().id, "tier_id": self.gold.id, "reason": "x"}
            )

    def test_only_managers_make_tiers_and_start_the_computation(self):
        self.gold.with_user(self.manager).threshold = 400
        with self.assertRaises(AccessError):
            self.gold.with_user(self.staff).threshold = 1
        with self.assertRaises(AccessError):
            self.program.with_user(self.staff).action_compute_tiers()
        self.program.with_user(self.manager).action_compute_tiers()

    def test_nobody_writes_stays_standings_or_uses(self):
        for user in (self.manager, self.staff):
            for record, values in (
                (self._stay(), {"kept_until": date(2030, 1, 1)}),
                (self._wallet(), {"tier_id": self.gold.id}),
                (self.env["retail.tier.standing"].search([], limit=1), {"missing": 1}),
            ):
                with self.assertRaises(AccessError):
                    record.with_user(user).write(values)
            with self.assertRaises(AccessError):
                self._stay().with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestTierClients(PointsClientsCommon):
    """Eight tills hand over the only gift."""

    def test_one_of_eight_tills_hands_over_the_only_gift(self):
        wallet_id = self._give(0)
        with self.registry.cursor() as cr:
            env = self._env(cr)
            tier = env["retail.tier"].create(
                {"name": "Black", "program_id": self.program_id, "qualification": "invitation"}
            )
            benefit = env["retail.tier.benefit"].create(
                {"name": "Gift", "tier_id": tier.id, "quantity": 1, "period": "year"}
            )
            env["retail.tier.membership"]._invite(
                env["retail.points.wallet"].browse(wallet_id), tier, False, "Friend"
            )
        self.addCleanup(self._forget, tier.id)

        def hand_over(env):
            env["retail.tier.benefit.use"]._hand_over(
                env["retail.points.wallet"].browse(wallet_id),
                env["retail.tier.benefit"].browse(benefit.id),
                1,
            )

        outcomes, _retries = self._at_once([hand_over] * CLIENTS)
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertTrue(all("1 of 1" in str(error) for error in outcomes if error), outcomes)

    def _forget(self, tier_id):
        with self.registry.cursor() as cr:
            cr.execute(
                """DELETE FROM retail_tier_benefit_use WHERE benefit_id IN (
                       SELECT id FROM retail_tier_benefit WHERE tier_id = %(tier)s);
                   DELETE FROM retail_tier_standing WHERE next_tier_id = %(tier)s OR wallet_id IN (
                       SELECT wallet_id FROM retail_tier_membership WHERE tier_id = %(tier)s);
                   UPDATE retail_points_wallet SET tier_id = NULL WHERE tier_id = %(tier)s;
                   DELETE FROM retail_tier_membership WHERE tier_id = %(tier)s;
                   DELETE FROM retail_tier WHERE id = %(tier)s""",
                {"tier": tier_id},
            )
