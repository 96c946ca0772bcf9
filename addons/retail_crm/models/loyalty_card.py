from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

# In the context while Odoo's own flows run, which write balances: we book what happened when they are through.
# An object, for no client can put one there.
FLOW = "retail_points_flow"
BY_FLOW = object()


class LoyaltyCard(models.Model):
    """A card of a loyalty program is a number that opens a wallet; its ``points`` are read from the ledger."""

    _inherit = "loyalty.card"

    retail_wallet_id = fields.Many2one(
        "retail.points.wallet",
        string="Wallet",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=fields.NO_ACCESS,
    )

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        """Reading, searching, sorting and grouping by points all come by here."""
        sql = super()._field_to_sql(alias, field_expr, query)
        if field_expr != "points":
            return sql
        return SQL(
            """CASE WHEN %(wallet)s IS NULL THEN %(column)s
                    ELSE COALESCE((SELECT sum(lot.remaining) FROM retail_points_lot lot
                                    WHERE lot.wallet_id = %(wallet)s AND lot.remaining > 0 AND NOT lot.is_pending), 0)
                       - (SELECT wallet.debt FROM retail_points_wallet wallet WHERE wallet.id = %(wallet)s) END""",
            wallet=SQL.identifier(alias, "retail_wallet_id", to_flush=self._fields["retail_wallet_id"]),
            column=sql,
        )

    @api.model_create_multi
    def create(self, vals_list):
        programs = self._get_programs(vals_list)
        keeps_ledger = [bool(program) and program._keeps_ledger() for program in programs]
        if not any(keeps_ledger):
            return super().create(vals_list)
        points = [vals.get("points") for vals in vals_list]
        vals_list = [
            {**vals, "points": 0} if ledger else vals
            for vals, ledger in zip(vals_list, keeps_ledger, strict=True)
        ]
        cards = (
            super(LoyaltyCard, self.with_context(loyalty_no_mail=True)).create(vals_list).with_env(self.env)
        )
        for card, ledger, given in zip(cards, keeps_ledger, points, strict=True):
            if ledger:
                card._open_wallet()
            if ledger and given:
                card._change_points(card.sudo().retail_wallet_id._to_points(given))
        cards._send_creation_communication()
        return cards

    def write(self, vals):
        ledger = self._in_ledger() if vals.keys() & {"points", "partner_id", "program_id"} else self.browse()
        if not ledger:
            return super().write(vals)
        others = self - ledger
        if others:
            super(LoyaltyCard, others).write(vals)
        rest = {name: value for name, value in vals.items() if name != "points"}
        result = super(LoyaltyCard, ledger).write(rest) if rest else True
        if "points" in vals and self.env.context.get(FLOW) is not BY_FLOW:
            for card in ledger:
                card._write_points(vals["points"])
        if "partner_id" in vals:
            for card in ledger:
                card._change_owner()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        for card in self._in_ledger():
            wallet = card.sudo().retail_wallet_id
            if wallet.card_ids == card and wallet.move_ids:
                raise AccessError(
                    self.env._("The card %(card)s has movements of points: archive it.", card=card.code)
                )

    def _get_programs(self, vals_list):
        """The program of each card to be created, by default the one the user came from."""
        default = self.default_get(["program_id"]).get("program_id")
        programs = self.env["loyalty.program"].sudo()
        return [programs.browse(vals.get("program_id", default)) for vals in vals_list]

    def _in_ledger(self):
        return self.filtered(lambda card: card.sudo().retail_wallet_id)

    def _is_barred(self):
        """Neither earns nor redeems: the card has expired or is archived, the wallet is blocked, or it is nobody's."""
        self.ensure_one()
        card = self.sudo()
        expired = card.expiration_date and card.expiration_date < card.program_id._get_today()
        is_walk_in = card.partner_id.commercial_partner_id.retail_is_walk_in
        return bool(expired or not card.active or card.retail_wallet_id.is_blocked or is_walk_in)

    def _open_wallet(self):
        """The wallet of the card's owner, a new one for the first card."""
        self.ensure_one()
        card = self.sudo()
        card.retail_wallet_id = (
            self.env["retail.points.wallet"].sudo()._get_or_open(card._get_owner(), card.program_id)
        )
        card.invalidate_recordset(["points"])

    def _get_owner(self):
        """Whose points the card collects: the company of a contact, the head of a household.

        Nobody for a card that is not given out yet.
        """
        partner = self.partner_id
        return partner.browse() if partner.is_public else partner._get_points_owner(self.program_id)

    def _change_owner(self):
        """A card that finds its owner brings its points; one that changes hands leaves them behind."""
        wallet, owner = self.sudo().retail_wallet_id, self.sudo()._get_owner()
        if wallet.partner_id == owner:
            return
        self._open_wallet()
        if not wallet.partner_id:
            wallet._merge_into(self.sudo().retail_wallet_id)

    def _write_points(self, points):
        """What Odoo or a person writes as the new balance becomes an adjustment.

        :raise UserError: not a number, negative, or the user may not
        """
        wallet = self.sudo().retail_wallet_id
        if wallet._to_points(points) < 0:
            raise UserError(self.env._("A balance cannot be written below zero points."))
        change = wallet._to_points(points) - wallet._to_points(self.sudo().points)
        if change:
            self._change_points(change)

    def _change_points(self, change):
        """Odoo's own flows pass; a person may as much as by an adjustment, and is told when that has to be asked for.

        :raise AccessError: more than the user may change without asking
        """
        wallet = self.sudo().retail_wallet_id
        if self.env.su:
            wallet._adjust(change, self._get_points_reason())
        else:
            self._check_may_adjust()
            self.env["retail.points.adjustment"]._adjust_at_once(
                wallet.sudo(False), change, self._get_points_reason()
            )

    def _get_points_reason(self):
        return self.env.context.get("retail_points_reason") or self.env._("Balance written")

    def _check_may_adjust(self):
        if not self.env["retail.points.limit"]._get_role(self.env.user):
            raise AccessError(
                self.env._("Only those who look after customers change points: ask a manager of the shop.")
            )
