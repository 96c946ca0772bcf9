from odoo import models
from odoo.tools import formatLang

from .sale_order_line_ceiling import CLOSE


class SaleOrder(models.Model):
    """What staff may take off, by the terms of the order: of each line, and of the order with what it takes off as a
    whole. Price list and rewards are no discount of theirs."""

    _inherit = "sale.order"

    def _get_discount_ceiling(self):
        """In percent; None where rule and strategy set none."""
        ceiling = self._get_term_value("discount_ceiling")
        return None if self.env["retail.term"]._is_silent(ceiling) else ceiling

    def _get_discount_ceiling_problem(self):
        """Why the order gives more than staff may, in words; False when it does not.

        Who lets it pass by another way (an approved request) overrides this. Whoever may go beyond the ceiling is
        asked about elsewhere (``_may_exceed_terms``). No query where all lines are within the ceiling.
        """
        self.ensure_one()
        ceiling = self._get_discount_ceiling()
        if ceiling is None:
            return False
        given = self._get_line_above(ceiling) or self._get_total_above(ceiling)
        return given and self.env._(
            "%(what)s: %(given)s %% discount by staff. Without a manager this customer gets %(ceiling)s %% at most"
            " (%(rule)s).",
            what=given[0],
            given=self._say_percent(given[1]),
            ceiling=self._say_percent(ceiling),
            rule=self.env["retail.term.words"]._say_source(self._get_terms(), "discount_ceiling"),
        )

    def _get_line_above(self, ceiling):
        """``(product, percent)`` of the line that gives most above the ceiling; None when none does."""
        percents = {line: line._get_percent_above(ceiling) for line in self.order_line}
        above = {line: percent for line, percent in percents.items() if percent is not None}
        if not above:
            return None
        line = max(above, key=above.get)
        return line.product_id.display_name, above[line]

    def _get_total_above(self, ceiling):
        """``(words, percent)`` of the whole order, where it has lines that only take off."""
        taken_off = sum(
            line.product_uom_qty * line._get_net_price() for line in self.order_line if line._is_taken_off()
        )
        if taken_off >= 0:
            return None
        sold = self.order_line.filtered(lambda line: line._is_sold())
        reference = sum(line.product_uom_qty * line._get_reference_price() for line in sold)
        net = taken_off + sum(line.product_uom_qty * line._get_net_price() for line in sold)
        percent = 100 * (1 - net / reference) if reference > 0 else 100
        return (self.env._("The order"), percent) if percent > ceiling + CLOSE else None

    def _say_percent(self, percent):
        return formatLang(self.env, percent, digits=0 if round(percent, 2).is_integer() else 2)
