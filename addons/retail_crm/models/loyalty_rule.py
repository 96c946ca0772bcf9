from odoo import api, models, tools
from odoo.tools import SQL


class LoyaltyRule(models.Model):
    """Which products are money: gift cards, and what fills an e-wallet."""

    _inherit = "loyalty.rule"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        if rules.product_ids:
            self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if "product_ids" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache()
    def _get_prepaid_product_ids(self):
        """Ids of the products whose sale is a payment in advance, no purchase; it earns no points."""
        self.flush_model(["program_id", "product_ids"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT rel.product_product_id
                     FROM loyalty_rule_product_product_rel rel
                     JOIN loyalty_rule rule ON rule.id = rel.loyalty_rule_id
                     JOIN loyalty_program program ON program.id = rule.program_id
                    WHERE program.program_type IN ('gift_card', 'ewallet')"""
            )
        )
        return frozenset(product for (product,) in rows)
