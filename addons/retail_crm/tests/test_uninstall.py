"""What `./run test` proves by uninstalling an addon that was used, said of every model at once."""

from odoo.tests import TransactionCase, tagged

from ..hooks import DEPENDENT_MODELS

SHIPPED = ("retail.segment", "retail.policy")


@tagged("post_install", "-at_install")
class TestUninstall(TransactionCase):
    def _pointers(self, targets):
        """(pointing model, model pointed to) wherever a record pointed to cannot be deleted."""
        return {
            (model._name, field.comodel_name)
            for model in self.env.values()
            if model._auto and not model._abstract and not model._transient
            for field in model._fields.values()
            if field.type == "many2one" and field.store and field.ondelete == "restrict"
            if field.comodel_name in targets and model._name.startswith("retail.")
        }

    def test_everything_that_keeps_a_segment_or_policy_is_deleted_first(self):
        pointers = self._pointers(SHIPPED)
        self.assertGreater(len(pointers), 8)
        for model, target in pointers:
            with self.subTest(model=model, target=target):
                self.assertIn(model, DEPENDENT_MODELS)

    def test_pointing_models_come_before_those_they_point_to(self):
        for model, target in self._pointers(DEPENDENT_MODELS):
            with self.subTest(model=model, target=target):
                self.assertLess(DEPENDENT_MODELS.index(model), DEPENDENT_MODELS.index(target))
