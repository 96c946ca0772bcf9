from odoo import api, fields, models, tools

CONDITIONS = ("strategy_id", "tenure", "relationship", "store_id")


class RetailTerm(models.Model):
    """Which rule holds for whom."""

    _inherit = "retail.term"

    @api.model
    def _get_terms(self, partner, company, store):
        """What a new order of the customer gets, as plain values that the order keeps; those not given are silent.

        ``fallback`` holds what the customer's strategy gives where the rule is silent. At most 3 queries: the
        profile, the rule, the strategy.

        :param store: of the order; empty is none, and rules of a store do not hold
        """
        profile = partner.with_company(company).sudo().retail_profile_id
        term = self._choose(company, self._get_facts(profile, company, store))
        terms = term._get_snapshot() if term else {"company_id": company.root_id.id}
        if profile.strategy_id:
            terms["fallback_strategy_id"] = profile.strategy_id.id
            terms["fallback"] = self._get_fallback(profile.strategy_id, terms)
        return terms

    @api.model
    def _get_fallback(self, strategy, terms):
        """What of the strategy holds beside the ``terms`` of the rule."""
        values = {
            "pricelist_id": strategy.pricelist_id.id,
            "payment_term_id": strategy.payment_term_id.id,
            "discount_ceiling": strategy.discount_ceiling,
        }
        return {
            name: value
            for name, value in values.items()
            if self._is_silent(terms.get(name)) and not self._is_silent(value)
        }

    @api.model
    def _is_silent(self, value):
        """Whether terms leave it open; a ceiling of 0 does not."""
        return value is None or value is False

    @api.model
    def _get_facts(self, profile, company, store):
        """What the conditions of rules are compared with."""
        main = company.root_id.sudo()
        since = profile.first_purchase_date
        days = (self._get_today(main) - since).days if since else -1
        is_old = since and days >= main.retail_old_customer_days
        is_long_term = profile.purchase_days >= main.retail_long_term_purchases
        return {
            "strategy_id": profile.strategy_id.id,
            "tenure": "old" if is_old else "new",
            "relationship": "long_term" if profile and is_long_term else "temporary",
            "store_id": store.id,
        }

    @api.model
    def _choose(self, company, facts):
        """The rule of the company that holds for these facts; empty when none does."""
        for rule, conditions in self._get_rules(company.root_id.id):
            if all(wanted in (False, facts[name]) for name, wanted in conditions.items()):
                return self.sudo().browse(rule)
        return self.sudo().browse()

    @api.model
    @tools.ormcache("company_id")
    def _get_rules(self, company_id):
        """``[(id, {condition: value, False for all})]`` of a main company, the one that wins first.

        Kept by the registry, so that orders ask no query for it.
        """
        terms = self.sudo().search([("company_id", "=", company_id)], order="sequence, id")
        rules = [(term.id, {name: term._get_condition(name) for name in CONDITIONS}) for term in terms]
        # sorting keeps the order of those that say equally much
        return sorted(rules, key=lambda rule: -sum(bool(wanted) for wanted in rule[1].values()))

    def _get_condition(self, name):
        value = self[name]
        return value.id if isinstance(value, models.BaseModel) else value

    @api.model
    def _get_today(self, company):
        return fields.Date.context_today(self.with_context(tz=company.retail_tz))
