from odoo import api, fields, models
from odoo.tools import SQL


class RetailAction(models.Model):
    """What is to be done while the owner is away is done by whoever stands in.

    The action stays the owner's; the activity is the other one's meanwhile, and comes back when the owner does, unless
    the other one has begun: has changed the action or its activity, or written on the customer's page.
    """

    _inherit = "retail.action"

    covering_id = fields.Many2one(
        "res.users",
        string="Stands in",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="Does it while the owner is away.",
    )
    covering_since = fields.Datetime(readonly=True, copy=False)

    def write(self, vals):
        if "user_id" not in vals:
            return super().write(vals)
        self.sudo().filtered("covering_id").write({"covering_id": False, "covering_since": False})
        result = super().write(vals)
        self._stand_in()
        self.sudo().filtered("covering_id")._update_activities()
        return result

    def _make_activities(self):
        self.sudo().filtered(lambda one: not one.activity_id)._stand_in()
        return super()._make_activities()

    def _get_activity_user(self):
        return self.covering_id or super()._get_activity_user()

    def _stand_in(self):
        """Let deputies stand in for owners of these open actions who are away today (some 3 queries an owner)."""
        waiting = self.sudo().filtered(
            lambda one: one.state == "open" and one.user_id and not one.covering_id
        )
        for (owner, company), actions in waiting.grouped(lambda one: (one.user_id, one.company_id)).items():
            today = self.env["retail.run"]._today(company)
            present = self.env["retail.staff"]._get_present(owner, today, company)
            if present != owner:
                actions.write(
                    {
                        "covering_id": present.id,
                        "deputy_id": present.id,
                        "covering_since": fields.Datetime.now(),
                    }
                )

    @api.model
    def _let_deputies_stand_in(self, company, day):
        """Open actions of whoever is away on ``day`` go to who is there, those of whoever is back return.

        Set-based, and done twice it changes nothing. Returns how many moved (2 statements).
        """
        self.env.flush_all()
        self.env.cr.execute(self._sql_stand_in(company, day))
        moved = self.env.cr.rowcount
        self.env.cr.execute(self._sql_come_back(company, day))
        moved += self.env.cr.rowcount
        if moved:
            self.env.invalidate_all(flush=False)
        return moved

    def _sql_stand_in(self, company, day) -> SQL:
        return SQL(
            """WITH moved AS (
                   UPDATE retail_action action
                      SET covering_id = away.present_id, deputy_id = away.present_id,
                          covering_since = now() AT TIME ZONE 'UTC'
                     FROM (%(away)s) away
                    WHERE action.user_id = away.user_id AND action.company_id = %(company)s
                      AND action.state = 'open' AND action.covering_id IS DISTINCT FROM away.present_id
                      AND NOT (%(begun)s AND action.covering_id NOT IN (SELECT user_id FROM (%(away)s) also_away))
                RETURNING action.id, action.activity_id, action.covering_id AS user_id),
                    given AS (%(given)s)
               SELECT id FROM moved""",
            given=self._sql_give_activities(),
            away=self.env["retail.staff"]._sql_present(company, day),
            company=company.id,
            begun=self._sql_is_begun(),
        )

    def _sql_come_back(self, company, day) -> SQL:
        """The deputy is again the one named for the customer."""
        return SQL(
            """WITH moved AS (
                   UPDATE retail_action action
                      SET covering_id = NULL, covering_since = NULL,
                          deputy_id = (SELECT owner.deputy_id FROM retail_owner owner
                                        WHERE owner.partner_id = action.partner_id AND owner.until IS NULL
                                          AND owner.company_id = action.company_id AND owner.user_id = action.user_id)
                    WHERE action.covering_id IS NOT NULL AND action.company_id = %(company)s
                      AND action.state = 'open' AND NOT %(begun)s
                      AND action.user_id NOT IN (SELECT user_id FROM (%(away)s) away)
                RETURNING action.id, action.activity_id, action.user_id AS user_id),
                    given AS (%(given)s)
               SELECT id FROM moved""",
            given=self._sql_give_activities(),
            away=self.env["retail.staff"]._sql_present(company, day),
            company=company.id,
            begun=self._sql_is_begun(),
        )

    @staticmethod
    def _sql_give_activities() -> SQL:
        """Give the activities of the rows ``moved`` (activity_id, user_id) to their users."""
        return SQL(
            """UPDATE mail_activity activity SET user_id = moved.user_id, user_tz = partner.tz
                 FROM moved JOIN res_users users ON users.id = moved.user_id
                            JOIN res_partner partner ON partner.id = users.partner_id
                WHERE activity.id = moved.activity_id"""
        )

    @staticmethod
    def _sql_is_begun() -> SQL:
        """Whether the one who stands in has done something about ``action``; never NULL."""
        return SQL(
            """COALESCE(action.covering_id IS NOT NULL AND (
                   (action.write_uid = action.covering_id AND action.write_date > action.covering_since)
                OR EXISTS (SELECT FROM mail_activity begun
                            WHERE begun.id = action.activity_id AND begun.write_uid = action.covering_id
                              AND begun.write_date > action.covering_since)
                OR EXISTS (SELECT FROM mail_message begun
                             JOIN res_users deputy ON deputy.partner_id = begun.author_id
                            WHERE begun.model = 'res.partner' AND begun.res_id = action.partner_id
                              AND deputy.id = action.covering_id AND begun.message_type IN ('comment', 'email')
                              AND begun.date > action.covering_since)), FALSE)"""
        )
