from odoo import models


class RetailRun(models.Model):
    """A run counts what strategies brought while the purchases are at hand."""

    _inherit = "retail.run"

    def _finish(self, previous):
        result = super()._finish(previous)
        if self.state == "done":
            self._attempt(self._count_effects)
        return result

    def _count_effects(self):
        """Once a week and on full runs, as cohorts are."""
        if self.is_full or self.env["retail.effect.baseline"]._is_due(self.company_id, self.as_of):
            for model in ("retail.effect", "retail.effect.baseline"):
                self._retrying(lambda model=model: self.env[model]._replace(self.company_id, self.as_of))
            self._commit()
