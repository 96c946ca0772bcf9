from odoo import fields, models
from odoo.tools import SQL


class StockMove(models.Model):
    _inherit = "stock.move"

    # plain and not related to the transfer: a related field would be computed for all moves ever made at install
    retail_rank = fields.Integer(
        string="Place when stock is short",
        readonly=True,
        copy=False,
        default=0,
        groups="base.group_user",
        help="Frozen when the transfer is made; the higher the earlier.",
    )

    def _init_column(self, column_name):
        """Open moves stand where everybody stands; those that are done are never sorted again."""
        if column_name != "retail_rank":
            return super()._init_column(column_name)
        self.env.cr.execute(
            SQL("UPDATE stock_move SET retail_rank = 0 WHERE state NOT IN ('done', 'cancel')")
        )

    def _get_new_picking_values(self):
        """A transfer starts with the priority and the service class that the strategy of its customer asks for."""
        values = super()._get_new_picking_values()
        strategies = self._get_retail_customers().retail_strategy_id
        strategies._apply("stock_priority", values)
        (self._get_frozen_strategies() or strategies)._apply("service_class", values)
        return values

    def _assign_picking_post_process(self, new=False):
        result = super()._assign_picking_post_process(new=new)
        for move in self.sudo():
            move.retail_rank = move.picking_id.retail_rank
        return result

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """Deliveries that a person enters get their service class when they are confirmed."""
        entered = self.sudo().filtered(lambda move: move.state == "draft" and move.picking_id)
        entered.picking_id._freeze_service_class()
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    def _get_retail_customers(self):
        """Customers whom these moves serve: of the orders behind them, or of deliveries without one.

        Empty for receipts: the partner is a supplier there, or brings something back. In superuser mode, because
        warehouse staff see neither orders nor profiles.
        """
        moves = self.sudo().filtered(lambda move: move.picking_type_id.code != "incoming")
        deliveries = moves.filtered(lambda move: move.picking_type_id.code == "outgoing")
        customers = moves.sale_line_id.order_id.partner_id or deliveries.partner_id
        return customers.with_company(self.company_id[:1] or self.env.company)

    def _get_frozen_strategies(self):
        """Strategies of the step before: all steps of a delivery are of one class, however long it takes."""
        return self.sudo().move_orig_ids.picking_id.retail_frozen_strategy_id
