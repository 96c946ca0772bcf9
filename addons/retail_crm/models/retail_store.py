from odoo import api, fields, models


class RetailStore(models.Model):
    """One row is a shop as customers know it: where a purchase happened.

    A shop may deliver from several warehouses. Points of sale are tied to it by the till's own addon.
    """

    _name = "retail.store"
    _description = "Store"
    _order = "code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short code, unique in the company; imported purchases name the store by it."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id, index=True
    )
    warehouse_ids = fields.One2many("stock.warehouse", "retail_store_id", string="Warehouses")
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(company_id, code)",
        "Another store of this company already has this code: choose a different one.",
    )

    @api.depends("name", "code")
    def _compute_display_name(self):
        for store in self:
            store.display_name = f"[{store.code}] {store.name}" if store.code else store.name
