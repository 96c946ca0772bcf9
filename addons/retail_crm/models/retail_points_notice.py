import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS

_logger = logging.getLogger(__name__)

# notices found, and wallets whose customers are written to, in one transaction
BATCH = 20000
MAIL_BATCH = 500
# what would be told within a week is told at once: who buys daily is not written to daily
TOGETHER_DAYS = 7


class RetailPointsNotice(models.Model):
    """One row is that a customer is told, once, that points of a wallet can be used until ``last_day`` and no longer.

    Rows told by the same e-mail share ``first_id``, the one of them with the nearest day. A notice is marked sent and
    its e-mail put into the queue in one transaction, so a killed job writes to nobody twice and forgets nobody.
    """

    _name = "retail.points.notice"
    _description = "Notice of points that expire"
    _order = "last_day desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    wallet_id = fields.Many2one("retail.points.wallet", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    program_id = fields.Many2one(related="wallet_id.program_id", store=True, index=True)
    company_id = fields.Many2one(related="wallet_id.company_id", store=True, index="btree_not_null")
    last_day = fields.Date(
        string="Last day", required=True, readonly=True, help="The points can be used until then."
    )
    points = fields.Float(
        digits=DIGITS, required=True, readonly=True, help="What was left of them when the customer was told."
    )
    state = fields.Selection(
        [("due", "To send"), ("sent", "Sent"), ("no_address", "No e-mail address")],
        required=True,
        readonly=True,
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True, help="When it went to the queue of e-mails.")
    recipient_id = fields.Many2one(
        "res.partner",
        string="Sent to",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The customer, or who holds a card of the wallet when the customer has no e-mail address.",
    )
    email = fields.Char(related="recipient_id.email")
    first_id = fields.Many2one(
        "retail.points.notice", readonly=True, index="btree_not_null", ondelete="set null"
    )
    told_ids = fields.One2many("retail.points.notice", "first_id", string="Told by the same e-mail")
    failure = fields.Char(string="Problem", compute="_compute_failure", compute_sudo=True)
    # what e-mails say, in the language they are written in
    points_text = fields.Char(string="Points in words", compute="_compute_points_text")
    url = fields.Char(string="Page of the card", compute="_compute_url")

    _wallet_day_uniq = models.Constraint(
        "UNIQUE(wallet_id, last_day)", "The customer was told of this day already."
    )
    _due_idx = models.Index("(wallet_id) WHERE state = 'due'")
    _no_address_idx = models.Index("(last_day) WHERE state = 'no_address'")

    def _compute_failure(self):
        """Why the e-mail could not be delivered (1 query); e-mails that went out are gone from the queue."""
        mails = self.env["mail.mail"].search(
            [("model", "=", self._name), ("res_id", "in", self.first_id.ids), ("state", "=", "exception")]
        )
        reasons = {mail.res_id: self._say_failure(mail) for mail in mails}
        for notice in self:
            notice.failure = reasons.get(notice.first_id.id, False)

    def _say_failure(self, mail):
        if not mail.failure_reason:
            return self.env._("The e-mail was not delivered")
        return self.env._("The e-mail was not delivered: %(reason)s", reason=mail.failure_reason)

    @api.depends("points")
    @api.depends_context("lang")
    def _compute_points_text(self):
        say = self.env["retail.points.portal"]._say_points
        for notice in self:
            notice.points_text = say(notice.wallet_id.sudo(), notice.points)

    @api.depends("wallet_id", "recipient_id")
    def _compute_url(self):
        for notice in self:
            cards = notice.wallet_id.sudo().card_ids
            card = cards.filtered(lambda card, notice=notice: card.partner_id == notice.recipient_id)[:1]
            path = f"/my/loyalty_card/{card.id}/history" if card else "/my"
            notice.url = f"{notice.get_base_url()}{path}"

    def action_open_partner(self):
        """The customer, for example to note an e-mail address."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ every night

    @api.model
    def _cron_notify(self):
        """Find what is to be told, then tell it; each batch is kept, and what is done is no longer due.

        E-mails of a program that cannot be written, for somebody changed the words, wait and stop no other program.
        """
        self._find_addresses()
        job = self.env["retail.job"]
        is_in_time = job._work_off_step(self._find_batch, "points: notices found")
        for program in self._get_due_programs():
            if not is_in_time:
                break
            try:
                is_in_time = job._work_off_step(
                    lambda program=program: self._send_batch(program),
                    f"points: wallets of program {program.id} told",
                )
            except Exception:
                _logger.exception("points: notices of program %s", program.id)
        if is_in_time:
            self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _get_due_programs(self):
        return self._read_group([("state", "=", "due")], aggregates=["program_id:recordset"])[0][0]

    @api.model
    def _find_addresses(self):
        """Customers who had no address and have one now come into line, unless their points are gone (1 query)."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_points_notice notice SET state = 'due', recipient_id = recipient.id
                     FROM retail_points_wallet wallet CROSS JOIN LATERAL (%s) recipient
                    WHERE notice.state = 'no_address' AND notice.last_day >= %s AND wallet.id = notice.wallet_id""",
                self._sql_recipient(),
                fields.Date.today() - timedelta(days=1),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _find_batch(self):
        """Note whom to tell of what (1 query). Returns how many notices; one wallet may have several."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_points_notice (wallet_id, program_id, company_id, last_day, points,
                                                     recipient_id, state)
                   SELECT due.wallet_id, wallet.program_id, wallet.company_id, due.last_day, due.points,
                          recipient.id, CASE WHEN recipient.id IS NULL THEN 'no_address' ELSE 'due' END
                     FROM (%(due)s) due JOIN retail_points_wallet wallet ON wallet.id = due.wallet_id
                     LEFT JOIN LATERAL (%(recipient)s) recipient ON TRUE
                    ORDER BY due.wallet_id, due.last_day LIMIT %(batch)s
                   ON CONFLICT (wallet_id, last_day) DO NOTHING""",
                due=self._sql_due(),
                recipient=self._sql_recipient(),
                batch=BATCH,
            )
        )
        self.invalidate_model(flush=False)
        return self.env.cr.rowcount

    @api.model
    def _send_batch(self, program):
        """Write to the customers of some wallets of ``program``. Returns how many wallets are through."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT wallet_id FROM retail_points_notice
                    WHERE state = 'due' AND program_id = %s ORDER BY 1 LIMIT %s""",
                program.id,
                MAIL_BATCH,
            )
        )
        wallets = [wallet for (wallet,) in rows]
        self._look_again(wallets)
        if firsts := self._mark_sent(wallets):
            program._get_notice_template().sudo().send_mail_batch(firsts.ids)
        return len(wallets)

    def _look_again(self, wallets):
        """Forget what was spent or is over since it was noted, and tell what is left now (2 queries)."""
        rows = self.env.execute_query(
            SQL(
                "SELECT wallet_id, last_day, points FROM (%s) now",
                self._sql_expiring(SQL("lot.wallet_id = ANY(%s)", wallets)),
            )
        )
        self.env.cr.execute(
            SQL(
                """WITH now AS (SELECT * FROM unnest(%(ids)s::int4[], %(days)s::date[], %(points)s::numeric[])
                                         now (wallet_id, last_day, points)),
                        gone AS (
                       DELETE FROM retail_points_notice notice
                        WHERE state = 'due' AND wallet_id = ANY(%(wallets)s)
                          AND (wallet_id, last_day) NOT IN (SELECT wallet_id, last_day FROM now))
                   UPDATE retail_points_notice notice SET points = now.points FROM now
                    WHERE notice.state = 'due' AND notice.wallet_id = now.wallet_id
                      AND notice.last_day = now.last_day AND notice.points <> now.points""",
                ids=[row[0] for row in rows],
                days=[row[1] for row in rows],
                points=[row[2] for row in rows],
                wallets=wallets,
            )
        )
        self.invalidate_model(flush=False)

    def _mark_sent(self, wallets):
        """The first notice of each e-mail (1 query)."""
        rows = self.env.execute_query(
            SQL(
                """UPDATE retail_points_notice notice
                      SET state = 'sent', sent_at = %(now)s, first_id = first.id
                     FROM (SELECT DISTINCT ON (wallet_id) wallet_id, id FROM retail_points_notice
                            WHERE state = 'due' AND wallet_id = ANY(%(wallets)s)
                            ORDER BY wallet_id, last_day) first
                    WHERE notice.wallet_id = first.wallet_id AND notice.state = 'due'
                   RETURNING first.id""",
                now=fields.Datetime.now(),
                wallets=wallets,
            )
        )
        self.invalidate_model(flush=False)
        return self.browse(sorted({first for (first,) in rows}))

    # ------------------------------------------------------------------ whom to tell of what

    def _sql_due(self) -> SQL:
        """Rows (wallet_id, last_day, points) that nobody was told of, of wallets with one that it is time to tell of.

        Days of the week after are told together with it.
        """
        return SQL(
            """SELECT wallet_id, last_day, points
                 FROM (SELECT expiring.*, min(last_day) OVER (PARTITION BY wallet_id) AS first_day
                         FROM (%s) expiring
                        WHERE NOT EXISTS (SELECT FROM retail_points_notice notice
                                           WHERE notice.wallet_id = expiring.wallet_id
                                             AND notice.last_day = expiring.last_day)) untold
                WHERE first_day <= tell_until""",
            self._sql_expiring(SQL("TRUE")),
        )

    def _sql_expiring(self, which) -> SQL:
        """Rows (wallet_id, last_day, points, tell_until) of all programs that give notice.

        :param which: condition on ``lot`` and ``wallet``
        """
        programs = self.env["loyalty.program"].sudo().search([("retail_notice_days", ">", 0)])
        nothing = SQL(
            "SELECT NULL::int4 AS wallet_id, NULL::date AS last_day, NULL::numeric AS points,"
            " NULL::date AS tell_until WHERE FALSE"
        )
        parts = [self._sql_expiring_of(program, which) for program in programs if program._keeps_ledger()]
        return SQL(" UNION ALL ").join([nothing, *parts])

    def _sql_expiring_of(self, program, which) -> SQL:
        """Of one program, so that its days are constants that the index on the last day can be searched by."""
        today = program._get_today()
        tell_until = today + timedelta(days=program.retail_notice_days)
        horizon = tell_until + timedelta(days=TOGETHER_DAYS)
        rolling = SQL(
            " OR lot.expires_on IS NULL AND lot.earned_on <= %s",
            horizon - timedelta(days=program.retail_expiry_days),
        )
        return SQL(
            """SELECT wallet_id, last_day, points, %(tell_until)s::date AS tell_until FROM (%(last_days)s) known
                WHERE last_day BETWEEN %(today)s AND %(horizon)s""",
            tell_until=tell_until,
            today=today,
            horizon=horizon,
            last_days=self.env["retail.points.last.day"]._sql_last_days(
                SQL(
                    """wallet.program_id = %(program)s AND %(can_use)s AND %(which)s
                       AND (lot.expires_on BETWEEN %(today)s AND %(horizon)s%(rolling)s)""",
                    program=program.id,
                    can_use=self._sql_can_use(),
                    which=which,
                    today=today,
                    horizon=horizon,
                    rolling=rolling if program.retail_expiry == "rolling" else SQL(),
                )
            ),
        )

    def _sql_can_use(self) -> SQL:
        """Whether the customer of ``wallet`` is there and has a card that still pays with points."""
        return SQL(
            """wallet.active AND wallet.is_blocked IS NOT TRUE
               AND EXISTS (SELECT FROM res_partner owner WHERE owner.id = wallet.partner_id AND owner.active)
               AND EXISTS (SELECT FROM loyalty_card card
                            WHERE card.retail_wallet_id = wallet.id AND card.active
                              AND (card.expiration_date IS NULL OR card.expiration_date >= %s))""",
            fields.Date.today(),
        )

    def _sql_recipient(self) -> SQL:
        """Who is written to: the owner of ``wallet``, else the first who holds a card of it; none without address."""
        return SQL(
            """SELECT id FROM (
                   SELECT owner.id, 0 AS place FROM res_partner owner
                    WHERE owner.id = wallet.partner_id AND owner.email_normalized <> ''
                   UNION ALL
                   SELECT holder.id, card.id FROM loyalty_card card JOIN res_partner holder
                       ON holder.id = card.partner_id
                    WHERE card.retail_wallet_id = wallet.id AND card.active AND holder.active
                      AND holder.email_normalized <> '') reachable
                ORDER BY place LIMIT 1"""
        )
