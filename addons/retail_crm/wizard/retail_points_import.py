from odoo import fields, models

from ..importing.file_import import DEFAULT_CHANNEL

TEMPLATE = (
    (
        "customer_ref", "card_code", "program", "points", "earned_on", "expires_on", "reference", "note",
        "customer_name", "customer_phone", "customer_email",
    ),
    ("C1001", "", "", "250", "2024-05-31", "2027-05-31", "LOT-0815", "", "Mei Lin", "+86 21 5555 0101", ""),
    ("C1002", "", "", "12.5", "2024-06-02", "", "LOT-0816", "Complaint", "Anna Berger", "", "anna@example.com"),
)  # fmt: skip


class RetailPointsImport(models.TransientModel):
    """One row is a manager's way through one file of points that customers have."""

    _name = "retail.points.import"
    _description = "Import points"
    _inherit = ["retail.file.import"]

    TEMPLATE = TEMPLATE
    MODEL = "retail.points.history"

    channel = fields.Char(
        string="Where the points come from",
        help="Name the system the file comes from, as when its purchases were imported: customer numbers of "
        "different origins do not mix. Leave it empty where there is one system only.",
    )
    new_count = fields.Integer(string="New rows")
    total_ids = fields.One2many("retail.points.import.total", "import_id", readonly=True)
    problem_ids = fields.One2many("retail.points.import.problem", "import_id", readonly=True)

    def action_open_points(self):
        """What was imported from there."""
        self._check_may_import()
        action = self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_points_history_action")
        return action | {
            "context": {},
            "domain": [
                ("company_id", "=", self.company_id.root_id.id),
                ("channel", "=", (self.channel or "").strip() or DEFAULT_CHANNEL),
            ],
        }

    def _get_template_name(self):
        return "points.csv"

    def _get_message(self):
        if self.state == "done":
            return self.env._("The points are in the wallets: %(count)s rows.", count=self.new_count)
        return super()._get_message()

    def _get_shown(self, counts, state):
        totals = [
            fields.Command.create(
                {
                    "program_id": total["program"].id,
                    "customer_count": total["customers"],
                    "row_count": total["rows"],
                    "points": float(total["points"]),
                    "value": float(total["value"]),
                }
            )
            for total in counts["totals"]
        ]
        return super()._get_shown(counts, state) | {"total_ids": [fields.Command.clear(), *totals]}
