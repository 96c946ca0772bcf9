from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

# proposed time of day, where the keeper is
DUE_HOUR = 18


class RetailPromise(models.Model):
    """One row is what somebody promised a customer: what, who keeps it, until when, and what became of it.

    Never edited once made: another time is another promise, which the first one points to in state ``moved``. Segment
    and strategy are those of the customer at that moment. ``due_at`` is a moment in UTC, ``due_on`` its day where the
    keeper is (else in the shops). A promise kept after ``due_at`` is broken, with ``kept_at`` and ``late_hours``.
    """

    _name = "retail.promise"
    _description = "Promise"
    _order = "due_at, id"
    _rec_name = "text"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("call_back", "Call back"),
            ("date", "Date of delivery"),
            ("price", "Price"),
            ("gift", "Gift"),
            ("other", "Something else"),
        ],
        string="Kind of promise",
        required=True,
        default="call_back",
    )
    text = fields.Char(
        string="Promised",
        required=True,
        compute="_compute_text",
        store=True,
        readonly=False,
        precompute=True,
        help="In words that the customer would recognise. It cannot be changed afterwards.",
    )
    keeper_id = fields.Many2one(
        "res.users",
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Who sees to it. While the keeper is away, the deputy does.",
    )
    deputy_id = fields.Many2one(
        "res.users",
        string="Stands in",
        readonly=True,
        ondelete="set null",
        help="Sees to it, because the keeper is away on the day.",
    )
    due_at = fields.Datetime(
        string="Until",
        required=True,
        default=lambda self: self._get_next_evening(),
        help="In your time zone.",
    )
    due_on = fields.Date(
        string="Due day", compute="_compute_due_on", store=True, help="The day of it where the keeper is."
    )
    order_id = fields.Many2one("sale.order", ondelete="set null", index="btree_not_null")
    action_id = fields.Many2one(
        "retail.action", string="Made during", ondelete="set null", index="btree_not_null"
    )
    product_id = fields.Many2one(
        "product.product", ondelete="restrict", help="What the customer gets at that price."
    )
    price = fields.Monetary(
        string="Promised price", help="For one, as it stands on an order, after discounts of the line."
    )
    source = fields.Selection(
        [("hand", "Said by somebody"), ("order", "Delivery date on the order"), ("moved", "Another time")],
        string="Came about",
        required=True,
        readonly=True,
        default="hand",
    )
    made_by_id = fields.Many2one("res.users", string="Promised by", readonly=True, ondelete="restrict")
    made_at = fields.Datetime(string="Promised on", required=True, readonly=True)
    segment_id = fields.Many2one(
        "retail.segment", string="Segment then", readonly=True, ondelete="restrict", help="When promised."
    )
    strategy_id = fields.Many2one(
        "retail.strategy", string="Strategy then", readonly=True, ondelete="set null", index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("moved", "Moved"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    ending = fields.Selection(
        [
            ("hand", "Said by somebody"),
            ("activity", "Activity ended"),
            ("delivery", "Delivered"),
            ("price", "Ordered at that price"),
            ("call", "Called"),
            ("overdue", "Time is over"),
            ("unused", "Customer did not ask for it"),
            ("cancelled", "Order cancelled"),
            ("order_date", "Another delivery date on the order"),
        ],
        string="Ended because",
        readonly=True,
    )
    closed_at = fields.Datetime(string="Ended on", readonly=True)
    closed_by_id = fields.Many2one(
        "res.users",
        string="Ended by",
        readonly=True,
        ondelete="restrict",
        help="Empty: it was found out from the documents.",
    )
    reason = fields.Char(readonly=True, help="Why it was withdrawn or moved.")
    kept_at = fields.Datetime(readonly=True, help="When it was done, also if that was too late.")
    kept_by_id = fields.Many2one(
        "res.users",
        string="Done by",
        readonly=True,
        ondelete="restrict",
        help="Empty: it was found out from the documents.",
    )
    late_hours = fields.Float(
        string="Hours late",
        compute="_compute_late_hours",
        store=True,
        aggregator="avg",
        help="Of a promise that was done too late.",
    )
    replaces_id = fields.Many2one(
        "retail.promise", string="Moved from", readonly=True, ondelete="set null", index="btree_not_null"
    )
    replaced_by_ids = fields.One2many("retail.promise", "replaces_id", string="Moved to", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null", index="btree_not_null")
    is_overdue = fields.Boolean(compute="_compute_is_overdue")
    may_close = fields.Boolean(compute="_compute_may_close")

    _partner_idx = models.Index("(partner_id, company_id, state)")
    _due_idx = models.Index("(company_id, due_at) WHERE kept_at IS NULL AND state IN ('open', 'broken')")
    _keeper_idx = models.Index("(keeper_id, due_at) WHERE state = 'open'")
    _deputy_idx = models.Index("(deputy_id) WHERE deputy_id IS NOT NULL")
    # one delivery date is promised at a time, whoever notes it
    _order_uniq = models.UniqueIndex("(order_id) WHERE source = 'order' AND state = 'open'")
    # a promise is moved once
    _replaces_uniq = models.UniqueIndex("(replaces_id) WHERE replaces_id IS NOT NULL")
    _price_positive = models.Constraint(
        "CHECK(price >= 0)", "A promised price cannot be below nothing: please correct it."
    )

    @api.depends("kind")
    def _compute_text(self):
        """What is said most often, until somebody says something else."""
        proposals = self._get_proposals()
        for promise in self:
            if not promise.text or promise.text in proposals.values():
                promise.text = proposals.get(promise.kind, False)

    @api.depends("due_at", "keeper_id", "company_id")
    def _compute_due_on(self):
        for promise in self:
            zone = pytz.timezone(promise._get_tz())
            promise.due_on = promise.due_at and pytz.utc.localize(promise.due_at).astimezone(zone).date()

    @api.depends("due_at", "kept_at")
    def _compute_late_hours(self):
        for promise in self:
            late = promise.kept_at and promise.due_at and promise.kept_at - promise.due_at
            promise.late_hours = max(late.total_seconds() / 3600, 0) if late else 0

    @api.depends("due_at", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for promise in self:
            promise.is_overdue = promise.state == "open" and bool(promise.due_at) and promise.due_at < now

    @api.depends("keeper_id", "deputy_id")
    @api.depends_context("uid")
    def _compute_may_close(self):
        """2 queries at most for any number of promises of a company."""
        closable = self._filter_closable()
        for promise in self:
            promise.may_close = promise in closable

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_the_system(self):
        if not self.env.su:
            raise UserError(self.env._("Promises are kept on record. Withdraw it instead, and say why."))

    # ------------------------------------------------------------------ proposals

    @api.model
    def _get_proposals(self):
        """Words that are proposed for a kind of promise."""
        return {
            "call_back": self.env._("Call back"),
            "date": self.env._("Delivered in time"),
            "gift": self.env._("A gift with the next purchase"),
            "price": self.env._("Special price"),
        }

    @api.model
    def _get_next_evening(self):
        """Tomorrow when shops close, where the user is, as UTC."""
        zone = pytz.timezone(self.env.user.tz or self.env.company.sudo().root_id.retail_tz)
        today = pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()
        local = zone.localize(datetime.combine(today + timedelta(days=1), time(DUE_HOUR)))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _get_tz(self):
        """Where the keeper is, else where the shops are."""
        return self.sudo().keeper_id.tz or self.sudo().company_id.retail_tz or "UTC"
