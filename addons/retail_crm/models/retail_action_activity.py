from odoo import api, fields, models

# through the ORM, in one transaction
BATCH = 200
ACTIVITY_TYPES = {
    "call": "mail.mail_activity_data_call",
    "mail": "mail.mail_activity_data_email",
    "visit": "mail.mail_activity_data_meeting",
}


class RetailAction(models.Model):
    """An open action with an owner is an activity of the customer too, so that Odoo's own views show it.

    What ends, moves or gives away the one does so with the other (see mail_activity.py).
    """

    _inherit = "retail.action"

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._make_activities()
        return actions

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"user_id", "due_on", "name", "kind"}:
            self._update_activities()
        return result

    @api.model
    def _make_due_activities(self, company, limit=BATCH):
        """Make those of the next actions that lack one; returns how many."""
        actions = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("activity_id", "=", False),
                ("user_id.active", "=", True),
            ],
            limit=limit,
        )
        actions._make_activities()
        return len(actions)

    def _make_activities(self):
        """Without a message to the owner for each: the list of the day tells them all."""
        waiting = self.sudo().filtered(
            lambda one: one.state == "open" and one.user_id and not one.activity_id
        )
        model = self.env["ir.model"]._get_id("res.partner")
        for lang, actions in waiting.grouped(lambda one: one.user_id.lang).items():
            activities = (
                self.env["mail.activity"]
                .sudo()
                .with_context(mail_activity_quick_update=True, lang=lang)
                .create([action._get_activity_values(model) for action in actions.with_context(lang=lang)])
            )
            for action, activity in zip(actions, activities, strict=True):
                action.activity_id = activity

    def _get_activity_values(self, model):
        return {
            "res_model_id": model,
            "res_id": self.partner_id.id,
            "activity_type_id": self._get_activity_type().id,
            "summary": self.name,
            "date_deadline": self.due_on,
            "user_id": self._get_activity_user().id,
            "automated": True,
        }

    def _get_activity_user(self):
        """Hook: whose activity it is."""
        return self.user_id

    def _get_activity_type(self):
        """From the cache, for actions come by the thousand; without the type that a shop deleted."""
        name = ACTIVITY_TYPES.get(self.kind, "mail.mail_activity_data_todo")
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(name)
        return self.env["mail.activity.type"].browse(type_id or None)

    def _update_activities(self):
        """Let the activities say what the actions say now; only what differs is written."""
        self._make_activities()
        for action in self.sudo().filtered(lambda one: one.state == "open" and one.activity_id):
            activity = action.activity_id
            action = action.with_context(lang=action.user_id.lang or self.env.lang)
            wanted = {
                "user_id": action._get_activity_user(),
                "date_deadline": action.due_on,
                "summary": action.name,
                "activity_type_id": action._get_activity_type(),
            }
            changed = {name: value for name, value in wanted.items() if activity[name] != value}
            if changed:
                activity.write(activity._convert_to_write(changed))

    def _end_activities(self, feedback=False):
        """Tick off the activities of done actions, and remove those of others."""
        done = self.sudo().filtered(lambda one: one.state == "done")
        done.activity_id._action_done(feedback=feedback)
        (self.sudo() - done).activity_id.unlink()

    @api.model
    def _drop_activities(self, company, limit=BATCH):
        """Remove the activities of actions that lapsed; returns how many."""
        actions = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "lapsed"),
                ("activity_id", "!=", False),
            ],
            limit=limit,
        )
        actions.activity_id.unlink()
        return len(actions)

    def _end_with_activity(self, state, feedback=False):
        """An activity was ticked off or removed where Odoo shows activities: so its open actions end."""
        for action in self.sudo().filtered(lambda one: one.state == "open"):
            action.write(
                {
                    "state": state,
                    "done_on": fields.Datetime.now(),
                    "done_by_id": self.env.uid,
                    "note": "\n".join(filter(None, [action.note, feedback])),
                }
            )
            action._close()
