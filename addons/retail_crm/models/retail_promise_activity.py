from odoo import api, models

ACTIVITY_TYPES = {"call_back": "mail.mail_activity_data_call"}
# through the ORM, in one transaction
BATCH = 200


class RetailPromise(models.Model):
    """An open promise is an activity of the customer too, for whoever keeps it; the one ends with the other."""

    _inherit = "retail.promise"

    @api.model_create_multi
    def create(self, vals_list):
        promises = super().create(vals_list)
        for promise in promises.sudo():
            promise.deputy_id = promise._get_deputy()
        promises._make_activities()
        return promises

    @api.model
    def _make_due_activities(self, company, limit=BATCH):
        """Make those of the next open promises that lack one; returns how many."""
        promises = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("activity_id", "=", False),
                ("partner_id.active", "=", True),
                # who stands in for somebody who has left
                "|",
                ("keeper_id.active", "=", True),
                ("deputy_id.active", "=", True),
            ],
            limit=limit,
        )
        promises._make_activities()
        return len(promises)

    @api.model
    def _drop_activities(self, company, limit=BATCH):
        """End the activities of promises that ended by themselves; returns how many."""
        promises = self.search(
            [("company_id", "=", company.id), ("state", "!=", "open"), ("activity_id", "!=", False)],
            limit=limit,
        )
        promises._end_activities()
        return len(promises)

    def _make_activities(self):
        """Without a message to the keeper for each: the list of the day tells them all."""
        waiting = self.sudo().filtered(
            lambda one: one.state == "open" and one.keeper_id and not one.activity_id
        )
        model = self.env["ir.model"]._get_id("res.partner")
        activities = (
            self.env["mail.activity"]
            .sudo()
            .with_context(mail_activity_quick_update=True)
            .create([promise._get_activity_values(model) for promise in waiting])
        )
        for promise, activity in zip(waiting, activities, strict=True):
            promise.activity_id = activity

    def _get_activity_values(self, model):
        name = ACTIVITY_TYPES.get(self.kind, "mail.mail_activity_data_todo")
        return {
            "res_model_id": model,
            "res_id": self.partner_id.id,
            "activity_type_id": self.env.ref(name, raise_if_not_found=False).id,
            "summary": self.text,
            "date_deadline": self.due_on,
            "user_id": (self.deputy_id or self.keeper_id).id,
            "automated": True,
        }

    def _get_deputy(self):
        """Who sees to it because the keeper is away on the day; empty when the keeper is there."""
        present = self.env["retail.staff"]._get_present(self.keeper_id, self.due_on, self.company_id)
        return present - self.keeper_id

    def _end_activities(self):
        """Tick off those of kept promises, and remove the others; who is ticking off does the rest."""
        ended = self.sudo().filtered("activity_id")
        done = ended.filtered(lambda one: one.kept_at and one.state == "kept")
        done_activities, other_activities = done.activity_id, (ended - done).activity_id
        ended.activity_id = False
        done_activities.filtered("active")._action_done()
        other_activities.unlink()
