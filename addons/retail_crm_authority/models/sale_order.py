from odoo import SUPERUSER_ID, fields, models

from ..limits.figures import Figures


class SaleOrder(models.Model):
    """What an order grants: figures that limits are held against, and a snapshot that an approval is about."""

    _inherit = "sale.order"

    retail_priced_by_id = fields.Many2one(
        "res.users",
        string="Prices promised by",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Who last set a price or discount of the order, and so answers for it when the customer signs.",
    )

    retail_is_approved = fields.Boolean(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="There is an approval that was not used yet; the order may have changed since.",
    )

    def _get_figures(self):
        """The ``Figures`` of the order in the currency of its company; no query while it is being confirmed."""
        self.ensure_one()
        order = self.sudo()
        rate = order.currency_rate or 1
        figures = Figures(total=order.amount_untaxed / rate)
        cost = 0.0
        for line in order.order_line:
            listed, discount, gift = line._get_granted()
            figures.list_value += listed / rate
            figures.discount_amount += discount / rate
            figures.gift_amount += gift / rate
            figures.total += line._get_paid_by_card() / rate
            # goods that come back were not sold cheaper by it
            cost += max(line.purchase_price, line.retail_known_cost) * max(line.product_uom_qty, 0)
        figures.margin = figures.total - cost / rate
        return figures

    def _get_authority_snapshot(self):
        """What is approved, and what the log keeps: everything that the customer gets and pays."""
        self.ensure_one()
        order = self.sudo()
        lines = [
            {
                "product": line.product_id.id,
                "name": (line.name or "").split("\n")[0],
                "quantity": line.product_uom_qty,
                "unit": line.product_uom_id.id,
                "price": round(line.price_unit, 6),
                "discount": round(line.discount, 6),
                "list_price": round(line.retail_list_price, 6),
            }
            for line in order.order_line
            if not line.display_type
        ]
        return {
            "customer": order.partner_id.id,
            "price_list": order.pricelist_id.id,
            "currency": order.currency_id.name,
            "total": round(order.amount_total, 2),
            "lines": lines,
        }

    def _is_as_in(self, snapshot):
        """Whether the order is still what the snapshot says, whatever its lines are called."""

        def nameless(content):
            lines = [{name: line[name] for name in line if name != "name"} for line in content["lines"]]
            # the database keeps the names of a line in an order of its own
            return {**content, "lines": sorted(lines, key=lambda line: str(sorted(line.items())))}

        return nameless(self._get_authority_snapshot()) == nameless(snapshot)

    def _note_pricing(self):
        """The current user set prices; of no use where the user has nothing to do with customers."""
        user = self.env.user
        if not self._is_person(user):
            return
        orders = self.sudo().filtered(lambda order: order.retail_priced_by_id != user)
        orders._set("retail_priced_by_id", user)

    def _set(self, name, value):
        """What only the server says: not by write(), which a client calls."""
        orders = self.sudo()
        with self.env.protecting([self._fields[name]], orders):
            orders[name] = value

    def _is_person(self, user):
        """Whether somebody with one of our roles works; not a customer, and no job of the server."""
        return user.id != SUPERUSER_ID and bool(self.env["retail.points.limit"]._get_role(user))
