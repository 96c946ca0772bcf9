from odoo import api, fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    retail_store_id = fields.Many2one(
        "retail.store",
        string="Store",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups="base.group_user",
    )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        warehouses._create_retail_stores()
        return warehouses

    def _create_retail_stores(self):
        """Give every warehouse without a store one of its own, or the company's store of the same code."""
        Store = self.env["retail.store"].sudo()
        for warehouse in self.filtered(lambda warehouse: not warehouse.retail_store_id):
            company = warehouse.company_id.root_id
            store = Store.with_context(active_test=False).search(
                [("company_id", "=", company.id), ("code", "=", warehouse.code)], limit=1
            )
            warehouse.retail_store_id = store or Store.create(
                {"name": warehouse.name, "code": warehouse.code, "company_id": company.id}
            )
