from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

TEMPLATE = (
    (
        "customer_ref", "customer_name", "date", "reference", "amount", "cost", "quantity", "product_ref", "store",
        "currency", "customer_phone", "customer_email",
    ),
    ("C1001", "Mei Lin", "2024-05-31", "INV-2024-0815", "129.90", "71.40", "2", "", "MAIN", "", "+86 21 5555 0101", ""),
    ("C1002", "Anna Berger", "2024-06-02", "RET-2024-0042", "-39.95", "", "-1", "", "MAIN", "", "", "anna@example.com"),
)  # fmt: skip


class RetailHistoryImport(models.TransientModel):
    """One row is a manager's way through one file: choose it, look what it would do, import it."""

    _name = "retail.history.import"
    _description = "Import purchases"
    _inherit = ["retail.file.import"]

    TEMPLATE = TEMPLATE
    MODEL = "retail.purchase.history"

    channel = fields.Char(
        string="Where the purchases come from",
        required=True,
        default="history",
        help="Name the system or shop the file comes from, and the same one each time: customer numbers and "
        "documents of different origins do not mix.",
    )
    new_count = fields.Integer(string="New purchases")
    store_names = fields.Char(string="New stores", readonly=True)
    amount_total = fields.Monetary(string="Total of the new purchases", readonly=True)
    date_from = fields.Date(readonly=True)
    date_to = fields.Date(readonly=True)
    period = fields.Char(compute="_compute_period")
    problem_ids = fields.One2many("retail.history.import.problem", "import_id", readonly=True)
    imported_at = fields.Datetime(readonly=True)

    @api.depends("date_from", "date_to")
    def _compute_period(self):
        for wizard in self:
            wizard.period = wizard.date_from and self.env._(
                "%(first)s to %(last)s",
                first=format_date(self.env, wizard.date_from),
                last=format_date(self.env, wizard.date_to),
            )

    def _get_message(self):
        if self.state == "done":
            return self.env._(
                "%(count)s purchases were imported. Segments take them into account with the next run: "
                "tonight, or now.",
                count=self.new_count,
            )
        return super()._get_message()

    def action_open_purchases(self):
        """The purchases that this import wrote: they carry the time of its transaction."""
        self._check_may_import()
        if not self.imported_at:
            raise UserError(self.env._("Import the file first."))
        action = self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_purchase_history_action")
        return action | {
            "context": {},
            "domain": [
                ("company_id", "=", self.company_id.root_id.id),
                ("channel", "=", self.channel.strip()),
                ("create_date", ">=", fields.Datetime.to_string(self.imported_at)),
                ("create_date", "<", fields.Datetime.to_string(self.imported_at + timedelta(seconds=1))),
            ],
        }

    def action_recompute(self):
        """Have the segments take the new purchases into account."""
        self._check_may_import()
        self.env["retail.run"]._request(self.company_id.root_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The segments are being recomputed in the background."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_template_name(self):
        return "purchases.csv"

    def _get_shown(self, counts, state):
        return super()._get_shown(counts, state) | {
            "store_names": ", ".join(counts["stores_created"]),
            "amount_total": counts["amount_total"],
            "date_from": counts["date_from"],
            "date_to": counts["date_to"],
            "imported_at": self.env.cr.now().replace(microsecond=0) if state == "done" else False,
        }
