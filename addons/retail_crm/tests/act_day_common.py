"""People whose days are full; pages read the clock, so their days count from today."""

from datetime import timedelta

from odoo import fields

from .act_loop_common import ActLoopCommon


class ActDayCommon(ActLoopCommon):
    """``dora`` and ``emil`` are staff, ``manager`` looks at both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["retail.action"].with_context(tz="UTC"))

    def _plan(self, name, days=0, customer=None, user=None, value=0):
        """An open action due in so many ``days``."""
        action = self._action(
            customer or self.anna,
            name=name,
            due_on=self.today + timedelta(days=days),
            user_id=(user or self.dora).id,
        )
        action.sudo().value_at_stake = value
        return action

    def _page(self, user):
        """My day as ``user`` has it."""
        return self.env["retail.my.day"].with_user(user)

    def _names(self, user, limit=40):
        """What the cards of ``user`` say is to be done, in their order."""
        self.env.invalidate_all()
        return [card["name"] for card in self._page(user).get_data(limit)["cards"]]

    def _count_queries(self, read):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        read()
        return self.cr.sql_log_count - before
