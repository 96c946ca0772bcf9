from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from .retail_customer_card import OPEN_ORDERS

# points that expire so soon are worth a word
EXPIRY_DAYS = 60


class RetailMyDayCard(models.AbstractModel):
    """The facts that somebody needs before a call, for the cards of one page at once.

    Through the reader's own rights: what the reader may not read is None. Each kind of fact is one or two queries for
    all cards. Money in the company's currency.
    """

    _name = "retail.my.day.card"
    _description = "Card of an action"

    @api.model
    def _get_cards(self, actions, company):
        """A dict for each action, in their order; some 15 queries whatever their number."""
        customers = actions.partner_id
        facts = {
            "profiles": self._get_profiles(customers, company),
            "orders": self._get_orders(customers, company),
            "points": self._get_points(customers, company),
            "playbooks": {strategy: self._get_steps(strategy) for strategy in actions.strategy_id},
            "readable": customers._filtered_access("read"),
            "today": self.env["retail.my.day"]._get_today(company),
        }
        return [self._get_card(action, facts) for action in actions]

    def _get_card(self, action, facts):
        profile = facts["profiles"].get(action.partner_id, self.env["retail.profile"])
        return {
            **self._get_action(action, facts["today"]),
            "customer": self._get_customer(action.partner_id, facts["readable"]),
            "profile": self._get_profile(profile),
            "strategy": self._get_strategy(action.strategy_id, facts["playbooks"]),
            "orders": (facts["orders"] or {}).get(action.partner_id),
            "points": (facts["points"] or {}).get(action.partner_id),
        }

    def _get_action(self, action, today):
        """``owner`` is who it belongs to where the reader stands in, ``late_days`` negative before it is due."""
        events = dict(action._fields["event"]._description_selection(self.env))
        kinds = dict(action._fields["kind"]._description_selection(self.env))
        return {
            "id": action.id,
            "name": action.name,
            "kind": action.kind,
            "kind_words": kinds[action.kind],
            "because": events[action.event] if action.event != "manual" else "",
            "event_on": action.event_on,
            "due_on": action.due_on,
            "late_days": (today - action.due_on).days,
            "value_at_stake": action.value_at_stake,
            "note": action.note or "",
            "owner": action.user_id.name if action.user_id != self.env.user else "",
            "has_document": bool(action.res_model),
        }

    def _get_customer(self, customer, readable):
        """A customer kept by another branch has an action, but neither name nor number."""
        if customer not in readable:
            return {"id": None, "name": self.env._("A customer of another branch"), "phone": "", "email": ""}
        return {
            "id": customer.id,
            "name": customer.display_name,
            "phone": customer.phone or "",
            "email": customer.email or "",
        }

    def _get_profiles(self, customers, company):
        profiles = self.env["retail.profile"].search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        return {profile.partner_id: profile for profile in profiles}

    @staticmethod
    def _get_profile(profile):
        """None for customers who have not bought yet."""
        if not profile:
            return None
        return {
            "segment": profile.segment_id.name,
            "color": profile.segment_id.color,
            "reason": profile.reason or "",
            "last_purchase_date": profile.last_purchase_date,
            "overdue_amount": profile.overdue_amount,
        }

    def _get_strategy(self, strategy, playbooks):
        if not strategy:
            return None
        return {"name": strategy.name, "color": strategy.color, "steps": playbooks[strategy]}

    @staticmethod
    def _get_steps(strategy):
        """The playbook as plain lines, without the numbers in front of them."""
        lines = html2plaintext(strategy.playbook or "").splitlines()
        return [line.strip().lstrip("*0123456789. ") for line in lines if line.strip()]

    def _get_orders(self, customers, company):
        """Per customer confirmed orders that are not delivered and invoiced in full: ``count``, untaxed ``amount``."""
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return None
        groups = Order._read_group(
            OPEN_ORDERS
            & Domain("partner_id.commercial_partner_id", "in", customers.ids)
            & Domain("company_id", "child_of", company.id),
            ["partner_id"],
            ["__count", "amount_untaxed:sum_currency"],
        )
        sums = {}
        for contact, count, amount in groups:
            found = sums.setdefault(contact.commercial_partner_id, {"count": 0, "amount": 0})
            found["count"] += count
            found["amount"] += amount
        return sums

    def _get_points(self, customers, company):
        """Per customer the next points that expire: ``points``, ``unit``, and their last ``day``."""
        Due = self.env["retail.points.due"]
        if not Due.has_access("read"):
            return None
        today = self.env["retail.my.day"]._get_today(company)
        groups = Due._read_group(
            Domain("kind", "=", "expiry")
            & Domain("partner_id", "in", customers.ids)
            & Domain("due_on", "<=", today + timedelta(days=EXPIRY_DAYS))
            & Domain("due_on", ">=", today)
            & (Domain("company_id", "=", False) | Domain("company_id", "child_of", company.id)),
            ["partner_id", "program_id", "due_on:day"],
            ["points:sum"],
            order="due_on:day",
        )
        found = {}
        for customer, program, day, points in groups:
            unit = program.sudo().portal_point_name or ""
            found.setdefault(customer, {"points": points, "unit": unit, "day": day})
        return found
