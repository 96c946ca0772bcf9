from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models.sale_order import SaleOrder
from ..models.stock_move import StockMove
from .common import RetailCommon


@tagged("post_install", "-at_install")
class TestStockPriority(RetailCommon):
    """Deliveries of customers whose strategy says so are urgent from the moment they exist."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strategic = cls._customer("Strategic")
        cls.ordinary = cls._customer("Ordinary")
        cls._in_segment(cls.strategic, "strategic")
        cls._in_segment(cls.ordinary, "transactional")
        cls.goods = cls._product("Kettle", type="consu", is_storable=True)
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.env["stock.quant"]._update_available_quantity(cls.goods, cls.warehouse.lot_stock_id, 100)

    def _priorities(self, order):
        return set(order.picking_ids.mapped("priority"))

    def test_delivery_of_a_strategic_customer_is_urgent(self):
        self.assertEqual(self._priorities(self._sells(self.strategic, [(self.goods, 1, 10)])), {"1"})
        self.assertEqual(self._priorities(self._sells(self.ordinary, [(self.goods, 1, 10)])), {"0"})
        self.assertEqual(self._priorities(self._sells(self._customer("New"), [(self.goods, 1, 10)])), {"0"})

    def test_moves_of_an_urgent_delivery_are_urgent(self):
        order = self._sells(self.strategic, [(self.goods, 1, 10)])
        self.assertEqual(order.picking_ids.move_ids.priority, "1")

    def test_contact_of_a_strategic_company_is_urgent(self):
        contact = self._customer("Buyer", parent_id=self.strategic.id)
        self.strategic.is_company = True
        self.assertEqual(self._priorities(self._sells(contact, [(self.goods, 1, 10)])), {"1"})

    def test_delivery_address_of_somebody_else_does_not_matter(self):
        order = self._sells(self.strategic, [(self.goods, 1, 10)], partner_shipping_id=self.ordinary.id)
        self.assertEqual(self._priorities(order), {"1"})
        order = self._sells(self.ordinary, [(self.goods, 1, 10)], partner_shipping_id=self.strategic.id)
        self.assertEqual(self._priorities(order), {"0"})

    def test_every_step_of_a_delivery_is_urgent(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._sells(self.strategic, [(self.goods, 1, 10)])
        for step in ("pick", "pack", "ship"):
            picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
            self.assertEqual((len(picking), picking.priority), (1, "1"), step)
            picking.move_ids.write({"quantity": 1, "picked": True})
            picking._action_done()
        self.assertEqual(len(order.picking_ids), 3)

    def _moves(self, picking_type, partner):
        """A move without an order, as a reordering rule or a clerk makes it, and its new transfer."""
        source = picking_type.default_location_src_id or self.env.ref("stock.stock_location_suppliers")
        destination = picking_type.default_location_dest_id or self.env.ref("stock.stock_location_customers")
        move = self.env["stock.move"].create(
            {
                "product_id": self.goods.id,
                "product_uom_qty": 1,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "picking_type_id": picking_type.id,
                "partner_id": partner.id,
                "company_id": self.company.id,
            }
        )
        move._action_confirm(merge=False)
        move._assign_picking()
        return move.picking_id

    def test_delivery_without_order_is_urgent_and_receipt_and_internal_transfer_are_not(self):
        self.assertEqual(self._moves(self.warehouse.out_type_id, self.strategic).priority, "1")
        self.assertEqual(self._moves(self.warehouse.in_type_id, self.strategic).priority, "0")
        self.assertEqual(self._moves(self.warehouse.int_type_id, self.strategic).priority, "0")

    def test_search_by_segment_finds_what_the_field_shows(self):
        self._sells(self.strategic, [(self.goods, 1, 10)])
        self._sells(self.ordinary, [(self.goods, 1, 10)], partner_shipping_id=self.strategic.id)
        self._sells(self._customer("New"), [(self.goods, 1, 10)])
        for picking_type in (self.warehouse.out_type_id, self.warehouse.in_type_id):
            for partner in (self.strategic, self.ordinary, self.env["res.partner"]):
                self._moves(picking_type, partner)
        pickings = self.env["stock.picking"].search([("company_id", "=", self.company.id)])
        shown = pickings.grouped("retail_segment_id")
        self.assertEqual({segment.code for segment in shown}, {"strategic", "transactional", False})
        for segment, expected in shown.items():
            domain = [("retail_segment_id", "=", segment.id), ("id", "in", pickings.ids)]
            self.assertEqual(pickings.search(domain), expected, segment.name)
            domain[0] = ("retail_segment_id", "!=", segment.id)
            self.assertEqual(pickings.search(domain), pickings - expected, segment.name)

    def test_priority_set_by_hand_stays(self):
        order = self._sells(self.strategic, [(self.goods, 1, 10)])
        order.picking_ids.priority = "0"
        order.order_line.product_uom_qty = 3
        self.assertEqual(self._priorities(order), {"0"})

    def test_another_company_has_its_own_view_of_the_customer(self):
        other = self._create_company("Other Shop")
        self._in_segment(self.ordinary, "strategic", other)
        self.assertEqual(self._priorities(self._sells(self.ordinary, [(self.goods, 1, 10)])), {"0"})
        self.assertEqual(
            self._priorities(self._sells(self.ordinary, [(self.goods, 1, 10)], company=other)), {"1"}
        )

    def test_salesperson_and_warehouse_worker_make_urgent_deliveries(self):
        salesperson = self._user("sales", "sales_team.group_sale_salesman")
        order = self._quotes(self.strategic, [(self.goods, 1, 10)], user_id=salesperson.id)
        order.with_user(salesperson).action_confirm()
        self.assertEqual(self._priorities(order), {"1"})
        worker = self._user("worker", "stock.group_stock_user")
        picking = self._moves(self.warehouse.out_type_id.with_user(worker), self.strategic.with_user(worker))
        self.assertEqual(picking.with_user(worker).priority, "1")
        self.assertEqual(picking.with_user(worker).retail_service_class, "Alliance")


@tagged("post_install", "-at_install")
class TestProposedTerms(RetailCommon):
    """Price list and payment terms of a strategy are proposals, which yield to whatever somebody decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user").implied_ids = [
            Command.link(cls.env.ref("product.group_product_pricelist").id)
        ]
        cls.customer = cls._customer("Strategic")
        cls._in_segment(cls.customer, "strategic")
        cls.prices, cls.vip_prices, cls.own_prices = cls.env["product.pricelist"].create(
            [{"name": name, "company_id": cls.company.id, "sequence": 1} for name in ("Public", "VIP", "Own")]
        )
        cls.vip_terms, cls.own_terms = cls.env["account.payment.term"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("60 days", "Own terms")]
        )
        cls.strategy = cls._strategy("strategic")
        cls.strategy.write({"pricelist_id": cls.vip_prices.id, "payment_term_id": cls.vip_terms.id})

    def _order(self, customer=None, **values):
        return self._quotes(customer or self.customer, [(self.product, 1, 10)], **values)

    def test_strategy_proposes_on_a_new_order(self):
        order = self._order()
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.vip_prices, self.vip_terms))
        other = self._order(self._customer("New"))
        self.assertEqual((other.pricelist_id, other.payment_term_id.id), (self.prices, False))

    def test_salesperson_sees_the_proposal_and_may_change_it(self):
        salesperson = self._user("sales", "sales_team.group_sale_salesman")
        form = Form(self.env["sale.order"].with_user(salesperson))
        form.partner_id = self.customer
        self.assertEqual((form.pricelist_id, form.payment_term_id), (self.vip_prices, self.vip_terms))
        form.pricelist_id = self.own_prices
        form.payment_term_id = self.own_terms
        order = form.save()
        order.write(
            {"order_line": [Command.create(self._line_values((self.product, 1, 10)))], "note": "Thank you"}
        )
        order.action_confirm()
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.own_prices, self.own_terms))

    def test_values_given_at_creation_stay(self):
        order = self._order(pricelist_id=self.own_prices.id, payment_term_id=self.own_terms.id)
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.own_prices, self.own_terms))

    def test_settings_of_the_customer_win(self):
        self.customer.specific_property_product_pricelist = self.own_prices
        self.customer.property_payment_term_id = self.own_terms
        order = self._order()
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.own_prices, self.own_terms))

    def test_default_terms_of_everybody_are_not_the_customer_s_own(self):
        Default = self.env["ir.default"]
        Default.set("res.partner", "property_payment_term_id", self.own_terms.id, company_id=self.company.id)
        self.assertEqual(self._order(self._customer("New")).payment_term_id, self.own_terms)
        self.assertEqual(self._order().payment_term_id, self.vip_terms)

    def test_contact_gets_the_terms_of_its_company(self):
        self.customer.is_company = True
        contact = self._customer("Buyer", parent_id=self.customer.id)
        self.assertEqual(self._order(contact).payment_term_id, self.vip_terms)

    def test_strategy_without_terms_is_silent(self):
        self.strategy.write({"pricelist_id": False, "payment_term_id": False})
        self.assertFalse(self._order().payment_term_id)
        self.vip_terms.active = False
        self.strategy.payment_term_id = self.vip_terms
        self.assertFalse(self._order().payment_term_id)

    def test_price_lists_switched_off_stay_off(self):
        self.env.ref("base.group_user").implied_ids = [
            Command.unlink(self.env.ref("product.group_product_pricelist").id)
        ]
        self.assertFalse(self._order().pricelist_id)

    def test_strategy_of_another_company_does_not_apply(self):
        other = self._create_company("Other Shop")
        order = self._order(company=other)
        self.assertNotEqual(order.pricelist_id, self.vip_prices)
        self.assertFalse(order.payment_term_id)
        # seen from the other company, an order of the shop keeps the shop's terms
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create({"partner_id": self.customer.id, "company_id": self.company.id})
        )
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.vip_prices, self.vip_terms))

    def test_branch_applies_the_strategy_of_the_main_company(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        order = self._order(company=branch)
        self.assertEqual(order.payment_term_id, self.vip_terms)
        # Odoo lets no branch use a price list of its main company
        self.assertNotEqual(order.pricelist_id, self.vip_prices)
        self.vip_prices.company_id = False
        self.assertEqual(self._order(company=branch).pricelist_id, self.vip_prices)

    def test_confirmed_order_keeps_its_price_list_when_the_segment_changes(self):
        order = self._sells(self.customer, [(self.product, 1, 10)])
        self._in_segment(self._customer("x"), "key")
        self.customer.retail_profile_id.sudo().write(
            {"segment_id": self._segment("key").id, "strategy_id": self._strategy("key").id}
        )
        order.order_line.product_uom_qty = 2
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.vip_prices, self.vip_terms))

    def test_an_order_costs_three_queries_more_at_most(self):
        """Creating and confirming: the customer's profile, its strategy, and the payment terms it proposes.

        Marking the customer for the next run is done by triggers, without a round trip.
        """
        goods = self._product("Kettle", type="consu", is_storable=True)
        self._queries_of_an_order(goods)
        with self._without(SaleOrder, "_apply_strategy"), self._without(StockMove, "_get_retail_customers"):
            stock = self._queries_of_an_order(goods)
        self.assertLessEqual(self._queries_of_an_order(goods) - stock, 3)

    def _without(self, model_class, method):
        """Patch an override of ours away."""
        return patch.object(model_class, method, lambda records, *args, **kwargs: self.env["res.partner"])

    def _queries_of_an_order(self, goods):
        """Queries of a new order of three lines and its confirmation, by a process that has served others before."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        order = self._quotes(self.customer, [(goods, 1, 10), (self.product, 1, 5), (self.product, 2, 5)])
        order.action_confirm()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
