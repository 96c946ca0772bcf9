from datetime import timedelta

from odoo import models
from odoo.tools import format_amount, format_date, formatLang

from ..effect.comparison import MIN_CUSTOMERS
from .retail_effect_baseline import REACH_DAYS

# from here on cents only disturb
WHOLE_UNITS = 20


class RetailEffectPage(models.AbstractModel):
    """How the page says what it found: plain words, amounts per customer."""

    _inherit = "retail.effect.page"

    def _say_amounts(self, currency, **amounts):
        """The amounts of a sentence in words, all with cents or all without."""
        is_whole = max(abs(amount) for amount in amounts.values()) >= WHOLE_UNITS
        return {
            name: format_amount(
                self.env, round(amount) if is_whole else amount, currency, trailing_zeroes=False
            )
            for name, amount in amounts.items()
        }

    def _say_counts(self, **counts):
        return {name: formatLang(self.env, count, digits=0) for name, count in counts.items()}

    def _say_day(self, day):
        return format_date(self.env, day)

    def _say_part(self, event, kind):
        """The event and what was done about it."""
        Effect = self.env["retail.effect"]
        events = dict(Effect._fields["event"]._description_selection(self.env))
        kinds = dict(Effect._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(event)s: %(kind)s",
            event=events.get(event) or self.env._("Not known"),
            kind=kinds.get(kind) or self.env._("not known"),
        )

    # ------------------------------------------------------------------ effects

    def _say_effect(self, figures, facts):
        low, high, days = figures["low"], figures["high"], facts["window_days"]
        if low == high == 0:
            return self.env._("In %(days)s days nobody bought anything, on neither side.", days=days)
        small, large = sorted((abs(low), abs(high)))
        amounts = {**self._say_amounts(facts["currency"], small=small, large=large), "days": days}
        if figures["verdict"] == "more":
            return self.env._(
                "Customers who were looked after brought %(small)s to %(large)s more each in %(days)s days.",
                **amounts,
            )
        if figures["verdict"] == "less":
            return self.env._(
                "Customers who were looked after brought %(small)s to %(large)s less each in %(days)s days.",
                **amounts,
            )
        return self.env._(
            "No difference can be told from chance: customers who were looked after brought between %(less)s less and "
            "%(more)s more each in %(days)s days.",
            **self._say_amounts(facts["currency"], less=-low, more=high),
            days=days,
        )

    def _say_notes(self, figures, facts):
        """What else one must know to judge the interval."""
        return [
            note
            for note in (
                self._say_total(figures, facts),
                self._say_cost(figures, facts),
                self._say_reached(figures),
                self._say_reached_held_out(figures),
                self._say_before(figures),
                self._say_shares(figures),
                self._say_first_hint(figures),
            )
            if note
        ]

    def _say_part_notes(self, figures):
        """The same of a part: it is smaller than the strategy, so what holds for the strategy may be a hint only."""
        hint = self._say_first_hint(figures)
        return [hint] if hint else []

    def _say_total(self, figures, facts):
        if figures["verdict"] == "unclear":
            return ""
        small, large = sorted(abs(figures[name]) * figures["treated"] for name in ("low", "high"))
        amounts = {
            **self._say_amounts(facts["currency"], small=small, large=large),
            **self._say_counts(customers=figures["treated"]),
        }
        if figures["verdict"] == "more":
            return self.env._(
                "For the %(customers)s customers looked after that is %(small)s to %(large)s more in all.",
                **amounts,
            )
        return self.env._(
            "For the %(customers)s customers looked after that is %(small)s to %(large)s less in all.",
            **amounts,
        )

    def _say_cost(self, figures, facts):
        cost = figures["cost"]
        if not cost:
            return self.env._("What the actions cost is not known: enter it in the action rules.")
        left = {name: figures[name] - cost for name in ("low", "high")}
        amounts = {
            **self._say_amounts(facts["currency"], cost=cost),
            **self._say_amounts(facts["currency"], **left),
        }
        return self.env._(
            "The actions cost %(cost)s for each customer looked after; after that %(low)s to %(high)s are left.",
            **amounts,
        )

    def _say_reached(self, figures):
        return self.env._(
            "For %(reached)s of the %(customers)s customers looked after an action was really done. All of them count, "
            "because who can be reached is no accident.",
            **self._say_counts(reached=figures["reached"], customers=figures["treated"]),
        )

    def _say_reached_held_out(self, figures):
        if not figures["reached_held_out"]:
            return ""
        return self.env._(
            "For %(reached)s customers who should have been left alone something was done all the same; the true "
            "effect is larger than the one shown.",
            **self._say_counts(reached=figures["reached_held_out"]),
        )

    def _say_before(self, figures):
        if not figures["is_adjusted"]:
            return ""
        return self.env._(
            "What customers brought in as many days before is taken into account, which makes the interval "
            "%(share)s %% narrower.",
            share=round(figures["narrower"] * 100),
        )

    def _say_shares(self, figures):
        if figures["shares"] < 2:
            return ""
        return self.env._(
            "The hold-out share was changed in this time: customers are compared with those drawn under the same share."
        )

    def _say_first_hint(self, figures):
        if not figures["is_first_hint"]:
            return ""
        return self.env._(
            "A first hint only: with so few customers on one side single large purchases weigh much. Wait for more "
            "before you decide."
        )

    # ------------------------------------------------------------------ not measurable

    def _say_why_not(self, sides, facts):
        """Why there is no figure, and what to do about it."""
        lots = facts["lots"]
        if not lots:
            return self._say_no_lots(facts["strategy"])
        if True not in lots:
            return self.env._(
                "Not measurable: by chance nobody has been left alone yet. With more customers there will be some."
            )
        if False not in lots:
            return self.env._(
                "Not measurable: everybody was left alone, so there is nobody to compare with. Lower the hold-out "
                "share of the strategy."
            )
        if any(sides.values()):
            return self._say_too_few(sides)
        if not facts["as_of"]:
            return self.env._("Not measurable yet: the next nightly run counts for the first time.")
        return self._say_not_over(facts)

    def _say_no_lots(self, strategy):
        if not strategy.holdout_share:
            return self.env._(
                "Not measurable: nobody was left alone, so nobody knows what customers would have brought without the "
                "actions. Set a hold-out share on the strategy; “Before you start” shows which one is enough."
            )
        return self.env._(
            "Not measurable yet: %(share)s %% of customers are to be left alone, but nothing has happened yet to a "
            "customer of this strategy.",
            share=f"{strategy.holdout_share:g}",
        )

    def _say_not_over(self, facts):
        """Lots are there, but none in these months whose window is over."""
        first = min(day for _count, day in facts["lots"].values())
        known_on = first + timedelta(days=facts["window_days"])
        if known_on > facts["as_of"]:
            return self.env._(
                "Not measurable yet: the first customers were drawn on %(drawn)s, and their %(days)s days are over on "
                "%(known)s. Fewer days show something sooner.",
                drawn=self._say_day(first),
                days=facts["window_days"],
                known=self._say_day(known_on),
            )
        return self.env._(
            "Not measurable: no customer was drawn in these months whose %(days)s days are over. Choose a longer "
            "period, or fewer days.",
            days=facts["window_days"],
        )

    def _say_too_few(self, sides):
        return self.env._(
            "Not measurable yet: %(treated)s customers looked after and %(held_out)s left alone are too few. "
            "Until there are %(least)s on each side, chance decides.",
            **self._say_counts(**sides, least=MIN_CUSTOMERS),
        )

    # ------------------------------------------------------------------ before one starts

    def _say_reach(self, baseline):
        if baseline["drawn_customers"]:
            return self.env._(
                "%(drawn)s of the %(members)s customers of this strategy have drawn their lot and keep it: a new share "
                "holds for the others only. In the last %(days)s days something happened for the first time with "
                "%(customers)s customers; it is supposed to go on like that.",
                days=baseline["reached_days"] or REACH_DAYS,
                **self._say_counts(
                    drawn=baseline["drawn_customers"],
                    members=baseline["members"],
                    customers=baseline["reached_customers"],
                ),
            )
        if not baseline["reached_customers"]:
            return self.env._(
                "Supposing that something happens with each of the %(members)s customers of this strategy.",
                **self._say_counts(members=baseline["members"]),
            )
        return self.env._(
            "In the last %(days)s days something happened with %(customers)s of the %(members)s customers of this "
            "strategy; it is supposed to go on like that.",
            days=baseline["reached_days"],
            **self._say_counts(customers=baseline["reached_customers"], members=baseline["members"]),
        )

    def _say_plan(self, cell, plan, currency):
        """What the choice means, and whether it is worth it."""
        facts = {
            "share": cell["share"],
            **self._say_counts(held_out=cell["held_out"], customers=cell["held_out"] + cell["treated"]),
        }
        if cell["smallest"] is None:
            return self.env._(
                "With %(share)s %% about %(held_out)s of %(customers)s customers are left alone. That is too few to "
                "see anything: on each side there must be %(least)s. Choose a larger share or more months.",
                **facts,
                least=MIN_CUSTOMERS,
            )
        words = self.env._(
            "With %(share)s %% about %(held_out)s of %(customers)s customers are left alone. You will notice it if the "
            "actions change what a customer brings in %(days)s days by %(smallest)s or more (with a probability of "
            "80 %%); on average it is %(mean)s now.",
            **facts,
            days=plan["window_days"],
            **self._say_amounts(currency, smallest=cell["smallest"]),
            **self._say_amounts(currency, mean=plan["mean"]),
        )
        return f"{words} {self._advise(cell['level'])}"

    def _advise(self, level):
        return {
            "good": self.env._("Good: even a small effect shows."),
            "fair": self.env._("Fair: a clear effect shows, a small one does not."),
            "poor": self.env._(
                "Poor: only a very large effect would show. Leave more customers alone, or draw for longer."
            ),
        }[level]
