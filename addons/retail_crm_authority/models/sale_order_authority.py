from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..limits.figures import CLOSE, Figures

# what only the server says; amounts that Odoo computes can be written by a client as well
OWN_FIELDS = {"retail_priced_by_id", "retail_is_approved"}
COMPUTED_FIELDS = {"amount_untaxed", "amount_tax", "amount_total", "currency_rate", "transaction_ids"}
# a change of one of these may change what an order grants
ORDER_FIELDS = {"order_line", "partner_id", "pricelist_id", "currency_id", "company_id", "fiscal_position_id"}
# in the context, with an object as value that no client can send: who changes an order looks at it afterwards
LOOKED_AT_LATER = "retail_authority_looked_at_later"


def without(names, vals):
    return {name: value for name, value in vals.items() if name not in names}


def without_defaults(records, names):
    """The records, whose context gives no values to fields that only the server fills."""
    unwanted = {f"default_{name}" for name in names}
    if not unwanted & records.env.context.keys():
        return records
    return records.with_env(records.env(context=without(unwanted, records.env.context)))


class LookedAtLater:
    """Orders whose lines are changed by way of the order, which is looked at when all of its lines are there."""

    def __init__(self, orders, new=False):
        self.ids, self.new = set(orders.ids), new

    def has(self, order):
        return order.id in self.ids or (self.new and order.create_date == order.env.cr.now())


class Watched:
    """Confirmed orders around a change: afterwards they grant no more than before, or somebody may grant it."""

    def __init__(self, orders, env):
        self.later = env.context.get(LOOKED_AT_LATER)
        self.env = env
        confirmed = self._select(orders)
        confirmed.order_line._fill_list_prices()
        self.before = {order: order._get_figures() for order in confirmed}

    def look_again(self, others=()):
        """:param others: orders that the change reached beside those that were known before"""
        for order in self._select(others):
            self.before.setdefault(order, Figures())
        for order, figures in self.before.items():
            if order.state == "sale":
                order._check_change(figures)

    def _select(self, orders):
        orders = self.env["sale.order"].union(*orders).sudo(self.env.su)
        return orders.filtered(lambda order: order.sudo().state == "sale" and not self._is_later(order))

    def _is_later(self, order):
        return isinstance(self.later, LookedAtLater) and self.later.has(order)


class SaleOrder(models.Model):
    """No order is confirmed, or changed afterwards, that grants more than somebody may who answers for it.

    Everything goes through ``create`` and ``write`` here and on the lines: buttons, the portal, lists, other programs.
    """

    _inherit = "sale.order"

    retail_authority_state = fields.Selection(
        [
            ("inside", "Within authority"),
            ("above", "Above authority"),
            ("waiting", "Waits for an answer"),
            ("approved", "Approved"),
        ],
        compute="_compute_retail_authority",
        groups="base.group_user",
    )
    retail_authority_message = fields.Html(compute="_compute_retail_authority", groups="base.group_user")

    @api.depends_context("uid", "lang")
    @api.depends(
        "state",
        "order_line.price_unit",
        "order_line.discount",
        "order_line.product_uom_qty",
        "order_line.retail_list_price",
        "amount_untaxed",
    )
    def _compute_retail_authority(self):
        for order in self:
            order.retail_authority_state = "inside"
            order.retail_authority_message = False
            if order.state in ("draft", "sent") and (sentences := order._find_beyond()):
                order._tell_beyond(sentences)

    def _tell_beyond(self, sentences):
        """What the screen says of an order above the authority of who looks at it."""
        requests = self.env["retail.authority.request"].sudo()
        approved = self._get_approval()
        waiting = requests.search([("order_id", "=", self._origin.id), ("state", "=", "requested")], limit=1)
        if approved:
            self.retail_authority_state = "approved"
            sentences = [approved._say_answer()]
        elif waiting and self._is_as_in(waiting.snapshot):
            self.retail_authority_state = "waiting"
            sentences = [waiting._say_waiting()]
        else:
            self.retail_authority_state = "above"
        self.retail_authority_message = Markup("<br/>").join(sentences)

    # ------------------------------------------------------------------ every way into a confirmed order

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [without(self._get_unwritable(), vals) for vals in vals_list]
        orders = without_defaults(self, self._get_unwritable())
        orders = orders.with_context(**{LOOKED_AT_LATER: LookedAtLater(self, new=True)})
        created = super(SaleOrder, orders).create(vals_list).with_env(self.env)
        created.filtered(lambda order: order.state == "sale")._grant()
        return created

    def write(self, vals):
        vals = without(self._get_unwritable(), vals)
        if not (ORDER_FIELDS | {"state"}) & vals.keys():
            return super().write(vals)
        confirmed = self.filtered(lambda order: order.state == "sale")
        watched = Watched(confirmed if ORDER_FIELDS & vals.keys() else self.browse(), self.env)
        orders = self.with_context(**{LOOKED_AT_LATER: LookedAtLater(self)}) if "order_line" in vals else self
        result = super(SaleOrder, orders).write(vals)
        if "pricelist_id" in vals:
            # Odoo keeps the rules of the former price list
            self.order_line.invalidate_recordset(["pricelist_item_id"], flush=False)
        watched.look_again()
        (self - confirmed).filtered(lambda order: order.state == "sale")._grant()
        is_cancelled = vals.get("state") == "cancel"
        left = self if is_cancelled else confirmed.filtered(lambda order: order.state != "sale")
        left._end_requests()
        if vals.get("state") == "draft":
            self.order_line._fill_list_prices()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_ends_requests(self):
        self._end_requests()

    def _recompute_prices(self):
        """New prices are held against new list prices."""
        lines = self._get_update_prices_lines()
        result = super()._recompute_prices()
        self.env.add_to_compute(lines._fields["retail_list_price"], lines)
        return result

    def _get_unwritable(self):
        return OWN_FIELDS if self.env.su else OWN_FIELDS | COMPUTED_FIELDS

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._waits_for_authority()

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._waits_for_authority()

    def _waits_for_authority(self):
        """Whether nobody who answers for the quotation may grant what is on it, and nobody approved it."""
        self.ensure_one()
        return bool(self._find_beyond()) and not self._get_approval()

    # ------------------------------------------------------------------ what is granted, and by whom

    def _grant(self):
        """Let orders become confirmed: within authority and terms, as approved, or because nobody answers for them.

        3 queries for an order on which something is granted, none for others.

        :raise UserError: above the authority or the terms, and not approved as it is
        """
        for order in self:
            figures = order._get_figures()
            order._check_cards_are_charged()
            if order._use_approval(figures):
                continue
            if order.sudo().retail_is_approved:
                # of what it was before: the fund of who approved it gets it back
                order._end_requests()
            if refusal := order._get_terms_refusal():
                raise UserError(refusal)
            if figures.grants_something and not order._grant_figures(figures):
                raise UserError(order._say_refused())

    def _check_cards_are_charged(self):
        """Odoo charges gift cards and e-wallets where it confirms, not where somebody writes the state."""
        if not self._is_confirming() and any(line._get_paid_by_card() for line in self.sudo().order_line):
            raise UserError(
                self.env._(
                    "%(order)s is paid by gift card or e-wallet: choose Confirm, which charges the card.",
                    order=self.name,
                )
            )

    def _may_exceed_terms(self):
        """An approval is about everything at once."""
        return super()._may_exceed_terms() or bool(self._get_approval())

    def _grant_figures(self, figures):
        person = self._is_person(self.env.user)
        # a customer pays before anybody's fund is asked; for somebody of the shop this is the exception
        if person:
            return self._charge("granted", figures) or self._is_confirmed_by_itself()
        return self._is_confirmed_by_itself() or self._charge("granted", figures)

    def _charge(self, kind, figures, before=None):
        """Charge what is granted to the first who may grant it, and note that. Returns whether there is somebody.

        :param before: figures that were granted already
        """
        before = before or Figures()
        discount = max(figures.discount_amount - before.discount_amount, 0)
        gift = max(figures.gift_amount - before.gift_amount, 0)
        fund = self.env["retail.authority.fund"]
        for user in self._get_granters():
            limits = self.env["retail.authority"]._get_limits(user, self.company_id, self.partner_id)
            if limits.find_beyond(figures) or not fund._take(
                user, self.company_id, limits, discount, gift, paid=figures.total, order=self
            ):
                continue
            self.env["retail.authority.log"]._note(
                kind,
                self,
                figures,
                fund_user_id=user.id,
                month=fund._get_month(self.company_id),
                fund_discount=discount,
                fund_gift=gift,
            )
            return True
        return False

    def _use_approval(self, figures):
        """An approval holds once, for the order as it was then; its fund was charged by the answer."""
        approval = self._get_approval()
        if not approval:
            return False
        approval._use()
        self.env["retail.authority.log"]._note(
            "confirmed",
            self,
            figures,
            request_id=approval.id,
            asked_by_id=approval.user_id.id,
            approved_by_id=approval.closed_by_id.id,
        )
        return True

    def _check_change(self, before):
        """A confirmed order gives no more away than it did, unless the user may grant all of it.

        :param before: its figures before the change
        :raise UserError: above the authority
        """
        figures = self._get_figures()
        if figures.is_worse_than(before) and not self._charge("changed", figures, before):
            raise UserError(
                self.env._(
                    "%(order)s is confirmed, and the change gives more away than you may. %(beyond)s Ask somebody "
                    "with more authority to make the change, or cancel the order, change it and ask for approval.",
                    order=self.name,
                    beyond=" ".join(self._find_beyond(figures)),
                )
            )

    def _give_back(self):
        """Orders that are not confirmed any more are granted nothing: the funds get it back (1 query, 2 per fund)."""
        log = self.env["retail.authority.log"]
        for order_id, user_id, month, discount, gift in log._get_charged(self):
            order = self.browse(order_id)
            discount, gift = float(discount), float(gift)
            self.env["retail.authority.fund"]._give_back(user_id, order.company_id, month, discount, gift)
            log._note(
                "returned",
                order,
                order._get_figures(),
                fund_user_id=user_id,
                month=month,
                fund_discount=-discount,
                fund_gift=-gift,
            )

    def _end_requests(self):
        """Nothing that was asked or approved about these orders holds any more; the funds get it back."""
        if self:
            self.env["retail.authority.request"]._end_all(self)
            self._give_back()

    def _get_granters(self):
        """Whose authority counts: who acts, then who promised the prices; for customers who sign, who promised."""
        self.ensure_one()
        order = self.sudo()
        user = self.env.user
        if self._is_person(user):
            return user | order.retail_priced_by_id._origin
        return order.retail_priced_by_id._origin or order.user_id._origin or user

    def _get_approval(self):
        """The approval that holds for the order as it is now; empty without one (1 query where there was one)."""
        self.ensure_one()
        if not self.sudo().retail_is_approved:
            return self.env["retail.authority.request"]
        approvals = (
            self.env["retail.authority.request"]
            .sudo()
            .search([("order_id", "=", self._origin.id), ("state", "=", "approved"), ("used_on", "=", False)])
        )
        return approvals.filtered(lambda request: self._is_as_in(request.snapshot))[:1]

    def _is_confirmed_by_itself(self):
        """Whether the customer has paid all of the order online, at the price it has now.

        Addons whose orders come from elsewhere, such as the till, say so here.
        """
        return self._is_paid_online()

    # ------------------------------------------------------------------ in words

    def _find_beyond(self, figures=None):
        """Sentences on what is above the authority of who answers for the order; empty when somebody may grant it."""
        self.ensure_one()
        if figures is None:
            figures = self._get_figures()
            terms = self._get_terms_refusal()
        else:
            terms = False
        return self._find_beyond_authority(figures) + ([terms] if terms else [])

    def _find_beyond_authority(self, figures):
        if not figures.grants_something:
            return []
        sentences = []
        for user in self._get_granters():
            limits = self.env["retail.authority"]._get_limits(user, self.company_id, self.partner_id)
            beyond = self._say_beyond(limits, figures) or self._say_fund_is_empty(user, limits, figures)
            if not beyond:
                return []
            sentences = sentences or beyond
        return sentences

    def _say_beyond(self, limits, figures):
        return [getattr(self, f"_say_beyond_{name}")(limits, figures) for name in limits.find_beyond(figures)]

    def _say_beyond_discount_percent(self, limits, figures):
        return self.env._(
            "The discount is %(actual)s of the list price; the limit is %(limit)s.",
            actual=f"{figures.discount_percent:.4g} %",
            limit=f"{limits.discount_percent:.4g} %",
        )

    def _say_beyond_discount_amount(self, limits, figures):
        return self.env._(
            "The discount is %(actual)s; the limit for one order is %(limit)s.",
            actual=self._say_money(figures.discount_amount),
            limit=self._say_money(limits.discount_amount),
        )

    def _say_beyond_gift_amount(self, limits, figures):
        return self.env._(
            "Goods worth %(actual)s are given away; the limit for one order is %(limit)s.",
            actual=self._say_money(figures.gift_amount),
            limit=self._say_money(limits.gift_amount),
        )

    def _say_beyond_margin_percent(self, limits, figures):
        return self.env._(
            "The margin is %(actual)s; at least %(limit)s has to stay.",
            actual=f"{figures.margin_percent:.4g} %",
            limit=f"{limits.margin_percent:.4g} %",
        )

    def _say_fund_is_empty(self, user, limits, figures):
        used = self.env["retail.authority.fund"]._get_used(user, self.company_id)
        discount_left = max(limits.month_amount - used["discount_used"], 0)
        gifts_left = max(limits.month_gift - used["gift_used"], 0)
        sentences = []
        if figures.discount_amount > discount_left + CLOSE:
            sentences.append(
                self.env._(
                    "The discount is %(actual)s; of this month's fund for discounts %(left)s is left.",
                    actual=self._say_money(figures.discount_amount),
                    left=self._say_money(discount_left),
                )
            )
        if figures.gift_amount > gifts_left + CLOSE:
            sentences.append(
                self.env._(
                    "Goods worth %(actual)s are given away; of this month's fund for gifts %(left)s is left.",
                    actual=self._say_money(figures.gift_amount),
                    left=self._say_money(gifts_left),
                )
            )
        return sentences

    def _say_refused(self):
        sentences = self._find_beyond() or [self.env._("This month's share of discounts is used up.")]
        return self.env._(
            "%(order)s gives more away than allowed. %(beyond)s Choose Ask for approval on the order: somebody with "
            "more authority answers.",
            order=self.name,
            beyond=" ".join(sentences),
        )

    def _say_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.company_id.currency_id)

    # ------------------------------------------------------------------ buttons

    def action_ask_for_approval(self):
        """Ask who may grant what this order gives."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for approval"),
            "res_model": "retail.authority.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def action_open_authority_requests(self):
        """What was asked about this order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Requests"),
            "res_model": "retail.authority.request",
            "views": [(False, "list"), (False, "form")],
            "domain": [("order_id", "=", self.id)],
        }
