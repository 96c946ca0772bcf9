from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [
    ("asked", "Asked"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("cancelled", "Taken back"),
    ("lapsed", "No longer holds"),
    ("escalated", "Passed on, late"),
    ("granted", "Granted within authority"),
    ("confirmed", "Confirmed as approved"),
    ("changed", "Changed within authority"),
    ("returned", "No longer granted"),
]


class RetailAuthorityLog(models.Model):
    """One row is something that happened to what an order grants: asked, answered, granted, taken back. Never changed.

    Amounts in the currency of the company, as they were at that moment. ``fund_discount`` and ``fund_gift`` are what
    ``fund_user_id``'s fund of ``month`` was charged with, negative when given back. Rows point to orders by
    number and name, so that neither deleting an order nor merging customers needs to change them.
    """

    _name = "retail.authority.log"
    _description = "Log of authority"
    _order = "id desc"
    _rec_name = "document_name"
    _log_access = False

    kind = fields.Selection(KINDS, string="What happened", required=True, readonly=True)
    moment = fields.Datetime(
        string="When", required=True, readonly=True, index=True, default=fields.Datetime.now
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    document_model = fields.Char(readonly=True, required=True)
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True)
    document_name = fields.Char(string="Order", readonly=True)
    request_id = fields.Many2one("retail.authority.request", readonly=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Done by", required=True, readonly=True, ondelete="restrict"
    )
    asked_by_id = fields.Many2one("res.users", string="Asked by", readonly=True, ondelete="restrict")
    promised_by_id = fields.Many2one(
        "res.users",
        string="Promised by",
        readonly=True,
        ondelete="restrict",
        help="Who last set the prices or discounts of the order.",
    )
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True, ondelete="restrict")
    reason = fields.Char(string="Words", readonly=True)
    list_value = fields.Monetary(string="At list prices", readonly=True)
    total = fields.Monetary(string="Order before tax", readonly=True)
    discount_amount = fields.Monetary(string="Discount", readonly=True)
    discount_percent = fields.Float(string="Discount (%)", readonly=True, aggregator="avg")
    gift_amount = fields.Monetary(string="Gifts", readonly=True)
    margin_percent = fields.Float(string="Margin (%)", readonly=True, aggregator="avg")
    fund_user_id = fields.Many2one("res.users", string="Fund of", readonly=True, ondelete="restrict")
    month = fields.Date(readonly=True)
    fund_discount = fields.Monetary(string="Charged to the fund", readonly=True)
    fund_gift = fields.Monetary(string="Gifts charged to the fund", readonly=True)
    snapshot = fields.Json(readonly=True)

    _document_idx = models.Index("(document_model, document_id)")

    def init(self):
        """No SQL statement changes or deletes a row; uninstalling drops the table, which no trigger sees."""
        self.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION retail_crm_authority_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                   BEGIN
                       RAISE EXCEPTION 'The log of authority is append-only: %% is refused.', TG_OP
                           USING ERRCODE = 'insufficient_privilege';
                   END $$;
                   DROP TRIGGER IF EXISTS retail_crm_authority_row ON %(table)s;
                   CREATE TRIGGER retail_crm_authority_row BEFORE UPDATE OR DELETE ON %(table)s
                       FOR EACH ROW EXECUTE FUNCTION retail_crm_authority_refuse();
                   DROP TRIGGER IF EXISTS retail_crm_authority_table ON %(table)s;
                   CREATE TRIGGER retail_crm_authority_table BEFORE TRUNCATE ON %(table)s
                       FOR EACH STATEMENT EXECUTE FUNCTION retail_crm_authority_refuse()""",
                table=SQL.identifier(self._table),
            )
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The log of authority is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of authority is never deleted."))

    @api.model
    def _note(self, kind, order, figures, **values):
        """Add a row about ``order``, in the name of the current user (1 query)."""
        order = order.sudo()
        return self.sudo().create(
            {
                "kind": kind,
                "company_id": order.company_id.root_id.id,
                "document_model": order._name,
                "document_id": order.id,
                "document_name": order.name,
                "user_id": self.env.uid,
                "promised_by_id": order.retail_priced_by_id.id,
                "snapshot": order._get_authority_snapshot(),
                **figures.as_columns(),
                **values,
            }
        )

    @api.model
    def _get_charged(self, orders):
        """``[(order id, user id, month, discount, gift)]`` that funds are charged with for ``orders`` (1 query)."""
        return self.env.execute_query(
            SQL(
                """SELECT document_id, fund_user_id, month, sum(fund_discount), sum(fund_gift)
                     FROM retail_authority_log
                    WHERE document_model = 'sale.order' AND document_id = ANY(%s) AND fund_user_id IS NOT NULL
                    GROUP BY 1, 2, 3
                   HAVING sum(fund_discount) > 0 OR sum(fund_gift) > 0""",
                orders.ids,
            )
        )

    def action_open_document(self):
        """The order behind the row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.document_model,
            "res_id": self.document_id,
            "views": [(False, "form")],
        }
