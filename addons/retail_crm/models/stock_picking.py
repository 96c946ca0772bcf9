from odoo import api, fields, models
from odoo.fields import Domain

from .retail_profile import ROLES_READING_PROFILES

FROZEN_FIELDS = ("retail_frozen_strategy_id", "retail_frozen_segment_id", "retail_rank")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    retail_segment_id = fields.Many2one(
        "retail.segment",
        string="Segment",
        compute="_compute_retail_segment_id",
        search="_search_retail_segment_id",
        groups=ROLES_READING_PROFILES,
    )
    retail_frozen_strategy_id = fields.Many2one(
        "retail.strategy",
        string="Strategy when made",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=ROLES_READING_PROFILES,
    )
    retail_frozen_segment_id = fields.Many2one(
        "retail.segment",
        string="Segment when made",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=ROLES_READING_PROFILES,
    )
    retail_rank = fields.Integer(
        string="Place when stock is short",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Frozen when the transfer is made; the higher the earlier.",
    )
    # warehouse staff see how to serve and nothing of value or risk
    retail_service_class = fields.Char(
        string="Service class",
        compute="_compute_retail_service_class",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("partner_id", "sale_id.partner_id")
    @api.depends_context("company")
    def _compute_retail_segment_id(self):
        for picking in self:
            picking.retail_segment_id = picking._get_retail_customer().retail_segment_id

    @api.depends("partner_id", "sale_id.partner_id", "retail_frozen_strategy_id.name")
    @api.depends_context("company", "lang")
    def _compute_retail_service_class(self):
        """That of the moment when the transfer was made; today's where none was known then."""
        for picking in self:
            strategy = picking.retail_frozen_strategy_id or picking._get_retail_customer().retail_strategy_id
            picking.retail_service_class = strategy.name

    def copy(self, default=None):
        """Backorders and returns are of the class of the delivery. Who makes them may not read its segment."""
        copies = super().copy(default)
        for picking, copied in zip(self.sudo(), copies.sudo(), strict=True):
            if picking.retail_frozen_strategy_id:
                copied.write(
                    {
                        name: picking._fields[name].convert_to_write(picking[name], picking)
                        for name in FROZEN_FIELDS
                    }
                )
        return copies

    def _search_retail_segment_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        without_order = Domain("sale_id", "=", False)
        is_delivery = Domain("picking_type_code", "=", "outgoing")
        found = ~without_order & Domain("sale_id.partner_id.retail_segment_id", operator, value)
        found |= without_order & is_delivery & Domain("partner_id.retail_segment_id", operator, value)
        if operator == "in" and False in value:
            found |= without_order & (~is_delivery | Domain("partner_id", "=", False))
        return found

    def _get_retail_customer(self):
        """The customer of the order behind the transfer, or of an outgoing transfer without one."""
        self.ensure_one()
        if self.sale_id:
            return self.sale_id.partner_id
        return self.partner_id if self.picking_type_code == "outgoing" else self.env["res.partner"]

    def _freeze_service_class(self):
        """Note how the customer of these deliveries is served now, on them and on their moves."""
        for picking in self.sudo():
            # the state of a transfer is draft again as soon as one of its moves is split
            is_new = set(picking.move_ids.mapped("state")) <= {"draft", "cancel"}
            if is_new and picking.picking_type_code == "outgoing":
                picking._note_service_class()
            picking._note_rank_on_moves()

    def _note_service_class(self):
        customer = self._get_retail_customer().with_company(self.company_id)
        values = dict.fromkeys(FROZEN_FIELDS, False)
        customer.retail_strategy_id._apply("service_class", values)
        self.write(values)

    def _note_rank_on_moves(self):
        self.move_ids.filtered(
            lambda move: move.retail_rank != self.retail_rank
        ).retail_rank = self.retail_rank
