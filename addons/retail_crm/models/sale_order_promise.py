from odoo import fields, models

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    """What was promised with an order, and what becomes of the promised delivery when the order changes."""

    _inherit = "sale.order"

    retail_promise_count = fields.Integer(
        string="Promises", compute="_compute_retail_promise_count", groups=ROLES_READING_PROFILES
    )

    # the hourly job looks for dates to come
    _retail_commitment_idx = models.Index(
        "(commitment_date) WHERE state = 'sale' AND commitment_date IS NOT NULL"
    )

    def _compute_retail_promise_count(self):
        """1 query for any number of orders."""
        counts = dict(
            self.env["retail.promise"]._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        )
        for order in self:
            order.retail_promise_count = counts.get(order, 0)

    def write(self, vals):
        """Another delivery date, or a cancelled order, says so to the promise at once; a confirmation costs nothing."""
        result = super().write(vals)
        if "commitment_date" in vals or vals.get("state") == "cancel":
            self._note_retail_promises()
        return result

    def action_retail_promise(self):
        """Promise the customer something about this order."""
        self.ensure_one()
        return self.env["retail.promise"]._get_promising(
            partner_id=self.partner_id.commercial_partner_id.id,
            company_id=self.company_id.root_id.id,
            order_id=self.id,
            kind="date",
            # what is over already cannot be promised
            due_at=(self.commitment_date or self.expected_date or fields.Datetime.now())
            > fields.Datetime.now()
            and (self.commitment_date or self.expected_date),
        )

    def action_open_retail_promises(self):
        """Open what was promised with this order."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_promise_action"),
            "domain": [("order_id", "=", self.id)],
            "context": {"default_partner_id": self.partner_id.commercial_partner_id.id},
        }

    def _note_retail_promises(self):
        Promise = self.env["retail.promise"].sudo()
        orders = self.sudo().filtered(lambda order: order.state in ("sale", "cancel"))
        for company, of_company in orders.grouped(lambda order: order.company_id.root_id).items():
            ended = Promise._note_delivery_dates(company, fields.Datetime.now(), of_company)
            Promise.browse(ended)._end_activities()
