from datetime import timedelta

from psycopg2.errors import InsufficientPrivilege

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_act_stock import StockCommon


class ShortageCommon(StockCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls._user("shortage_worker", "stock.group_stock_user")
        cls.manager = cls._user("shortage_manager", "retail_crm.group_manager")

    def _queue(self, user=None, reasons=None):
        shortage = self.env["retail.shortage"].with_user(user or self.worker)
        return shortage.get_queue(self.goods.id, self.warehouse.id, reasons)

    def _apply(self, shown, user=None, reasons=None):
        shortage = self.env["retail.shortage"].with_user(user or self.worker)
        return shortage.apply(self.goods.id, self.warehouse.id, reasons or [], shown["fingerprint"])

    def _proposed(self, shown):
        return {row["customer"]: row["proposed"] for row in shown["rows"]}

    def _decisions(self):
        return self.env["retail.shortage.decision"].search([("product_id", "=", self.goods.id)])


@tagged("post_install", "-at_install")
class TestActStockShortage(ShortageCommon):
    """What the page Shortages proposes, and that applying it does exactly that."""

    def test_product_with_enough_is_not_listed(self):
        self._stocks(2)
        self._orders(self.new, 2)
        self.assertEqual(self._products(), [])
        self._orders(self.learning, 1)
        row = self._products()[0]
        self.assertEqual(
            (row["needed"], row["reserved"], row["waiting"], row["on_hand"], row["is_unfair"]),
            (3, 2, 1, 2, True),
        )

    def _products(self):
        rows = self.env["retail.shortage"].with_user(self.worker).get_products()
        return [row for row in rows if row["product_id"] == self.goods.id]

    def test_who_comes_first_gets_what_others_hold(self):
        self._stocks(5)
        new, cautious = self._orders(self.new, 3), self._orders(self.cautious, 2)
        alliance, learning = self._orders(self.alliance, 2), self._orders(self.learning, 2)
        shown = self._queue()
        self.assertEqual(self._proposed(shown), {"Alliance": 2, "Learning": 2, "New": 1, "Cautious": 0})
        self.assertReserved({new: 3, cautious: 2, alliance: 0, learning: 0})
        self._apply(shown)
        self.assertReserved({new: 1, cautious: 0, alliance: 2, learning: 2})
        self.assertFalse(self._queue()["has_changes"])

    def test_every_delivery_that_gets_or_gives_is_noted(self):
        self._stocks(2)
        new = self._orders(self.new, 2)
        alliance = self._orders(self.alliance, 1)
        self._apply(self._queue())
        noted = {
            row.picking_id: (row.quantity_before, row.quantity_after, row.user_id)
            for row in self._decisions()
        }
        self.assertEqual(noted, {new: (2, 1, self.worker), alliance: (0, 1, self.worker)})
        self.assertIn("gave Kettle to deliveries that come first", new.retail_service_note)
        self.assertIn("waits, Alliance, urgent comes first", new.retail_service_note)
        self.assertEqual(alliance.sale_id.retail_service_note, "Served before others: Alliance, urgent.")

    def test_somebody_served_before_the_turn_needs_a_reason_that_is_kept(self):
        self._stocks(1)
        alliance = self._orders(self.alliance, 1)
        new = self._orders(self.new, 1)
        with self.assertUndone("Say why"):
            self._queue(reasons=[[new.move_ids.id, " "]])
        reasons = [[new.move_ids.id, "Wedding tomorrow"]]
        shown = self._queue(reasons=reasons)
        self.assertEqual(self._proposed(shown), {"New": 1, "Alliance": 0})
        self._apply(shown, reasons=reasons)
        self.assertReserved({new: 1, alliance: 0})
        override = self._decisions().filtered("is_override")
        self.assertEqual((override.picking_id, override.reason), (new, "Wedding tomorrow"))
        self.assertIn("Wedding tomorrow", new.retail_service_note)

    def test_stock_that_changed_since_is_an_error_and_changes_nothing(self):
        self._stocks(1)
        new = self._orders(self.new, 1)
        self._orders(self.alliance, 1)
        shown = self._queue()
        self._stocks(1)
        with self.assertUndone("changed since you looked"):
            self._apply(shown)
        self.assertReserved({new: 1})
        self.assertFalse(self._decisions())

    def test_proposal_without_the_reason_that_was_shown_is_refused(self):
        self._stocks(1)
        self._orders(self.alliance, 1)
        new = self._orders(self.new, 1)
        shown = self._queue(reasons=[[new.move_ids.id, "Wedding"]])
        with self.assertUndone("changed since you looked"):
            self._apply(shown)

    def test_nothing_is_taken_from_who_is_being_picked(self):
        self._stocks(2)
        picked, printed = self._orders(self.new, 1), self._orders(self.cautious, 1)
        picked.move_ids.picked = True
        printed.printed = True
        self._orders(self.alliance, 2)
        self.assertEqual(self._proposed(self._queue()), {"New": 1, "Cautious": 1, "Alliance": 0})

    def test_protected_quantity_stays_for_whom_it_is(self):
        self._stocks(5)
        self.env["retail.protection"].create({"product_id": self.goods.id, "quantity": 3})
        self._orders(self.learning, 4)
        self._orders(self.new, 2)
        shown = self._queue()
        self.assertEqual(self._proposed(shown), {"Learning": 2, "New": 0})
        self.assertIn("protected", shown["rows"][0]["why"])
        self._orders(self.alliance, 4)
        shown = self._queue()
        self.assertEqual(self._proposed(shown), {"Alliance": 4, "Learning": 1, "New": 0})
        self._apply(shown)
        self.assertEqual(self._proposed(self._queue()), {"Alliance": 4, "Learning": 1, "New": 0})

    def test_promised_day_decides_among_equals_and_broken_promises_are_counted(self):
        self._stocks(1)
        later = self._orders(self.new, 1, commitment_date=fields.Datetime.now() + timedelta(days=9))
        other = self._customer("Promised sooner")
        self._orders(other, 1, commitment_date=fields.Datetime.now() + timedelta(days=2))
        shown = self._queue()
        self.assertEqual(self._proposed(shown), {"Promised sooner": 1, "New": 0})
        self.assertEqual((shown["now"]["broken"], shown["proposed"]["broken"]), (1, 1))
        self._expects(20, days=5)
        shown = self._queue()
        self.assertEqual((shown["now"]["broken"], shown["proposed"]["broken"]), (1, 0))
        self.assertEqual(later.state, "assigned")

    def _expects(self, quantity, days):
        """A receipt that is planned."""
        self.env["stock.move"].create(
            {
                "product_id": self.goods.id,
                "product_uom_qty": quantity,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.stock.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "company_id": self.company.id,
                "date": fields.Datetime.now() + timedelta(days=days),
            }
        )._action_confirm()

    def test_contribution_is_for_managers_and_never_for_the_warehouse(self):
        self._stocks(1)
        self.goods.standard_price = 4
        self._orders(self.new, 1)
        self._sells(self.alliance, [(self.goods, 2, 20)])
        shown = self._queue(self.manager)
        self.assertEqual((shown["now"]["contribution"], shown["proposed"]["contribution"]), (6, 16))
        for user in (self.worker, self._user("seller", "sales_team.group_sale_salesman")):
            shown = self._queue(user)
            self.assertEqual(shown["rows"][0]["service_class"], "Alliance")
            self.assertEqual(
                {row["contribution"] for row in shown["rows"]} | {shown["now"]["contribution"]}, {None}
            )

    def test_order_in_dozens_gets_what_is_shown_in_pieces(self):
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        dozens = {
            "product_id": self.goods.id,
            "product_uom_qty": 1,
            "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
        }
        self._stocks(20)
        new = self._orders(self.new, 20)
        alliance = self._sells(self.alliance, [dozens]).picking_ids
        shown = self._queue()
        self.assertEqual(self._proposed(shown), {"Alliance": 12, "New": 8})
        self._apply(shown)
        self.assertReserved({new: 8, alliance: 1})

    def test_managers_and_warehouse_decide_and_nobody_else(self):
        self._stocks(1)
        self._orders(self.new, 1)
        alliance = self._orders(self.alliance, 1)
        shown = self._queue()
        for groups in (
            "sales_team.group_sale_salesman",
            "retail_crm.group_finance",
            "retail_crm.group_auditor",
        ):
            user = self._user(groups, groups)
            self.assertFalse(self._queue(user)["may_apply"])
            with self.assertRaises(AccessError):
                self._apply(shown, user)
        for groups in ("base.group_user", "base.group_portal"):
            with self.assertRaises(AccessError):
                self._queue(self._user(groups, groups))
        self._apply(shown, self.manager)
        self.assertReserved({alliance: 1})

    def test_another_company_s_warehouse_is_refused(self):
        other = self._create_company("Other Shop")
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        shortage = self.env["retail.shortage"].with_user(self.worker)
        with self.assertRaises(AccessError):
            shortage.get_queue(self.goods.id, warehouse.id)

    def test_decisions_cannot_be_changed_even_by_statement(self):
        self._stocks(1)
        self._orders(self.new, 1)
        self._orders(self.alliance, 1)
        self._apply(self._queue())
        decision = self._decisions()[0]
        with self.assertUndone("never changed"):
            decision.quantity_after = 9
        with self.assertUndone("never deleted"):
            decision.unlink()
        for statement in (
            "UPDATE retail_shortage_decision SET reason = 'x'",
            "DELETE FROM retail_shortage_decision",
        ):
            with (
                self.assertRaises(InsufficientPrivilege),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(flush=False),
            ):
                self.env.cr.execute(statement)
        self.env.cr.execute("UPDATE retail_shortage_decision SET partner_id = %s", [self.new.id])
