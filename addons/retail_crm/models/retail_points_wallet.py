from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.event import PointsEvent
from ..points.exact import BOUND, DIGITS, NotPoints, to_points

# id of the last wallet that the nightly check came to before its time was over
CHECKED_UNTIL = "retail_crm.points_checked_until"
CHECKED_AT_ONCE = 1000


class RetailPointsWallet(models.Model):
    """One row is what a customer has in a loyalty program, whatever the number of cards that open it.

    What the customer has is the open lots minus the debt; both change only by moves (see ``retail.points.booking``).
    """

    _name = "retail.points.wallet"
    _description = "Points wallet"
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty for a card that was not given to anybody yet.",
    )
    program_id = fields.Many2one(
        "loyalty.program", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True, index=True)
    point_name = fields.Char(related="program_id.portal_point_name")
    active = fields.Boolean(default=True, readonly=True, help="Wallets of merged customers are archived.")
    is_blocked = fields.Boolean(
        string="Blocked", readonly=True, help="The customer neither earns nor redeems points."
    )
    merged_into_id = fields.Many2one(
        "retail.points.wallet", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    card_ids = fields.One2many("loyalty.card", "retail_wallet_id", string="Cards", groups=fields.NO_ACCESS)
    lot_ids = fields.One2many("retail.points.lot", "wallet_id", string="Lots", readonly=True)
    move_ids = fields.One2many("retail.points.move", "wallet_id", string="Movements of points", readonly=True)
    reservation_ids = fields.One2many(
        "retail.points.reservation", "wallet_id", string="Reserved", readonly=True
    )
    debt = fields.Float(
        digits=DIGITS,
        required=True,
        readonly=True,
        default=0,
        help="Taken back after it had been spent. The next points earned repay it.",
    )
    debit_count = fields.Integer(
        required=True,
        readonly=True,
        default=0,
        help="Every debit counts itself here before it looks at the lots, so that two never see the same ones.",
    )
    available = fields.Float(digits=DIGITS, compute="_compute_balance", search="_search_available")
    pending = fields.Float(digits=DIGITS, compute="_compute_balance")

    held = fields.Json(
        compute="_compute_held", help="Points that quotations reserve now, by the id of the quotation."
    )
    past = fields.Float(
        string="Last day over",
        digits=DIGITS,
        compute="_compute_held",
        help="Available points that expire within the hour, for their last day is over: they cannot be spent.",
    )

    _owner_uniq = models.UniqueIndex(
        "(partner_id, program_id) WHERE active AND partner_id IS NOT NULL",
        "The customer has a wallet in this program already.",
    )
    _debt_not_negative = models.Constraint(
        "CHECK(debt >= 0 AND debt <> 'NaN')", "A debt cannot be less than nothing."
    )

    @api.depends("partner_id", "program_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for wallet in self:
            owner = wallet.partner_id.display_name or self.env._("Not given out")
            wallet.display_name = self.env._(
                "%(customer)s: %(program)s", customer=owner, program=wallet.program_id.name
            )

    @api.depends("debt", "lot_ids.remaining", "lot_ids.is_pending")
    def _compute_balance(self):
        """What can be spent, negative when in debt, and what is promised (1 query)."""
        sums = {
            (wallet.id, is_pending): remaining
            for wallet, is_pending, remaining in self.env["retail.points.lot"]
            .sudo()
            ._read_group(
                [("wallet_id", "in", self.ids), ("remaining", ">", 0)],
                ["wallet_id", "is_pending"],
                ["remaining:sum"],
            )
        }
        for wallet in self:
            wallet.available = float(
                to_points(sums.get((wallet._origin.id, False), 0)) - to_points(wallet.debt)
            )
            wallet.pending = sums.get((wallet._origin.id, True), 0)

    @api.depends(
        "reservation_ids.amount",
        "reservation_ids.expires_at",
        "lot_ids.remaining",
        "lot_ids.is_pending",
        "lot_ids.expires_on",
    )
    def _compute_held(self):
        """What cannot be spent of what is available (1 query)."""
        Lots = self.env["retail.points.lot"]
        Lots._flush_days()
        self.env["retail.points.reservation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT wallet.id,
                          (SELECT jsonb_object_agg(order_id, amount) FROM retail_points_reservation
                            WHERE wallet_id = wallet.id AND expires_at > %(now)s),
                          (SELECT sum(lot.remaining) FROM retail_points_lot lot
                            WHERE lot.wallet_id = wallet.id AND lot.remaining > 0 AND NOT lot.is_pending
                              AND %(is_past)s)
                     FROM retail_points_wallet wallet %(join_day)s WHERE wallet.id = ANY(%(wallets)s)""",
                now=fields.Datetime.now(),
                is_past=Lots._sql_is_past(),
                join_day=Lots._sql_join_day(),
                wallets=self.ids,
            )
        )
        known = {wallet: (held or {}, past or 0) for wallet, held, past in rows}
        for wallet in self:
            wallet.held, wallet.past = known.get(wallet._origin.id, ({}, 0))

    def _search_available(self, operator, value):
        if operator not in ("<", "<=", ">", ">=", "in", "not in"):
            return NotImplemented
        value = tuple(value) if operator in ("in", "not in") else value
        return [
            (
                "id",
                "in",
                SQL(
                    """SELECT wallet.id FROM retail_points_wallet wallet
                        WHERE COALESCE((SELECT sum(lot.remaining) FROM retail_points_lot lot
                                         WHERE lot.wallet_id = wallet.id AND NOT lot.is_pending), 0) - wallet.debt
                              %s %s""",
                    SQL(operator),
                    value,
                ),
            )
        ]

    # ------------------------------------------------------------------ what can be done with a wallet

    @api.model
    def _to_points(self, value):
        """``value`` as an exact decimal.

        :raise UserError: not a number, infinite or beyond the bound
        """
        try:
            return to_points(value)
        except NotPoints as error:
            raise UserError(
                self.env._(
                    "%(value)s is no amount of points: give a number of at most %(bound)s.",
                    value=value,
                    bound=f"{BOUND:,}",
                )
            ) from error

    def _adjust(self, change, reason, key=None):
        """Add ``change`` points, which last as long as earned ones, or take them when negative, because of ``reason``.

        :raise UserError: more is to be taken than the customer has, or more to be given than a wallet may hold
        """
        self.ensure_one()
        change = self._to_points(change)
        self._to_points(to_points(self.available) + to_points(self.pending) + change)
        self._book(
            [
                PointsEvent(
                    wallet=self,
                    operation="add" if change > 0 else "spend",
                    kind="adjust",
                    amount=abs(change),
                    key=key or self._new_key("adjust"),
                    reason=reason,
                    expires_on=self.sudo().program_id._get_points_dates()["expires_on"]
                    if change > 0
                    else None,
                )
            ]
        )

    def _book(self, events):
        self.env["retail.points.booking"].sudo()._book(events)

    def _new_key(self, what):
        """A key for what has no document: a number from a sequence of the database, so that it is there only once."""
        number = self.env.execute_query(SQL("SELECT nextval('retail_points_move_id_seq')"))[0][0]
        return f"{what}:{self.id}:{number}"

    def _check_not_blocked(self):
        """A block is not escaped by giving the points to somebody else."""
        for wallet in self.filtered("is_blocked"):
            raise UserError(
                self.env._("The wallet %(wallet)s is blocked: unblock it first.", wallet=wallet.display_name)
            )

    def _merge_into(self, target):
        """Move everything to ``target``: what can be spent, what is pending, debts, with their dates."""
        self.env["retail.points.booking"].sudo()._merge(self, target)

    def _get_current(self):
        """Where the points of these wallets are now: merged wallets live on in another one."""
        return self.browse([(wallet.merged_into_id or wallet).id for wallet in self])

    # ------------------------------------------------------------------ finding and opening

    @api.model
    def _get_or_open(self, owner, program):
        """The wallet of the commercial partner ``owner`` (may be empty: a card nobody has) in ``program``.

        Two first purchases at the same time: the second one fails with a serialization error, and is retried.
        """
        if owner:
            wallet = self.search(
                [("partner_id", "=", owner.id), ("program_id", "=", program.id), ("active", "=", True)]
            )
            if wallet:
                return wallet
        row = self.env.execute_query(
            SQL(
                """INSERT INTO retail_points_wallet (partner_id, program_id, company_id, active, debt, debit_count,
                                                     create_uid, create_date, write_uid, write_date)
                   SELECT %(owner)s, %(program)s, %(company)s, TRUE, 0, 0, %(user)s, moment, %(user)s, moment
                     FROM (SELECT now() AT TIME ZONE 'UTC') clock (moment)
                   ON CONFLICT (partner_id, program_id) WHERE active AND partner_id IS NOT NULL DO NOTHING
                   RETURNING id""",
                owner=owner.id or None,
                program=program.id,
                company=program.company_id.id or None,
                user=self.env.uid,
            )
        )
        return self.browse(row[0][0])

    # ------------------------------------------------------------------ checks

    def action_verify(self):
        """Tell whether the movements are what was sealed and add up."""
        if not self.env.user.has_group("retail_crm.group_auditor") and not self.env.user.has_group(
            "retail_crm.group_manager"
        ):
            raise UserError(self.env._("Auditors and managers verify wallets."))
        self.check_access("read")
        problems = self.sudo()._find_problems()
        if problems:
            raise UserError("\n".join(problems))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("All movements are what was sealed, and they add up to the balance."),
            },
        }

    def _find_problems(self):
        """What is wrong with these wallets, in words; new movements are sealed first."""
        seals = self.env["retail.points.seal"]
        while seals._seal_batch(self):
            pass
        broken = seals._find_broken(self)
        names = {wallet.id: wallet.display_name for wallet in self.browse(broken)}
        problems = [
            self.env._(
                "%(wallet)s: movement %(number)s is not what was sealed.",
                wallet=names[wallet],
                number=number,
            )
            for wallet, number in broken.items()
        ]
        return problems + [
            self.env._("%(wallet)s: %(what)s", wallet=self.browse(wallet).display_name, what=what)
            for wallet, what in self._find_wrong_sums()
        ]

    def _find_wrong_sums(self):
        """Pairs of wallet id and words: where lots or debt are not the sum of their moves (1 query)."""
        rows = self.env.execute_query(
            SQL(
                """WITH lot_sum AS (
                       SELECT wallet_id, lot_id, sum(amount) AS amount, sum(available_amount) AS available
                         FROM retail_points_move WHERE wallet_id = ANY(%(wallets)s) GROUP BY wallet_id, lot_id)
                   SELECT lot.wallet_id, 'lot', lot.remaining, COALESCE(lot_sum.amount, 0)
                     FROM retail_points_lot lot LEFT JOIN lot_sum ON lot_sum.lot_id = lot.id
                    WHERE lot.wallet_id = ANY(%(wallets)s)
                      AND (lot.remaining <> COALESCE(lot_sum.amount, 0)
                           OR COALESCE(lot_sum.available, 0) <> CASE WHEN lot.is_pending THEN 0 ELSE lot.remaining END)
                   UNION ALL
                   SELECT wallet.id, 'debt', wallet.debt, -COALESCE(lot_sum.amount, 0)
                     FROM retail_points_wallet wallet
                     LEFT JOIN lot_sum ON lot_sum.wallet_id = wallet.id AND lot_sum.lot_id IS NULL
                    WHERE wallet.id = ANY(%(wallets)s) AND wallet.debt <> -COALESCE(lot_sum.amount, 0)""",
                wallets=self.ids,
            )
        )
        words = {
            "lot": self.env._("a lot does not hold the sum of its movements."),
            "debt": self.env._("the debt is not the sum of its movements."),
        }
        return [(wallet, words[what]) for wallet, what, *_amounts in rows]

    @api.model
    def _cron_check(self):
        """Check every wallet, some at a time; what is wrong is told to the managers.

        When its time is over Odoo calls it again, and it goes on where it was.
        """
        settings = self.env["ir.config_parameter"].sudo()
        begin = int(settings.get_param(CHECKED_UNTIL, 0))
        wallets = self.with_context(active_test=False).search([("id", ">", begin)], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(wallets))
        problems, last = [], wallets[-1:]
        for start in range(0, len(wallets), CHECKED_AT_ONCE):
            batch = wallets[start : start + CHECKED_AT_ONCE]
            problems += self.env["retail.job"]._retrying(batch._find_problems)
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                last = batch[-1:]
                break
        settings.set_param(CHECKED_UNTIL, last.id if last != wallets[-1:] else 0)
        if problems:
            self._tell_problems(problems)

    @api.model
    def _tell_problems(self, problems):
        """A message to those who answer for the ledger."""
        users = (
            self.env.ref("retail_crm.group_auditor").all_user_ids
            | self.env.ref("retail_crm.group_manager").all_user_ids
        )
        self.env["mail.thread"].message_notify(
            partner_ids=users.partner_id.ids,
            subject=self.env._("The points ledger does not add up"),
            body="\n".join(problems[:100]),
        )
