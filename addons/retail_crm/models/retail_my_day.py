from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# cards on a page; the client asks for as many more
PAGE = 40
# more than this nobody does in a day
MOST = 400
ORDERS = {
    "due": "due_on, value_at_stake DESC, id",
    "value": "value_at_stake DESC, due_on, id",
}


class RetailMyDay(models.AbstractModel):
    """What waits for the reader: their open actions and those of whom they stand in for, and what they do with them.

    All of the current root company, through the reader's own rights. Money in the company's currency. The facts on
    the cards are made by ``retail.my.day.card``.
    """

    _name = "retail.my.day"
    _description = "My day"

    @api.readonly
    @api.model
    def get_data(self, limit=PAGE):
        """The page, in some 25 queries whatever the number of cards.

        :param limit: most cards to show
        :return: dict of ``counts``, ``cards`` (see ``retail.my.day.card``), ``outcomes`` to choose from,
            ``colleagues``: a domain of users who may take over, ``may``: what the reader's rights allow, and plain
            values
        :raise AccessError: the user is no staff of Retail CRM
        """
        self._check_staff()
        company = self.env.company.root_id
        domain = self._get_domain(company)
        actions = self.env["retail.action"].search(
            domain, order=ORDERS[company.sudo().retail_queue_order], limit=self._read_limit(limit)
        )
        return {
            "currency_id": self.env.company.currency_id.id,
            "company_id": company.id,
            "user_id": self.env.uid,
            "today": self._get_today(company),
            "order": company.sudo().retail_queue_order,
            "counts": {**self._get_waiting(company, domain), **self._get_done(company)},
            "cards": self.env["retail.my.day.card"]._get_cards(actions, company),
            "outcomes": self._get_outcomes(),
            "colleagues": self._get_colleague_domain(company),
            "may": self._get_permissions(),
        }

    @api.model
    def finish(self, action_id, outcome_id, note="", next_on=None):
        """Log what came of an action.

        :raise UserError: the action has ended before, or a day is missing or cannot be read
        """
        action, next_on = self._get_own(action_id), self._read_day(next_on) if next_on else False
        if next_on and next_on < self._get_today(action.company_id):
            raise UserError(self.env._("The next date lies in the past. Choose today or a later day."))
        outcome = self.env["retail.action.outcome"].browse(outcome_id).exists()
        action._log_outcome(outcome, self._read_words(note), next_on)

    @api.model
    def undo(self, action_id):
        """Take back the outcome that the reader has just logged."""
        self._get_own(action_id)._take_back()

    @api.model
    def snooze(self, action_id, day, reason):
        """Put an action off to a later day, saying why.

        :raise UserError: the day is not later than today, or there is no reason
        """
        action, day, reason = self._get_own(action_id), self._read_day(day), self._read_words(reason)
        if day <= self._get_today(action.company_id):
            raise UserError(self.env._("Choose a day after today."))
        if not reason:
            raise UserError(self.env._("Say why it has to wait."))
        words = self.env._(
            "%(author)s put it off to %(day)s: %(reason)s",
            author=self.env.user.name,
            day=self.env["retail.reason"]._say_day(day),
            reason=reason,
        )
        action.write({"due_on": day, "note": action._get_note_with(words)})

    @api.model
    def hand_over(self, action_ids, user_id, note=""):
        """Give open actions to a colleague, with a word that the colleague reads on the card."""
        actions = self._get_own(action_ids)
        actions._hand_over(self.env["res.users"].browse(user_id), self._read_words(note))

    # ------------------------------------------------------------------ who and what

    def _check_staff(self):
        """My day is for who acts; finance and auditors read the list of all actions."""
        self.env["retail.action"].check_access("write")

    def _get_own(self, ids):
        """Actions that the reader may change; ids come from the client."""
        self._check_staff()
        actions = self.env["retail.action"].browse(ids).exists()
        if not actions:
            raise UserError(self.env._("This action is no longer there. Load the page anew."))
        actions.check_access("write")
        return actions

    def _get_domain(self, company):
        """Open actions of the reader, and of colleagues for whom the reader stands in.

        Who has begun with another one's action goes on with it when that one is back (see retail_action_cover.py).
        """
        is_uncovered = Domain("covering_id", "=", False)
        is_own = Domain("user_id", "in", [self.env.uid, *self._get_stood_in_for(company)])
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "open")
            & ((is_uncovered & is_own) | Domain("covering_id", "=", self.env.uid))
        )

    def _get_stood_in_for(self, company):
        """Ids of absent colleagues whose work the reader does today (1 query)."""
        Staff = self.env["retail.staff"]
        Staff.flush_model()
        away = Staff._sql_present(company, self._get_today(company))
        rows = self.env.execute_query(
            SQL("SELECT user_id FROM (%s) away WHERE present_id = %s", away, self.env.uid)
        )
        return [user_id for (user_id,) in rows]

    @staticmethod
    def _get_today(company):
        company = company.sudo()
        return company.env["retail.run"]._today(company)

    def _read_limit(self, limit):
        if not isinstance(limit, int) or limit < 1:
            raise UserError(self.env._("The number of cards is a whole number from 1 on."))
        return min(limit, MOST)

    def _read_day(self, day):
        try:
            found = fields.Date.to_date(day)
        except (TypeError, ValueError):
            found = None
        if not found:
            raise UserError(self.env._("“%(day)s” is no day. Choose one from the calendar.", day=day))
        return found

    @staticmethod
    def _read_words(words):
        return str(words or "").strip()

    # ------------------------------------------------------------------ what stands above the cards

    def _get_waiting(self, company, domain):
        """How many are open and overdue, and what is at stake with them (1 query)."""
        Action = self.env["retail.action"]
        query = Action._search(domain)
        due_on = Action._field_to_sql(query.table, "due_on", query)
        [row] = self.env.execute_query_dict(
            query.select(
                SQL("count(*) AS open"),
                SQL("count(*) FILTER (WHERE %s < %s) AS overdue", due_on, self._get_today(company)),
                SQL(
                    "COALESCE(sum(%s), 0)::float8 AS value",
                    Action._field_to_sql(query.table, "value_at_stake", query),
                ),
            )
        )
        return row

    def _get_done(self, company):
        """What the reader has finished today, and in the week that began on Monday (1 query)."""
        today = self._get_today(company)
        monday = today - timedelta(days=today.weekday())
        Action = self.env["retail.action"]
        query = Action._search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "done")
            & Domain("done_by_id", "=", self.env.uid)
            & Domain("done_on", ">=", self._get_midnight(company, monday))
        )
        done_on = Action._field_to_sql(query.table, "done_on", query)
        [row] = self.env.execute_query_dict(
            query.select(
                SQL(
                    "count(*) FILTER (WHERE %s >= %s) AS done_today",
                    done_on,
                    self._get_midnight(company, today),
                ),
                SQL("count(*) AS done_week"),
            )
        )
        return row

    @staticmethod
    def _get_midnight(company, day):
        """When the day begins in the shops, as UTC without a zone."""
        zone = pytz.timezone(company.sudo().retail_tz)
        return zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)

    def _get_outcomes(self):
        return self.env["retail.action.outcome"].search_read(
            [("active", "=", True)], ["name", "is_success", "asks_next_date"], load=None
        )

    def _get_colleague_domain(self, company):
        return [
            ("id", "!=", self.env.uid),
            ("share", "=", False),
            ("all_group_ids", "in", self.env.ref("retail_crm.group_user").ids),
            ("company_ids", "child_of", company.id),
        ]

    def _get_permissions(self):
        """What the buttons of a card may do; without the right to write to customers a mail program sends mail."""
        return {
            "mail": self.env["res.partner"].has_access("write"),
            "sms": "sms.composer" in self.env and self.env["sms.composer"].has_access("create"),
            "quotation": self.env["sale.order"].has_access("create"),
            "manage": self.env.user.has_group("retail_crm.group_manager"),
        }
