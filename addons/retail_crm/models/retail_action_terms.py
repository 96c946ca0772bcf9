from odoo import api, fields, models


class RetailAction(models.Model):
    """What the strategy said when the action was decided, in words; it may say something else by now."""

    _inherit = "retail.action"

    terms_text = fields.Text(string="What the strategy said", compute="_compute_terms_text")

    @api.depends("terms")
    @api.depends_context("lang")
    def _compute_terms_text(self):
        for action in self:
            terms = action.terms or {}
            said = [self._say_term(name, terms[name]) for name in self._get_terms() if terms.get(name)]
            action.terms_text = "\n".join(said)

    @api.model
    def _say_term(self, name, value):
        field = self.env["retail.strategy"]._fields[name]
        if field.type == "selection":
            words = dict(field._description_selection(self.env)).get(value, value)
        else:
            words = f"{value:g}"
        return self.env._("%(term)s: %(value)s", term=field._description_string(self.env), value=words)
