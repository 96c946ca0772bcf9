import base64
import csv
import io

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..importing.file_import import FileImportError


class RetailFileImport(models.AbstractModel):
    """A manager's way through one file: choose it, look what it would do, import it.

    A kind of import has its ``TEMPLATE`` (header and example rows), the ``MODEL`` whose ``import_csv`` does it, a
    ``channel`` and a model ``problem_ids`` of its own, and shows the counts.
    """

    _name = "retail.file.import"
    _description = "Import of a file"

    TEMPLATE = ()
    MODEL = None

    state = fields.Selection(
        [("upload", "Choose the file"), ("checked", "Look at the result"), ("done", "Imported")],
        default="upload",
        required=True,
    )
    data = fields.Binary(string="File", help="CSV (UTF-8 or GBK) or Excel workbook (.xlsx), with a header.")
    filename = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
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
    new_count = fields.Integer(readonly=True)
    known_count = fields.Integer(string="Already imported", readonly=True)
    customer_count = fields.Integer(string="New customers", readonly=True)
    message = fields.Char(compute="_compute_message")
    ignored_columns = fields.Char(string="Columns not used", readonly=True)
    bad_count = fields.Integer(string="Rows to correct", readonly=True)
    problem_count = fields.Integer(compute="_compute_problem_count")

    def _compute_template(self):
        text = io.StringIO()
        csv.writer(text).writerows(self.TEMPLATE)
        self.template = base64.b64encode(text.getvalue().encode("utf-8-sig"))  # the mark is for Excel

    @api.depends("problem_ids")
    def _compute_problem_count(self):
        for wizard in self:
            wizard.problem_count = len(wizard.problem_ids)

    @api.depends("state", "bad_count", "new_count")
    def _compute_message(self):
        for wizard in self:
            wizard.message = wizard._get_message()

    def _get_message(self):
        """What the file would do, in a sentence; a kind of import says what it has done."""
        if self.bad_count:
            return self.env._(
                "%(bad)s of %(rows)s rows cannot be imported, so nothing will be. "
                "Correct them in the file and choose it again.",
                bad=self.bad_count,
                rows=self.row_count,
            )
        if self.new_count:
            return self.env._("Nothing is written yet. This is what the import will do:")
        return self.env._("Every row of this file was imported before: there is nothing to do.")

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
            "url": f"/web/content/{self._name}/{self.id}/template/{self._get_template_name()}?download=true",
            "target": "download",
        }

    def _get_template_name(self):
        return "template.csv"

    def _run_import(self, stream, dry_run):
        """Import ``stream`` or, in a dry run, say what an import would do. Returns the counts."""
        return self.env[self.MODEL].import_csv(
            self.company_id,
            stream,
            channel=self.channel,
            date_format=self.date_format or None,
            decimal_mark=self.decimal_mark or None,
            dry_run=dry_run,
        )

    def _check_may_import(self):
        """Whoever may open this form may be anybody who calls its methods by name."""
        self.ensure_one()
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Only retail managers import files. Ask your manager."))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for this company: choose one of yours."))

    def _import(self, dry_run):
        data = self.with_context(bin_size=False).data
        if not data:
            raise UserError(self.env._("Choose a file first."))
        try:
            return self._run_import(io.BytesIO(base64.b64decode(data)), dry_run)
        except FileImportError as error:
            # the client knows a plain UserError by its name, and shows a traceback for anything else
            raise UserError(str(error)) from error

    def _show(self, counts, state):
        self.problem_ids.unlink()
        self.write(self._get_shown(counts, state))
        self.env[self.problem_ids._name].create([bad | {"import_id": self.id} for bad in counts["bad_rows"]])

    def _get_shown(self, counts, state):
        """Values of the fields that show ``counts``."""
        return {
            "state": state,
            "row_count": counts["rows"],
            "new_count": counts["created"],
            "known_count": counts["already_there"],
            "customer_count": counts["customers_created"],
            "ignored_columns": ", ".join(counts["ignored_columns"]),
            "bad_count": counts["bad_total"],
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(self._name).name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
