from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..points.event import PointsEvent
from ..points.exact import DIGITS, to_points

# what a person says; everything else of a row is filled here
SAID = ("points", "reason", "category_id", "expires_on", "request_key")
REQUEST_DAYS = 3


class RetailPointsAdjustment(models.Model):
    """One row is points that a person gave or took by hand, or asked to: who, why, and what became of it.

    ``points`` in the unit of the program, negative when taken. Within the limit of the person's role they are booked
    at once; above it they wait for a manager or approver who is somebody else (see retail_points_adjustment_answer.py).
    Creating a row is adjusting: nobody has the right to write one.
    """

    _name = "retail.points.adjustment"
    _description = "Adjustment of points"
    _inherit = ["mail.thread", "mail.activity.mixin", "retail.request"]
    # open requests first
    _order = "closed_on desc nulls first, id desc"
    _request_activity = "retail_crm.mail_activity_points_request"

    wallet_id = fields.Many2one(
        "retail.points.wallet", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    program_id = fields.Many2one(related="wallet_id.program_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    points = fields.Float(
        digits=DIGITS, required=True, readonly=True, help="Negative when they are taken from the customer."
    )
    category_id = fields.Many2one(
        "retail.points.reason", string="Kind of reason", readonly=True, ondelete="restrict"
    )
    reason = fields.Char(required=True, readonly=True, help="Read by who answers a request, and by auditors.")
    expires_on = fields.Date(string="Last day", readonly=True, help="Points given can be spent until then.")
    user_id = fields.Many2one(
        "res.users", string="Done by", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("done", "Booked at once"),
            ("requested", "Requested"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        tracking=True,
    )
    deadline = fields.Date(readonly=True, help="Day by which the request should be answered.")
    answer = fields.Char(readonly=True)
    closed_by_id = fields.Many2one("res.users", string="Answered by", readonly=True, ondelete="restrict")
    closed_on = fields.Datetime(string="Answered on", readonly=True)
    waited_hours = fields.Float(
        string="Waited (hours)", readonly=True, aggregator="avg", help="From the request to the answer."
    )
    # a client may give it a name of its own; each person uses a name once
    request_key = fields.Char(readonly=True, copy=False)
    is_mine = fields.Boolean(compute="_compute_is_mine")
    is_overdue = fields.Boolean(compute="_compute_is_overdue")

    _request_key_uniq = models.Constraint("UNIQUE(user_id, request_key)", "This adjustment was sent already.")
    _numbers = models.Constraint("CHECK(points <> 0 AND points <> 'NaN')", "Say how many points.")
    _open_idx = models.Index("(company_id) WHERE state = 'requested'")

    @api.depends_context("lang")
    @api.depends("points", "wallet_id")
    def _compute_display_name(self):
        for adjustment in self:
            adjustment.display_name = self.env._(
                "%(points)s points, %(customer)s",
                points=f"{adjustment.points:+,.10g}",
                customer=adjustment.partner_id.display_name or adjustment.wallet_id.display_name,
            )

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine(self):
        for adjustment in self:
            adjustment.is_mine = adjustment.user_id == self.env.user

    @api.depends("state", "deadline")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for adjustment in self:
            adjustment.is_overdue = adjustment.state == "requested" and adjustment.deadline < today

    @api.model_create_multi
    def create(self, vals_list):
        """Adjust, or request it where that is more than the user may.

        Takes ``wallet_id``, or ``partner_id`` and ``program_id``, and what a person ``SAID``.
        """
        self.browse().check_access("create")
        opened = []
        for vals in vals_list:
            values = self._get_opening(vals)
            opened.append({**values, **self._decide(values)})
        adjustments = super().create(opened)
        for adjustment in adjustments:
            if adjustment.state == "done":
                adjustment._book()
            else:
                adjustment._ask()
        return adjustments

    def write(self, vals):
        """Closed rows never change; what Odoo keeps beside them (messages, activities) may."""
        own = {name for name, field in self._fields.items() if field.store and field.column_type}
        if vals.keys() & own:
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An adjustment is never deleted: adjust the points back instead."))

    def action_open_wallet(self):
        """Where the points went."""
        self.ensure_one()
        wallet = self.wallet_id._get_current()
        return {
            "type": "ir.actions.act_window",
            "res_model": wallet._name,
            "res_id": wallet.id,
            "views": [(False, "form")],
        }

    def _notify_in_browser(self):
        """What a dialog closes with."""
        if self.state == "requested":
            message = self.env._(
                "Your request is on its way: a manager or approver answers it, and you get a message."
            )
        else:
            message = self.env._("The points are booked.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info" if self.state == "requested" else "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------ making one

    @api.model
    def _adjust_at_once(self, wallet, points, reason):
        """What a person does by writing a balance: it cannot wait for anybody.

        :raise AccessError: more than the user may change without asking
        """
        company = self._get_company(wallet)
        if not self._may_at_once(wallet, abs(to_points(points))):
            raise AccessError(self._say_too_much(company))
        return self.create({"wallet_id": wallet.id, "points": float(points), "reason": reason})

    @api.model
    def _may_at_once(self, wallet, amount):
        """Whether ``amount`` is within what the current user may still do; a question, which counts nothing."""
        if self.env.su:
            return True
        at_once, _month = self.env["retail.points.allowance"]._get_left(self._get_company(wallet))
        return amount <= at_once and not self._is_own(wallet)

    @api.model
    def _say_too_much(self, company):
        at_once, month = self.env["retail.points.allowance"]._get_left(company)
        if not month:
            return self.env._(
                "You cannot change points without asking. Open the customer's wallet, choose Adjust points and say "
                "why the customer deserves it: a manager answers."
            )
        return self.env._(
            "You may change %(at_once)s points at once and %(month)s more this month, and never your own. For more, "
            "open the customer's wallet and choose Adjust points: a second person answers your request.",
            at_once=f"{at_once:,.2f}",
            month=f"{month:,.2f}",
        )

    def _get_opening(self, vals):
        """The values of a new row: what its author says, and whose points in which company."""
        reason = (vals.get("reason") or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say why the points change: the reason stays in the customer's ledger.")
            )
        wallet = self._get_wallet(vals)
        wallet.check_access("read")
        points = wallet._to_points(vals.get("points"))
        if not points:
            raise UserError(self.env._("Say how many points."))
        return {
            "wallet_id": wallet.id,
            "company_id": self._get_company(wallet).id,
            "user_id": self.env.uid,
            **{name: vals.get(name) for name in SAID},
            "points": float(points),
            "reason": reason,
            "expires_on": self._get_last_day(wallet, points, vals.get("expires_on")),
        }

    def _get_wallet(self, vals):
        """That of the customer, who gets a card where there is none yet."""
        wallets = self.env["retail.points.wallet"]
        if vals.get("wallet_id"):
            return wallets.browse(vals["wallet_id"])._get_current()
        customer = self.env["res.partner"].browse(vals.get("partner_id"))
        program = self.env["loyalty.program"].browse(vals.get("program_id"))
        if not customer or not program or not program._keeps_ledger():
            raise UserError(self.env._("Choose a customer and a loyalty program."))
        customer.check_access("read")
        program.check_access("read")
        return wallets.browse(self._find_or_issue_card(customer, program).retail_wallet_id.id)

    def _find_or_issue_card(self, customer, program):
        cards = self.env["loyalty.card"].sudo()
        card = cards.search(
            [
                ("partner_id.commercial_partner_id", "=", customer.commercial_partner_id.id),
                ("program_id", "=", program.id),
            ],
            limit=1,
        )
        return card or cards.create(
            {"partner_id": customer.commercial_partner_id.id, "program_id": program.id}
        )

    def _get_company(self, wallet):
        """Whose limits hold: for programs of all companies those of the first company the user works for.

        Users choose the company they work in, and each would have a limit of its own.
        """
        return wallet.sudo().company_id.root_id or self.env.user.company_ids.root_id.sorted("id")[:1]

    def _get_last_day(self, wallet, points, expires_on):
        """As long as points earned today, unless another day is given; points that are taken have none."""
        if points < 0:
            return None
        company = self._get_company(wallet)
        today = self.env["retail.run"]._today(company.sudo())
        expires_on = fields.Date.to_date(expires_on)
        if expires_on and expires_on < today:
            raise UserError(self.env._("The last day of the points is over already: choose a later one."))
        return expires_on or wallet.sudo().program_id._get_points_dates(today)["expires_on"]

    def _decide(self, values):
        """State of a new row: done where the user may, and counted then; otherwise a request with a deadline."""
        wallet = self.env["retail.points.wallet"].browse(values["wallet_id"])
        company = self.env["res.company"].browse(values["company_id"])
        amount = abs(to_points(values["points"]))
        is_free = self.env.su or (
            not self._is_own(wallet) and self.env["retail.points.allowance"]._take(company, amount)
        )
        if is_free:
            return {"state": "done", "closed_by_id": self.env.uid, "closed_on": fields.Datetime.now()}
        today = self.env["retail.run"]._today(company.sudo())
        return {"state": "requested", "deadline": today + timedelta(days=REQUEST_DAYS)}

    def _is_own(self, wallet):
        """Whether they are the current user's points as a customer: these a second person decides about.

        Where the points are now counts: customers join households while a request waits.
        """
        wallet = wallet.sudo()._get_current()
        return bool(wallet) and wallet.partner_id == self.env.user.partner_id._get_points_owner(
            wallet.program_id
        )

    def _book(self):
        """Change the points; the key lets each row do so once.

        :raise UserError: the customer no longer has the points, the wallet would pass its bound, or their last day is
            over
        """
        self.ensure_one()
        today = self.env["retail.run"]._today(self.company_id.sudo())
        if self.expires_on and self.expires_on < today:
            raise UserError(
                self.env._(
                    "These points could be spent until %(day)s, which is over. Refuse the request: who made it can ask"
                    " again with a later last day.",
                    day=format_date(self.env, self.expires_on),
                )
            )
        points, wallet = to_points(self.points), self.wallet_id._get_current()
        # a wallet has its bound like any amount
        wallet._to_points(to_points(wallet.available) + to_points(wallet.pending) + points)
        event = PointsEvent(
            wallet=self.wallet_id,
            operation="add" if points > 0 else "spend",
            kind="adjust",
            amount=abs(points),
            key=f"adjustment:{self.id}",
            document=self,
            reason=self.reason,
            earned_on=today,
            expires_on=self.expires_on or None,
        )
        self.wallet_id._book([event])
