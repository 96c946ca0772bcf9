from odoo import api, models
from odoo.tools import format_amount, formatLang

YEAR = 365


class RetailTermWords(models.AbstractModel):
    """Says in the reader's language what an order keeps of its terms (``retail.term._get_terms``)."""

    _name = "retail.term.words"
    _description = "Terms in words"

    @api.model
    def _say(self, terms):
        """One sentence: who the customer is, what the rule gives, and what the strategy adds; empty without terms."""
        terms = terms or {}
        parts = []
        if terms.get("term_id"):
            parts.append(self._say_part(self._say_who(terms), self._say_gifts(terms)))
        if strategy := self._browse("retail.strategy", terms.get("fallback_strategy_id")):
            gifts = self._say_gifts(terms["fallback"])
            if gifts or not parts:
                parts.append(self._say_part(strategy.name, gifts))
        return "; ".join(parts)

    @api.model
    def _say_source(self, terms, name):
        """Whether the rule or the strategy gave the value ``name``, in words."""
        if name in terms.get("fallback", {}):
            return self._browse("retail.strategy", terms["fallback_strategy_id"]).name or ""
        return self._say_who(terms)

    @api.model
    def _say_part(self, who, gifts):
        return self.env._("%(who)s: %(terms)s", who=who, terms=gifts) if gifts else who

    @api.model
    def _say_who(self, terms):
        """The conditions of the rule."""
        strategy = self._browse("retail.strategy", terms.get("strategy_id"))
        store = self._browse("retail.store", terms.get("store_id"))
        parts = [
            strategy.name,
            self._say_tenure(terms),
            self._say_relationship(terms),
            store.name and self.env._("store %(store)s", store=store.name),
        ]
        return self._say_list(parts) or self.env._("All customers")

    @api.model
    def _say_list(self, parts):
        """As the beginning of a sentence, whichever part comes first."""
        words = ", ".join(part for part in parts if part)
        return words[:1].upper() + words[1:]

    @api.model
    def _say_tenure(self, terms):
        days = terms.get("tenure_days")
        if terms.get("tenure") == "old":
            if days == YEAR:
                return self.env._("customers for a year or longer")
            return self.env._("customers for %(days)s days or longer", days=days)
        if terms.get("tenure") == "new":
            if days == YEAR:
                return self.env._("customers for less than a year")
            return self.env._("customers for less than %(days)s days", days=days)
        return ""

    @api.model
    def _say_relationship(self, terms):
        return {
            "long_term": self.env._("long-term relationship"),
            "temporary": self.env._("temporary relationship"),
        }.get(terms.get("relationship"), "")

    @api.model
    def _say_gifts(self, terms):
        """What is given, without what is left open."""
        parts = [
            self._say_pricelist(terms),
            self._browse("account.payment.term", terms.get("payment_term_id")).name,
            self._say_ceiling(terms.get("discount_ceiling")),
            self._say_free_delivery(terms),
            self._say_returns(terms.get("return_days")),
            self._say_floor(terms.get("margin_floor")),
        ]
        return ", ".join(part for part in parts if part)

    @api.model
    def _say_pricelist(self, terms):
        pricelist = self._browse("product.pricelist", terms.get("pricelist_id"))
        return pricelist.name and self.env._("price list %(name)s", name=pricelist.name)

    @api.model
    def _say_ceiling(self, percent):
        if percent is None:
            return ""
        if not percent:
            return self.env._("no discount")
        return self.env._("up to %(percent)s %% discount", percent=self._say_number(percent))

    @api.model
    def _say_free_delivery(self, terms):
        amount = terms.get("free_delivery_from")
        if amount is None:
            return ""
        if not amount:
            return self.env._("free delivery")
        currency = self._browse("res.company", terms["company_id"]).currency_id
        return self.env._("free delivery from %(amount)s", amount=format_amount(self.env, amount, currency))

    @api.model
    def _say_returns(self, days):
        if days is None:
            return ""
        if not days:
            return self.env._("no returns")
        return self.env._("returns within %(days)s days", days=days)

    @api.model
    def _say_floor(self, percent):
        if percent is None:
            return ""
        return self.env._("margin of %(percent)s %% or more", percent=self._say_number(percent))

    @api.model
    def _say_number(self, number):
        return formatLang(self.env, number, digits=0 if float(number).is_integer() else 2)

    @api.model
    def _browse(self, model, record):
        """Records that were deleted meanwhile are left out; names may be told to who sees the order."""
        return self.env[model].sudo().browse(record or []).exists()
