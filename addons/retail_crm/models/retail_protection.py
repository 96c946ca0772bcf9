from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .retail_profile import ROLES_READING_PROFILES


class RetailProtection(models.Model):
    """One row is a quantity of a product that a warehouse keeps for customers of some strategies until a day.

    Deliveries of these customers use it up; nobody else's can be reserved from it before it is released. Quantities
    in the unit of the product. Nothing of it is reserved: it is what the free stock may not fall below for others.
    """

    _name = "retail.protection"
    _description = "Protected quantity"
    _order = "release_on, id"
    _rec_name = "product_id"
    _check_company_auto = True

    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_storable', '=', True)]",
        check_company=True,
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, precompute=True, index=True)
    quantity = fields.Float(digits="Product Unit", required=True, default=1)
    uom_id = fields.Many2one(related="product_id.uom_id")
    strategy_ids = fields.Many2many(
        "retail.strategy",
        string="For",
        required=True,
        default=lambda self: self._get_default_strategies(),
        groups=ROLES_READING_PROFILES,
        help="Customers of these strategies are served from it.",
    )
    # the warehouse sees for whom, and opens no strategy
    service_classes = fields.Char(
        string="For customers of", compute="_compute_service_classes", compute_sudo=True
    )
    release_on = fields.Date(
        string="Free for everybody from",
        required=True,
        default=lambda self: fields.Date.add(self._get_today(), days=14),
    )
    released_on = fields.Datetime(readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", string="Released by", readonly=True, copy=False)
    note = fields.Char(string="Why")
    move_ids = fields.One2many("stock.move", "retail_protection_id", string="Served from it", readonly=True)
    used_quantity = fields.Float(
        string="Used", digits="Product Unit", compute="_compute_used", compute_sudo=True
    )
    remaining_quantity = fields.Float(
        string="Still protected", digits="Product Unit", compute="_compute_used", compute_sudo=True
    )
    state = fields.Selection(
        [("active", "Protected"), ("used", "Used up"), ("released", "Released")],
        compute="_compute_used",
        compute_sudo=True,
    )
    is_active = fields.Boolean(string="In force", compute="_compute_is_active", search="_search_is_active")

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "Protect a quantity above 0.")

    @api.depends("strategy_ids.name")
    @api.depends_context("lang")
    def _compute_service_classes(self):
        for protection in self:
            protection.service_classes = ", ".join(protection.strategy_ids.mapped("name"))

    @api.depends("quantity", "move_ids.quantity", "move_ids.state", "released_on", "release_on")
    def _compute_used(self):
        """What deliveries hold or took since it is protected (1 query)."""
        used = dict(
            self.env["stock.move.line"]._read_group(
                [("move_id.retail_protection_id", "in", self.ids), ("state", "!=", "cancel")],
                ["move_id.retail_protection_id"],
                ["quantity_product_uom:sum"],
            )
        )
        for protection in self:
            protection.used_quantity = used.get(protection._origin, 0)
            remaining = max(protection.quantity - protection.used_quantity, 0)
            protection.remaining_quantity = remaining if protection.is_active else 0
            protection.state = "released" if not protection.is_active else "active" if remaining else "used"

    @api.depends("released_on", "release_on")
    def _compute_is_active(self):
        today = self._get_today()
        for protection in self:
            protection.is_active = (
                not protection.released_on and bool(protection.release_on) and protection.release_on > today
            )

    def _search_is_active(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return Domain("released_on", "=", False) & Domain("release_on", ">", self._get_today())

    @api.constrains("strategy_ids", "warehouse_id", "product_id")
    def _check_can_be_protected(self):
        for protection in self.sudo():
            if not protection.strategy_ids:
                raise UserError(self.env._("Choose for which customers the quantity is protected."))
            if not protection.product_id.is_storable:
                raise UserError(
                    self.env._(
                        "No stock is kept of %(product)s: choose a product whose inventory is tracked.",
                        product=protection.product_id.display_name,
                    )
                )
            if protection.strategy_ids.company_id != protection.company_id.root_id:
                raise UserError(
                    self.env._(
                        "Choose strategies of %(company)s: the warehouse is theirs.",
                        company=protection.company_id.root_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        protections = super().create(vals_list)
        # customers who are entitled and wait get their part of what is there already
        protections._serve_waiting()
        return protections

    def action_release(self):
        """Let everybody have what is left, those who wait first."""
        self.check_access("write")
        protections = self.filtered("is_active")
        if not protections:
            raise UserError(self.env._("This quantity has been released already."))
        protections.sudo().write({"released_on": fields.Datetime.now(), "released_by_id": self.env.uid})
        protections._serve_waiting()

    def _serve_waiting(self):
        """Reserve for deliveries that wait for these products, as a receipt of them would."""
        for protection in self.sudo():
            protection.env["stock.move"].search(
                [
                    ("product_id", "=", protection.product_id.id),
                    ("location_id", "child_of", protection.warehouse_id.lot_stock_id.id),
                    ("state", "in", ("confirmed", "partially_available")),
                    ("procure_method", "=", "make_to_stock"),
                    "|",
                    ("reservation_date", "<=", fields.Date.today()),
                    ("picking_type_id.reservation_method", "=", "at_confirm"),
                ],
                order="date, id",
            )._action_assign()

    def _get_remaining(self):
        """Quantity that is still protected, in the unit of the product."""
        self.invalidate_recordset(["used_quantity", "remaining_quantity", "state"], flush=False)
        return sum(self.mapped("remaining_quantity"))

    def _serves(self, move):
        """Those of the protections that the customer of ``move`` may use."""
        strategy = move.sudo().picking_id.retail_frozen_strategy_id
        return self.sudo().filtered(lambda protection: strategy in protection.strategy_ids)

    @api.model
    def _get_default_strategies(self):
        return self.env["retail.strategy"].search(
            [("company_id", "=", self.env.company.root_id.id), ("stock_priority", "=", "1")]
        )

    @api.model
    def _get_today(self):
        return fields.Date.context_today(self.with_context(tz=self.env.company.sudo().root_id.retail_tz))

    @api.model
    def _sql_active(self, product, path) -> SQL:
        """Ids of the protections in force that ``product`` has in the warehouse where the location ``path`` lies."""
        return SQL(
            """ARRAY(SELECT protection.id
                       FROM retail_protection protection
                       JOIN stock_warehouse warehouse ON warehouse.id = protection.warehouse_id
                       JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
                      WHERE protection.product_id = %(product)s AND %(path)s LIKE stock.parent_path || '%%'
                        AND protection.released_on IS NULL AND protection.release_on > %(today)s)""",
            product=product,
            path=path,
            today=self._get_today(),
        )
