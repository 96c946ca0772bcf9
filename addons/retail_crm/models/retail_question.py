from odoo import api, fields, models
from odoo.tools import SQL


class RetailQuestion(models.Model):
    """One row is that a customer wrote and waits for an answer, and when the shop first answered.

    Who writes again while waiting asks no new question. Hours are working hours of the company. Written by the
    scheduled action alone (retail_question_job.py); ``in_time`` stays empty while there is still time.
    """

    _name = "retail.question"
    _description = "Question of a customer"
    _order = "asked_at desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")
    res_model = fields.Char(string="Document model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True, readonly=True
    )
    document = fields.Char(string="Written on", compute="_compute_document")
    strategy_id = fields.Many2one(
        "retail.strategy", readonly=True, ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Owner", readonly=True, ondelete="set null")
    asked_at = fields.Datetime(string="Asked", required=True, readonly=True)
    answer_hours = fields.Float(
        string="Hours to answer", readonly=True, aggregator=None, help="That the strategy then allowed."
    )
    due_at = fields.Datetime(string="Answer due", readonly=True)
    answered_at = fields.Datetime(string="Answered", readonly=True)
    answered_by_id = fields.Many2one("res.users", string="Answered by", readonly=True, ondelete="set null")
    hours = fields.Float(string="Hours taken", readonly=True, aggregator="avg")
    in_time = fields.Float(
        string="In time (%)",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
        help="100 when the first answer came in time, 0 when it did not or has not by now.",
    )
    state = fields.Selection(
        [
            ("open", "Waits"),
            ("late", "Waits too long"),
            ("in_time", "Answered in time"),
            ("too_late", "Answered late"),
        ],
        required=True,
        readonly=True,
    )
    escalated_to_id = fields.Many2one("res.users", string="Went up to", readonly=True, ondelete="set null")
    escalated_at = fields.Datetime(string="Went up on", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null", index="btree_not_null")

    # of one message comes one question, however often one looks
    _message_uniq = models.Constraint("UNIQUE(message_id)")
    _waiting_idx = models.Index("(company_id, due_at) WHERE answered_at IS NULL")
    _document_idx = models.Index("(res_model, res_id)")

    def _compute_document(self):
        """Names of the documents that the reader may see; one query a kind of document."""
        for model, questions in self.grouped("res_model").items():
            documents = self.env[model].browse(questions.mapped("res_id")).exists()._filtered_access("read")
            names = {document.id: document.display_name for document in documents}
            for question in questions:
                question.document = names.get(question.res_id, False)

    def action_open_document(self):
        """Open what the customer wrote on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _drop_without_document(self):
        """Nobody waits on a document that was deleted; returns the others. 1 query for each kind of document."""
        gone = self.browse()
        for model, questions in self.grouped("res_model").items():
            there = set(self.env[model].browse(questions.mapped("res_id")).exists().ids)
            gone |= questions.filtered(lambda one, there=there: one.res_id not in there)
        gone.unlink()
        return self - gone

    def _leave_open(self):
        """What is not known yet is no 0, which would count in the means of lists and charts."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL("UPDATE retail_question SET hours = NULL, in_time = NULL WHERE id = ANY(%s)", self.ids)
        )
        self.invalidate_recordset(["hours", "in_time"])

    # ------------------------------------------------------------------ one step up the ladder

    def _escalate(self, now):
        """Give each question that waits too long to somebody one step up, once, as an activity on its document."""
        for question in self:
            document = self.env[question.res_model].browse(question.res_id).exists()
            user = question._find_superior()
            question.write({"escalated_at": now, "escalated_to_id": user.id})
            if document and user:
                question.activity_id = question._schedule(document, user)

    def _find_superior(self):
        """Of the next higher role in which somebody is there: who has the fewest such questions; else a manager."""
        Staff = self.env["retail.staff"]
        today = self.env["retail.run"]._today(self.company_id)
        staff = Staff.search([("company_id", "=", self.company_id.id), ("user_id.active", "=", True)])
        there = staff.filtered(lambda one: not one._is_absent_on(today) and one.user_id != self.user_id)
        own = staff.filtered(lambda one: one.user_id == self.user_id).role
        for role in Staff._get_higher_roles(own or self.strategy_id.responsible_role):
            if candidates := there.filtered(lambda one, role=role: one.role == role).user_id:
                return self._get_least_busy(candidates)
        return self._get_least_busy(self.company_id._get_retail_managers() - self.user_id)

    def _get_least_busy(self, users):
        waiting = [("escalated_to_id", "in", users.ids), ("answered_at", "=", False)]
        counts = dict(self._read_group(waiting, ["escalated_to_id"], ["__count"]))
        return min(users, key=lambda user: (counts.get(user, 0), user.id), default=users)

    def _schedule(self, document, user):
        self = self.with_context(lang=user.lang, tz=user.tz or self.company_id.retail_tz)
        return (
            document.sudo()
            .with_context(lang=user.lang, mail_activity_quick_update=True)
            .activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("%(customer)s waits for an answer", customer=self.partner_id.name),
                note=self.env._(
                    "Written %(moment)s, owner %(owner)s. An answer was due %(due)s.",
                    moment=fields.Datetime.context_timestamp(self, self.asked_at).strftime("%Y-%m-%d %H:%M"),
                    owner=self.user_id.name or self.env._("nobody"),
                    due=fields.Datetime.context_timestamp(self, self.due_at).strftime("%Y-%m-%d %H:%M"),
                ),
                user_id=user.id,
            )
        )

    @api.model
    def _end_activities(self, questions):
        """Who was to see to an answer is done when there is one."""
        questions.activity_id._action_done()
