from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.exact import DIGITS

KINDS = [
    ("opening", "Opening balance"),
    ("earn", "Earned"),
    ("release", "Released"),
    ("redeem", "Redeemed"),
    ("expire", "Expired"),
    ("reverse", "Reversed"),
    ("repay", "Debt repaid"),
    ("adjust", "Adjusted"),
    ("merge", "Merged"),
]
# texts about a customer beside the reasons of movements
WRITTEN_BY_PERSONS = (
    ("retail.points.history", "note"),
    ("retail.points.adjustment", "reason"),
    ("retail.points.adjustment", "answer"),
    ("retail.tier.membership", "reason"),
    ("retail.tier.benefit.use", "note"),
)


class RetailPointsMove(models.Model):
    """One row is a change of one lot of a wallet, or of its debt (no lot), by one event; it is never changed.

    ``amount`` is the change of available and pending points together, ``available_amount`` that of what can be spent.
    The moves of one event share ``source_key`` and are numbered by ``part``: the unique index on both is what makes an
    event count once. Moves point to wallets, never to customers.
    """

    _name = "retail.points.move"
    _description = "Points movement"
    _order = "id desc"
    _rec_name = "source_key"
    _log_access = False

    wallet_id = fields.Many2one(
        "retail.points.wallet", required=True, index=True, ondelete="restrict", readonly=True
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    program_id = fields.Many2one(related="wallet_id.program_id")
    lot_id = fields.Many2one("retail.points.lot", index="btree_not_null", ondelete="restrict", readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    amount = fields.Float(string="Points", digits=DIGITS, required=True, readonly=True)
    available_amount = fields.Float(
        string="Can be spent",
        digits=DIGITS,
        required=True,
        readonly=True,
        help="Change of what the customer can spend; pending points cannot be spent yet.",
    )
    source_key = fields.Char(string="Event", required=True, readonly=True, help="What happened; counts once.")
    part = fields.Integer(required=True, readonly=True, default=1)
    moment = fields.Datetime(
        string="When", required=True, readonly=True, index=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        "res.users",
        string="Done by",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
    )
    document_model = fields.Char(readonly=True)
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True)
    reason = fields.Char(readonly=True)

    _event_uniq = models.Constraint("UNIQUE(source_key, part)", "This event has been booked already.")
    _document_idx = models.Index("(document_model, document_id)")
    _numbers = models.Constraint(
        "CHECK(amount <> 'NaN' AND available_amount <> 'NaN' AND abs(amount) < 2000000000)",
        "Points must be a number within bounds.",
    )

    def init(self):
        """No SQL statement changes or deletes a move.

        The reason is the only text a person may have written: the eraser of personal data may empty it after
        SET LOCAL retail_crm.points_eraser = 'on'. Uninstalling drops the table, which no trigger sees.
        """
        self.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION retail_crm_points_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                   BEGIN
                       IF TG_OP = 'UPDATE' AND current_setting('retail_crm.points_eraser', true) = 'on' THEN
                           IF to_jsonb(OLD) || '{"reason": null}' = to_jsonb(NEW) THEN
                               RETURN NEW;
                           END IF;
                       END IF;
                       RAISE EXCEPTION 'The points ledger is append-only: %% of %% is refused.', TG_OP, TG_TABLE_NAME
                           USING ERRCODE = 'insufficient_privilege';
                   END $$"""
            )
        )
        self._protect("retail_points_move")

    @api.model
    def _protect(self, table):
        """Refuse UPDATE, DELETE and TRUNCATE of ``table``."""
        self.env.cr.execute(
            SQL(
                """DROP TRIGGER IF EXISTS retail_crm_points_row ON %(table)s;
                   CREATE TRIGGER retail_crm_points_row BEFORE UPDATE OR DELETE ON %(table)s
                       FOR EACH ROW EXECUTE FUNCTION retail_crm_points_refuse();
                   DROP TRIGGER IF EXISTS retail_crm_points_table ON %(table)s;
                   CREATE TRIGGER retail_crm_points_table BEFORE TRUNCATE ON %(table)s
                       FOR EACH STATEMENT EXECUTE FUNCTION retail_crm_points_refuse()""",
                table=SQL.identifier(table),
            )
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A points movement is never changed: book another one that corrects it."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A points movement is never deleted: book another one that corrects it."))

    @api.model
    def _erase_reasons(self, wallets):
        """Path of the eraser of personal data: empties what persons wrote, and nothing else (8 queries).

        Reasons of adjustments and of stays in tiers, and notes of imported rows and benefits, tell the same.
        """
        self.env.cr.execute("SET LOCAL retail_crm.points_eraser = 'on'")
        self.env.cr.execute(
            SQL(
                "UPDATE retail_points_move SET reason = NULL WHERE wallet_id = ANY(%s) AND reason IS NOT NULL",
                wallets.ids,
            )
        )
        self.env.cr.execute("SET LOCAL retail_crm.points_eraser = 'off'")
        self.invalidate_model(["reason"], flush=False)
        for model, name in WRITTEN_BY_PERSONS:
            self._erase(model, name, wallets)

    def _erase(self, model, name, wallets):
        records = self.env[model]
        records.flush_model([name])
        self.env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(name)s = '' WHERE wallet_id = ANY(%(wallets)s) AND %(name)s <> ''",
                table=SQL.identifier(records._table),
                name=SQL.identifier(name),
                wallets=wallets.ids,
            )
        )
        records.invalidate_model([name], flush=False)

    def action_open_document(self):
        """The order, invoice or card behind the movement."""
        self.ensure_one()
        if not self.document_model or self.document_model not in self.env:
            raise UserError(self.env._("There is no document behind this movement."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.document_model,
            "res_id": self.document_id,
            "views": [(False, "form")],
        }
