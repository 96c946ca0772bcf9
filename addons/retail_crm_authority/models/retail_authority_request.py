from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime, formatLang, plaintext2html

ACTIVITY = "retail_crm_authority.mail_activity_authority_request"


class RetailAuthorityRequest(models.Model):
    """One row is the question whether an order may grant more than who asks may: of whom, why, by when, the answer.

    Amounts in the currency of the company, as they were when it was asked; ``snapshot`` is what was asked about.
    Creating a row is asking: a client gives ``order_id`` and ``reason``, everything else is filled here. Nobody has the
    right to write one.
    """

    _name = "retail.authority.request"
    _description = "Request for approval"
    _inherit = ["mail.thread", "mail.activity.mixin", "retail.request"]
    # open requests first, the most urgent one on top
    _order = "closed_on desc nulls first, deadline, id desc"
    _rec_name = "order_name"
    _request_activity = ACTIVITY

    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    order_name = fields.Char(string="Number", readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users", string="Asked by", required=True, readonly=True, index=True, ondelete="restrict"
    )
    reason = fields.Char(required=True, readonly=True)
    beyond = fields.Text(string="What is above the limit", readonly=True, translate=True)
    authority_id = fields.Many2one(
        "retail.authority", string="Asked of", required=True, readonly=True, ondelete="restrict"
    )
    answerer_ids = fields.Many2many("res.users", string="Can answer now", readonly=True)
    deadline = fields.Datetime(required=True, readonly=True, string="Answer by")
    times_late = fields.Integer(string="Times passed on", readonly=True)
    state = fields.Selection(
        [
            ("requested", "Waits"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Taken back"),
            ("lapsed", "No longer holds"),
        ],
        required=True,
        readonly=True,
        default="requested",
        tracking=True,
    )
    answer = fields.Char(readonly=True)
    closed_by_id = fields.Many2one("res.users", string="Answered by", readonly=True, ondelete="restrict")
    closed_on = fields.Datetime(string="Answered on", readonly=True)
    waited_hours = fields.Float(
        string="Waited (hours)", readonly=True, aggregator="avg", help="From the question to the answer."
    )
    waiting_hours = fields.Float(
        string="Waiting (hours)",
        compute="_compute_waiting_hours",
        help="From the question to the answer, or until now.",
    )
    used_on = fields.Datetime(
        string="Confirmed on", readonly=True, help="An approval holds for one confirmation of the order."
    )
    snapshot = fields.Json(readonly=True)
    content = fields.Html(string="What was asked for", compute="_compute_content", sanitize=False)
    list_value = fields.Monetary(string="At list prices", readonly=True)
    total = fields.Monetary(string="Order before tax", readonly=True)
    discount_amount = fields.Monetary(string="Discount", readonly=True)
    discount_percent = fields.Float(string="Discount (%)", readonly=True, aggregator="avg")
    gift_amount = fields.Monetary(string="Gifts", readonly=True)
    margin_percent = fields.Float(string="Margin (%)", readonly=True, aggregator="avg")
    is_mine = fields.Boolean(compute="_compute_is_mine")
    can_answer = fields.Boolean(compute="_compute_is_mine")
    is_late = fields.Boolean(compute="_compute_is_late")
    is_outdated = fields.Boolean(
        compute="_compute_is_outdated", help="The order was changed since: it has to be asked anew."
    )

    _open_uniq = models.UniqueIndex(
        "(order_id) WHERE state = 'requested'", "This order waits for an answer already."
    )

    @api.depends_context("uid")
    @api.depends("user_id", "answerer_ids", "state")
    def _compute_is_mine(self):
        for request in self:
            request.is_mine = request.user_id == self.env.user
            request.can_answer = request.state == "requested" and self.env.user in request.answerer_ids

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for request in self:
            request.is_late = (
                request.state == "requested" and bool(request.deadline) and request.deadline < now
            )

    @api.depends("create_date", "closed_on", "waited_hours", "state")
    def _compute_waiting_hours(self):
        now = fields.Datetime.now()
        for request in self:
            since = request.create_date or now
            is_open = request.state == "requested"
            request.waiting_hours = (now - since).total_seconds() / 3600 if is_open else request.waited_hours

    @api.depends("state", "snapshot", "order_id")
    def _compute_is_outdated(self):
        for request in self:
            is_held = request.state == "requested" or (request.state == "approved" and not request.used_on)
            request.is_outdated = is_held and not request.sudo().order_id._is_as_in(request.snapshot)

    @api.depends_context("lang")
    @api.depends("snapshot")
    def _compute_content(self):
        for request in self:
            request.content = request._render_content() if request.snapshot else False

    @api.model_create_multi
    def create(self, vals_list):
        """Ask: of who is next above, and may grant it."""
        self.browse().check_access("create")
        requests = self.browse()
        for vals in vals_list:
            order = self.env["sale.order"].browse(vals.get("order_id")).exists()
            requests |= super().create([self._get_question(order, vals.get("reason"))])
            requests[-1:]._say_beyond()
            requests[-1:]._ask()
        return requests

    def write(self, vals):
        own = {name for name, field in self._fields.items() if field.store and field.column_type}
        if vals.keys() & own and not self.env.su:
            raise AccessError(self.env._("Requests are answered by their buttons, and changed by nobody."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A request is never deleted: take it back instead."))

    # ------------------------------------------------------------------ asking

    def _get_question(self, order, reason):
        """Values of a new request about ``order``, of the lowest level above that may grant it.

        :raise UserError: there is no reason, nothing to ask, or nobody to ask
        """
        reason = (reason or "").strip()
        if not order:
            raise UserError(self.env._("Choose the order that you ask about."))
        order.check_access("write")
        if not reason:
            raise UserError(self.env._("Say why the customer should get it: who answers reads it."))
        if order.state not in ("draft", "sent"):
            raise UserError(
                self.env._("%(order)s is no quotation: there is nothing to ask.", order=order.name)
            )
        if not order._find_beyond():
            raise UserError(
                self.env._(
                    "%(order)s is within authority: confirm it, nobody has to be asked.", order=order.name
                )
            )
        if order._get_approval():
            raise UserError(self.env._("%(order)s is approved as it is: confirm it.", order=order.name))
        figures = order._get_figures()
        level = self._find_level(order, figures)
        order._end_requests()
        return {
            "order_id": order.id,
            "order_name": order.name,
            "company_id": order.company_id.root_id.id,
            "user_id": self.env.uid,
            "reason": reason,
            "authority_id": level.id,
            "deadline": fields.Datetime.now() + timedelta(hours=level.answer_hours),
            "snapshot": order._get_authority_snapshot(),
            **{
                name: value
                for name, value in figures.as_columns().items()
                if name in self._fields and name != "margin"
            },
        }

    def _find_level(self, order, figures):
        """The nearest level above that may grant it and has somebody who is not asking; else the highest one."""
        limits = self.env["retail.authority"]._get_limits(self.env.user, order.company_id, order.partner_id)
        own = self.env["retail.authority"].sudo().browse(limits.authority_id)
        levels = own.next_id._get_levels_above() if own.next_id else own.browse()
        levels = levels.filtered(lambda level: level._get_people() - self.env.user)
        if not levels:
            raise UserError(
                self.env._(
                    "This is more than you may grant, and there is nobody above you who could be asked: an approver "
                    "or administrator has to name a next level under Configuration, Authority."
                )
            )
        for level in levels:
            if not level._get_limits_of_level(order.partner_id).find_beyond(figures):
                return level
        return levels[-1]

    @api.model
    def _end_all(self, orders):
        """Nothing that was asked or approved about these orders holds any more, but what was confirmed."""
        held = self.sudo().search(
            [
                ("order_id", "in", orders.ids),
                ("state", "in", ("requested", "approved")),
                ("used_on", "=", False),
            ]
        )
        for request in held:
            request.with_env(self.env)._end()

    def _say_beyond(self):
        """In the language of whoever reads it."""
        for language, _name in self.env["res.lang"].get_installed():
            sentences = self.order_id.with_context(lang=language)._find_beyond()
            self.sudo().with_context(lang=language).beyond = "\n".join(sentences)

    def _ask(self):
        """Everybody who may answer has it among their activities, each in their own language."""
        self.ensure_one()
        self.env["retail.authority.log"]._note(
            "asked",
            self.order_id,
            self.order_id._get_figures(),
            request_id=self.id,
            asked_by_id=self.user_id.id,
            reason=self.reason,
        )
        self.sudo()._ask_people()

    def _ask_people(self):
        people = self.authority_id._get_people() - self.user_id
        self.activity_unlink([ACTIVITY])
        self.answerer_ids = people
        for person in people:
            request = self.with_context(lang=person.lang)
            request.activity_schedule(
                ACTIVITY,
                date_deadline=fields.Datetime.context_timestamp(
                    request.with_context(tz=person.tz), self.deadline
                ).date(),
                user_id=person.id,
                summary=request._say_question(),
                # what a person typed is text and no markup
                note=plaintext2html(
                    request.env._(
                        "%(author)s: %(reason)s\n%(beyond)s",
                        author=self.user_id.name,
                        reason=self.reason,
                        beyond=request.beyond,
                    )
                ),
            )

    # ------------------------------------------------------------------ in words

    def _say_question(self):
        return self.env._(
            "%(order)s, %(customer)s: %(percent)s discount (%(amount)s)",
            order=self.order_name,
            customer=self.partner_id.display_name,
            percent=f"{self.discount_percent:.4g} %",
            amount=self._say_money(self.discount_amount + self.gift_amount),
        )

    def _say_waiting(self):
        return self.env._(
            "%(person)s has asked %(level)s, who should answer by %(moment)s.",
            person=self.user_id.name,
            level=", ".join(self.answerer_ids[:3].mapped("name")) or self.authority_id.name,
            moment=format_datetime(self.env, self.deadline, dt_format="short"),
        )

    def _say_answer(self):
        return self.env._(
            "%(person)s has approved the order as it is now: it can be confirmed. %(answer)s",
            person=self.closed_by_id.name,
            answer=self.answer or "",
        )

    def _say_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.company_id.currency_id)

    def _render_content(self):
        """The lines that were asked about, as a table."""
        head = (
            self.env._("Product"),
            self.env._("Quantity"),
            self.env._("List price"),
            self.env._("Price asked for"),
        )
        rows = Markup("").join(
            self._render_row("td", self._get_cells(line)) for line in self.snapshot["lines"]
        )
        return Markup("<table class='table table-sm'><thead>%s</thead><tbody>%s</tbody></table>") % (
            self._render_row("th", head),
            rows,
        )

    def _render_row(self, tag, cells):
        first, *numbers = cells
        cell = Markup("<{0} class='text-end'>%s</{0}>").format(Markup(tag))
        return Markup("<tr>%s%s</tr>") % (
            Markup("<{0}>%s</{0}>").format(Markup(tag)) % first,
            Markup("").join(cell % number for number in numbers),
        )

    def _get_cells(self, line):
        net = line["price"] * (1 - line["discount"] / 100)
        return (
            line["name"],
            f"{line['quantity']:.6g}",
            formatLang(self.env, line["list_price"] or line["price"], digits=2),
            formatLang(self.env, net, digits=2),
        )
