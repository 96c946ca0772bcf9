import base64
import csv
import io
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from ..importing.history_import import HistoryImportError

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

    state = fields.Selection(
        [("upload", "Choose the file"), ("checked", "Look at the result"), ("done", "Imported")],
        default="upload",
        required=True,
    )
    data = fields.Binary(string="File", help="CSV (UTF-8 or GBK) or Excel workbook (.xlsx), with a header.")
    filename = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    channel = fields.Char(
        string="Where the purchases come from",
        required=True,
        default="history",
        help="Name the system or shop the file comes from, and the same one each time: customer numbers and "
        "documents of different origins do not mix.",
    )
    date_format = fields.Selection(
        [
            ("dmy", "Day first: 31/12/2024"),
            ("mdy", "Month first: 12/31/2024"),
            ("ymd", "Year first: 2024-12-31"),
        ],
        string="Date format",
        help="Leave empty to let the file tell; choose one when its dates can be read in two ways.",
    )
    decimal_mark = fields.Selection(
        [(".", "Point: 1,234.50"), (",", "Comma: 1.234,50")],
        string="Decimal separator",
        help="Leave empty to let the file tell; choose one when its numbers can be read in two ways.",
    )
    template = fields.Binary(compute="_compute_template")

    currency_id = fields.Many2one(related="company_id.currency_id")
    row_count = fields.Integer(string="Rows in the file", readonly=True)
    new_count = fields.Integer(string="New purchases", readonly=True)
    known_count = fields.Integer(string="Already imported", readonly=True)
    customer_count = fields.Integer(string="New customers", readonly=True)
    store_names = fields.Char(string="New stores", readonly=True)
    amount_total = fields.Monetary(string="Total of the new purchases", readonly=True)
    date_from = fields.Date(readonly=True)
    date_to = fields.Date(readonly=True)
    period = fields.Char(compute="_compute_period")
    message = fields.Char(compute="_compute_message")
    ignored_columns = fields.Char(string="Columns not used", readonly=True)
    bad_count = fields.Integer(string="Rows to correct", readonly=True)
    problem_ids = fields.One2many("retail.history.import.problem", "import_id", readonly=True)
    problem_count = fields.Integer(compute="_compute_problem_count")
    imported_at = fields.Datetime(readonly=True)

    def _compute_template(self):
        text = io.StringIO()
        csv.writer(text).writerows(TEMPLATE)
        self.template = base64.b64encode(text.getvalue().encode("utf-8-sig"))  # the mark is for Excel

    @api.depends("problem_ids")
    def _compute_problem_count(self):
        for wizard in self:
            wizard.problem_count = len(wizard.problem_ids)

    @api.depends("date_from", "date_to")
    def _compute_period(self):
        for wizard in self:
            wizard.period = wizard.date_from and self.env._(
                "%(first)s to %(last)s",
                first=format_date(self.env, wizard.date_from),
                last=format_date(self.env, wizard.date_to),
            )

    @api.depends("state", "bad_count", "new_count")
    def _compute_message(self):
        for wizard in self:
            wizard.message = wizard._get_message()

    def _get_message(self):
        if self.state == "done":
            return self.env._(
                "%(count)s purchases were imported. Segments take them into account with the next run: "
                "tonight, or now.",
                count=self.new_count,
            )
        if self.bad_count:
            return self.env._(
                "%(bad)s of %(rows)s rows cannot be imported, so nothing will be. "
                "Correct them in the file and choose it again.",
                bad=self.bad_count,
                rows=self.row_count,
            )
        if self.new_count:
            return self.env._("Nothing is written yet. This is what the import will do:")
        return self.env._("Every purchase of this file was imported before: there is nothing to do.")

    def action_check(self):
        """Read the whole file and show what an import would write; write nothing."""
        self._check_may_import()
        self._show(self._import(dry_run=True), "checked")
        return self._reopen()

    def action_back(self):
        self._check_may_import()
        self.problem_ids.unlink()
        self.state = "upload"
        return self._reopen()

    def action_import(self):
        self._check_may_import()
        if self.state != "checked":
            raise UserError(self.env._("Check the file first."))
        if self.bad_count:
            raise UserError(self.env._("Correct the rows in the list first, then choose the file again."))
        self._show(self._import(dry_run=False), "done")
        self.data = False
        return self._reopen()

    def action_download_template(self):
        self._check_may_import()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template/purchases.csv?download=true",
            "target": "download",
        }

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

    def _check_may_import(self):
        """Whoever may open this form may be anybody who calls its methods by name."""
        self.ensure_one()
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Only retail managers can import purchases. Ask your manager."))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for this company: choose one of yours."))

    def _import(self, dry_run):
        data = self.with_context(bin_size=False).data
        if not data:
            raise UserError(self.env._("Choose a file first."))
        try:
            return self.env["retail.purchase.history"].import_csv(
                self.company_id,
                io.BytesIO(base64.b64decode(data)),
                channel=self.channel,
                date_format=self.date_format or None,
                decimal_mark=self.decimal_mark or None,
                dry_run=dry_run,
            )
        except HistoryImportError as error:
            # the client knows a plain UserError by its name, and shows a traceback for anything else
            raise UserError(str(error)) from error

    def _show(self, counts, state):
        self.problem_ids.unlink()
        self.write(
            {
                "state": state,
                "row_count": counts["rows"],
                "new_count": counts["created"],
                "known_count": counts["already_there"],
                "customer_count": counts["customers_created"],
                "store_names": ", ".join(counts["stores_created"]),
                "amount_total": counts["amount_total"],
                "date_from": counts["date_from"],
                "date_to": counts["date_to"],
                "ignored_columns": ", ".join(counts["ignored_columns"]),
                "bad_count": counts["bad_total"],
                "imported_at": self.env.cr.now().replace(microsecond=0) if state == "done" else False,
            }
        )
        self.env["retail.history.import.problem"].create(
            [bad | {"import_id": self.id} for bad in counts["bad_rows"]]
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import purchases"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
