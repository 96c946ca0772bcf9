import logging
from datetime import timedelta
from functools import partial

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..owners.working_time import WorkingTime

_logger = logging.getLogger(__name__)

# so far ahead opening times are looked at; an answer that is not due by then is due by the clock
HORIZON = timedelta(days=90)
# up to which message each company has looked; the time before last, too, for messages that were committed late
SEEN = "retail_crm.questions_seen_%s"


class RetailQuestionJob(models.AbstractModel):
    """Who asked, who was answered, who waits too long: every few minutes, for each company."""

    _name = "retail.question.job"
    _inherit = "retail.job"
    _description = "Watch over first answers"
    _lock_space = 0x52435155

    def _say_busy(self, company):
        return self.env._(
            "The answers of %(company)s are being looked at right now. Wait a moment.", company=company.name
        )

    @api.model
    def _cron_watch(self):
        """All companies, also when Odoo's ten seconds are over: called again, it would begin with the first one."""
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                with self._locked(company):
                    self._retrying(partial(self._watch, company))
            except UserError as error:
                _logger.info("answers of company %s: %s", company.id, error)
            except Exception:  # the next time goes on from here
                _logger.exception("answers of company %s", company.id)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _watch(self, company, now=None):
        """Note what was asked and answered up to now, and take one step up what waits too long.

        Done twice it changes nothing. A few queries for each kind of document, and some for each late question.
        """
        now = now or fields.Datetime.now()
        self.env.flush_all()
        Question = self.env["retail.question"].sudo()
        self._note_questions(company, now)
        waiting = Question.search([("company_id", "=", company.id), ("answered_at", "=", False)])
        waiting = waiting._drop_without_document()
        self._note_answers(company, waiting)
        late = waiting.filtered(lambda one: one.state == "open" and one.due_at < now)
        late.write({"state": "late", "in_time": 0})
        late.filtered(lambda one: not one.escalated_at)._escalate(now)

    def _note_questions(self, company, now):
        Question = self.env["retail.question"].sudo()
        after = self._look_on(company)
        if after is None:
            return
        for model, source in Question._question_sources().items():
            rows = self.env.execute_query_dict(Question._sql_questions(model, source, company, after))
            first = {}
            for row in rows:
                first.setdefault(row["res_id"], row)
            if first:
                times = self._get_working_time(company, min(row["asked_at"] for row in first.values()), now)
                questions = Question.create(
                    [self._get_values(company, model, row, times) for row in first.values()]
                )
                questions._leave_open()

    def _look_on(self, company):
        """The id above which messages are news; None the first time: what was written before is over."""
        (latest,) = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM mail_message"))[0]
        key = SEEN % company.id
        known = self.env.execute_query(SQL("SELECT value FROM ir_config_parameter WHERE key = %s", key))
        seen = (known[0][0] if known else "").split(",")
        before_last, last = (int(number) for number in seen) if len(seen) == 2 else (None, latest)
        # not through the model: that empties the caches of all server processes, every few minutes
        self.env.cr.execute(
            SQL(
                """INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
                key,
                f"{last},{latest}",
            )
        )
        return before_last

    @staticmethod
    def _get_values(company, model, row, times):
        hours = row["first_answer_hours"]
        return {
            "company_id": company.id,
            "partner_id": row["partner_id"],
            "message_id": row["message_id"],
            "res_model": model,
            "res_id": row["res_id"],
            "strategy_id": row["strategy_id"],
            "user_id": row["user_id"],
            "asked_at": row["asked_at"],
            "answer_hours": hours,
            "due_at": times.add(row["asked_at"], hours) or row["asked_at"] + timedelta(hours=hours),
            "state": "open",
        }

    def _note_answers(self, company, waiting):
        answers = self.env.execute_query(waiting._sql_answers(waiting)) if waiting else []
        if not answers:
            return
        times = self._get_working_time(
            company, min(waiting.mapped("asked_at")), max(moment for _id, moment, _user in answers)
        )
        for question_id, moment, user_id in answers:
            question = waiting.browse(question_id)
            is_in_time = moment <= question.due_at
            question.write(
                {
                    "answered_at": moment,
                    "answered_by_id": user_id,
                    "hours": times.between(question.asked_at, moment),
                    "in_time": 100 if is_in_time else 0,
                    "state": "in_time" if is_in_time else "too_late",
                }
            )
        waiting._end_activities(waiting.filtered("answered_at"))

    def _get_working_time(self, company, start, end):
        """The company's opening times from ``start`` to well after ``end``, in UTC; without a calendar, always.

        A calendar of flexible hours, or without any, says as little as none.
        """
        first, last = pytz.utc.localize(start), pytz.utc.localize(end + HORIZON)
        calendar = company.resource_calendar_id
        intervals = calendar._work_intervals_batch(first, last)[False] if calendar else ()
        stretches = [
            (
                begin.astimezone(pytz.utc).replace(tzinfo=None),
                stop.astimezone(pytz.utc).replace(tzinfo=None),
            )
            for begin, stop, _source in intervals
        ]
        return WorkingTime(stretches or [(start, end + HORIZON)])
