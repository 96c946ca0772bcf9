from odoo import models


class RetailTermsProposal(models.AbstractModel):
    """What proposes a price list and payment terms to orders: a strategy, or a rule of terms.

    Its effects are methods ``_apply_<kind>``, called in the transaction of the document they touch.
    """

    _name = "retail.terms.proposal"
    _description = "Proposes terms to orders"

    def _apply(self, kind, documents):
        """Apply the effect ``kind`` to ``documents`` through ``_apply_<kind>(documents)``.

        Contract of an effect: it runs in the transaction of the documents, may be called twice with the same
        outcome, never overwrites what a person or the customer's own settings decided, and does nothing where the
        record is silent. Adding one means adding the method and calling it where its document is made.

        :param kind: name of the effect, for example ``pricelist``
        :param documents: records of the one model that this effect is about
        """
        for record in self:
            getattr(record, f"_apply_{kind}")(documents)

    def _apply_pricelist(self, orders):
        # with price lists switched off, nobody would see which one an order has
        if self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            self._propose("pricelist_id", orders)

    def _apply_payment_term(self, orders):
        self._propose("payment_term_id", orders)

    def _propose(self, name, orders):
        """Put the record's value of the field ``name`` on the orders of companies that may use it.

        A branch shares the rules of its main company, but not the price lists that belong to that company.
        """
        proposed = self[name]
        if not proposed.active:
            return
        for order in orders:
            if proposed.filtered_domain(proposed._check_company_domain(order.company_id)):
                order[name] = proposed
