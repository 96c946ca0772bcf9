from odoo import api, fields, models

from ..importing.points_import import PointsImport
from ..points.exact import DIGITS


class RetailPointsHistory(models.Model):
    """One row is points that a customer brought from another system; nobody but the import writes it.

    It is the document behind a lot and its movement of the kind ``opening``.
    """

    _name = "retail.points.history"
    _description = "Imported points"
    _order = "id desc"
    _rec_name = "reference"

    wallet_id = fields.Many2one(
        "retail.points.wallet", required=True, ondelete="restrict", index=True, readonly=True
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    program_id = fields.Many2one("loyalty.program", required=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="restrict",
        readonly=True,
        help="The main company, never a branch.",
    )
    channel = fields.Char(required=True, readonly=True, help="The system that the points come from.")
    customer_key = fields.Char(
        string="Customer or card",
        required=True,
        readonly=True,
        help="The number in the file, or the card's code.",
    )
    # '' and not NULL where the file has none, so that the columns of the key are always equal or different
    reference = fields.Char(string="Document", required=True, readonly=True)
    earned_on = fields.Date(
        string="Earned on",
        readonly=True,
        help="As in the file; where it has none, the day of the import counts.",
    )
    ordinal = fields.Integer(
        required=True, readonly=True, help="Tells apart rows that are otherwise the same."
    )
    points = fields.Float(digits=DIGITS, required=True, readonly=True)
    expires_on = fields.Date(string="Last day", readonly=True)
    note = fields.Char(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(company_id, channel, program_id, customer_key, reference, COALESCE(earned_on, '-infinity'::date), ordinal)",
        "These points were already imported.",
    )

    @api.model
    @api.private
    def import_csv(
        self,
        company,
        path_or_stream,
        *,
        channel="history",
        date_format=None,
        decimal_mark=None,
        dry_run=False,
    ):
        """Import a CSV or XLSX file of points that customers have: all of it, or nothing and an error.

        Each row becomes a lot with dates of its own, which can be spent at once. Importing a file again adds nothing.
        Some 40 statements whatever the number of rows, plus the creation of new customers in batches, and what wallets
        in debt repay. See ``RetailPurchaseHistory.import_csv`` for the parameters.

        :return: dict with ``rows``, ``created``, ``already_there``, ``customers_created``, ``bad_total``, ``bad_rows``,
            ``ignored_columns`` as for purchases, and ``totals`` of what is new: for each program a dict with
            ``program``, ``rows``, ``customers``, ``points``, ``value`` (company currency)
        :raise FileImportError: a UserError with that dict as ``report``
        """
        points_import = PointsImport(self.env, company.root_id, channel, dry_run=dry_run)
        return points_import.run(path_or_stream, date_format, decimal_mark)
