from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

# what a person says of a promise; all else is noted by the server
OPENING = {
    "partner_id",
    "company_id",
    "kind",
    "text",
    "keeper_id",
    "due_at",
    "order_id",
    "action_id",
    "product_id",
    "price",
}


class RetailPromise(models.Model):
    """How a promise is made by a person: what is said is checked, how the customer stands is noted."""

    _inherit = "retail.promise"

    @api.model_create_multi
    def create(self, vals_list):
        """Who, what, until when; by whom, and how the customer stood, is noted."""
        if not self.env.su:
            # defaults of the context would fill what a person may not say
            self = self.with_env(self.env(context=clean_context(self.env.context)))
            vals_list = [{name: vals[name] for name in vals.keys() & OPENING} for vals in vals_list]
        promises = super().create([self._get_opening(vals) for vals in vals_list])
        promises._check_made()
        return promises

    @api.model
    def _get_promising(self, **defaults):
        """The dialog in which one promises something; ``defaults`` are values of the promise."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise something"),
            "res_model": self._name,
            "views": [(self.env.ref("retail_crm.retail_promise_view_form_new").id, "form")],
            "target": "new",
            "context": {f"default_{name}": value for name, value in defaults.items() if value},
        }

    def _get_opening(self, vals):
        """The values of a new promise: those given, and who the customer is today (1 query)."""
        customer = self.env["res.partner"].browse(vals.get("partner_id")).commercial_partner_id
        if not customer:
            raise UserError(self.env._("Choose the customer to whom it is promised."))
        self._check_said(vals)
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id).root_id
        profile = (
            self.env["retail.profile"]
            .sudo()
            .search([("partner_id", "=", customer.id), ("company_id", "=", company.id)])
        )
        return {
            "made_by_id": self.env.uid,
            "made_at": fields.Datetime.now(),
            "segment_id": profile.segment_id.id,
            "strategy_id": profile.strategy_id.id,
            **vals,
            "partner_id": customer.id,
            "company_id": company.id,
        }

    def _check_made(self):
        """What makes no promise is refused, with what to do instead."""
        for promise in self:
            promise._check_substance()
            promise._check_documents()
            promise._check_keeper()

    def _check_said(self, vals):
        if "text" in vals and not (vals["text"] or "").strip():
            raise UserError(self.env._("Say what is promised, in words that the customer would recognise."))
        if not vals.get("due_at", True):
            raise UserError(self.env._("Say until when it is promised."))

    def _check_substance(self):
        if self.due_at <= self.made_at:
            raise UserError(self.env._("A promise is about what is to come: choose a time from now on."))
        if self.kind == "price" and not self.product_id:
            raise UserError(
                self.env._(
                    "Choose the product to which the promised price belongs. "
                    "For a discount on everything, promise “Something else”."
                )
            )

    def _check_documents(self):
        """The order and the action are of this customer and company, and the maker may read them."""
        for document in filter(None, (self.order_id, self.action_id)):
            document.check_access("read")
            known = document.sudo()
            if (
                known.partner_id.commercial_partner_id != self.partner_id
                or known.company_id.root_id != self.company_id
            ):
                raise UserError(
                    self.env._(
                        "%(document)s belongs to another customer or company. Promise it from there.",
                        document=known.display_name,
                    )
                )

    def _check_keeper(self):
        keeper = self.sudo().keeper_id
        works_there = self.company_id.sudo() <= keeper.company_ids.root_id
        if not keeper.active or not works_there or not keeper.has_group("retail_crm.group_user"):
            raise UserError(
                self.env._(
                    "Choose a keeper who works with Retail CRM in this company and is active: "
                    "somebody has to see to it."
                )
            )
