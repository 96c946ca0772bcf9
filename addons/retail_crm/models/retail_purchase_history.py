from odoo import api, fields, models
from odoo.tools import format_date

from ..importing.history_import import HistoryImport


class RetailPurchaseHistory(models.Model):
    """One row is one imported purchase line; nobody but the import writes it.

    Amounts are net of tax in the currency of the company, converted at the day of the purchase; a return is
    negative. The customer is the commercial partner.
    """

    _name = "retail.purchase.history"
    _description = "Imported purchase"
    _rec_name = "reference"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="restrict", index=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="restrict",
        readonly=True,
        help="The main company, never a branch.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    channel = fields.Char(
        required=True, default="history", readonly=True, help="Where the purchase was made."
    )
    # '' and not NULL where the file has none: the columns of the key are always equal or different
    reference = fields.Char(string="Document", required=True, default="", readonly=True)
    customer_ref = fields.Char(string="Customer number", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    ordinal = fields.Integer(
        required=True,
        default=1,
        readonly=True,
        help="Tells apart the lines of one document, or the purchases of one day without a document.",
    )
    amount = fields.Monetary(
        required=True, readonly=True, help="Untaxed, after discounts; a return is negative."
    )
    # NULL in the database where the file tells no cost, which the client would show as 0
    cost = fields.Monetary(
        readonly=True,
        help="Cost of the goods of the line.",
        groups="retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor",
    )
    has_cost = fields.Boolean(string="Cost known", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    product_id = fields.Many2one(
        "product.product", ondelete="restrict", index="btree_not_null", readonly=True
    )
    store_id = fields.Many2one("retail.store", ondelete="restrict", index="btree_not_null", readonly=True)
    original_amount = fields.Monetary(
        string="Original amount",
        currency_field="original_currency_id",
        readonly=True,
        help="As in the file, where it was in another currency.",
    )
    original_currency_id = fields.Many2one("res.currency", ondelete="restrict", readonly=True)

    _key_uniq = models.UniqueIndex(
        "(company_id, channel, reference, customer_ref, date, ordinal)", "This purchase was already imported."
    )

    @api.depends_context("lang")
    @api.depends("reference", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.reference or format_date(self.env, row.date)

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
        """Import a CSV or XLSX file of purchases: all of it, or nothing and an error that lists every bad row.

        Importing a file again adds nothing, in whatever order its rows stand. Runs in the caller's transaction
        and leaves the commit to it. Amounts are rounded to the decimals of their currency. Constant memory
        for CSV; about 20 statements whatever the number of rows, plus the creation of new customers in
        batches through the ORM.

        :param company: rows belong to its root company
        :param path_or_stream: path on this machine, or a readable stream; UTF-8, UTF-16 or GBK
        :param channel: customer numbers and documents are unique within a channel
        :param date_format: "dmy", "mdy" or "ymd" for 01/05/2024-like dates; None when the file itself must tell
        :param decimal_mark: "." or ","; None when the file itself must tell
        :param dry_run: write nothing, and return bad rows instead of raising
        :return: dict with the numbers ``rows``, ``created``, ``already_there``, ``customers_created``,
            ``bad_total`` (bad rows), the lists ``bad_rows`` (the first 1,000 problems as ``line``, ``column``,
            ``reason``), ``stores_created`` (codes), ``ignored_columns``, and of what is new ``amount_total``,
            ``date_from``, ``date_to``. A dry run says what an import would do
        :raise FileImportError: a UserError with that dict as ``report``
        """
        history_import = HistoryImport(self.env, company.root_id, channel, dry_run=dry_run)
        counts = history_import.run(path_or_stream, date_format, decimal_mark)
        self.invalidate_model()
        return counts
