"""Customers under strategies, to whom something happens."""

from datetime import datetime, time

from .common import RetailCommon


class ActLoopCommon(RetailCommon):
    """Anna is a key customer; ``dora`` looks after her."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dora = cls._user("loop_dora", "sales_team.group_sale_salesman", name="Dora")
        cls.emil = cls._user("loop_emil", "sales_team.group_sale_salesman", name="Emil")
        cls.manager = cls._user(
            "loop_manager", "retail_crm.group_manager,sales_team.group_sale_manager", name="Mia"
        )
        cls.anna = cls._customer("Anna", user_id=cls.dora.id)
        cls.profile = cls._in_key(cls.anna)
        # a shop may have limited how many a day it can see to, as the demo's has
        cls.env["retail.action.rule"].with_context(active_test=False).search(
            [("company_id", "=", cls.company.id)]
        ).daily_limit = 0

    @classmethod
    def _in_key(cls, customer, code="key", last=3, **values):
        """A profile of somebody who came long ago and bought ``last`` days ago."""
        dates = {
            "first_purchase_date": cls._day(days_ago=400),
            "last_purchase_date": cls._day(days_ago=last),
        }
        return cls._in_segment(customer, code, **{"value": 120, **dates, **values})

    @classmethod
    def _rule(cls, code, event):
        rules = cls._strategy(code).with_context(active_test=False).action_rule_ids
        return rules.filtered(lambda rule: rule.event == event)

    def _create_due(self, days_later=0):
        """How many actions the day brings."""
        return self.env["retail.action"]._create_due(self.company, self._day(days_ago=-days_later))

    def _act(self, days_later=0):
        """All that the scheduled action does for the shop."""
        self.env["retail.action.job"]._act(self.company, self._day(days_ago=-days_later))
        self.env.invalidate_all()

    def _actions(self, customer=None, **values):
        domain = [("partner_id", "=", (customer or self.anna).id)]
        return self.env["retail.action"].search(
            domain + [(name, "=", value) for name, value in values.items()]
        )

    def _action(self, customer=None, **values):
        """One made by hand."""
        values = {"partner_id": (customer or self.anna).id, "name": "Call about tea", **values}
        return self.env["retail.action"].create(values)

    def _moves(self, customer, before, after, days_ago=0):
        """The customer's movement from the segment ``before`` to ``after``, with the profile standing there."""
        self._profile(customer).sudo().write(
            {"segment_id": self._segment(after).id, "strategy_id": self._strategy(after).id}
        )
        return self.env["retail.profile.change"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "day": self._day(days_ago=days_ago),
                "from_segment_id": before and self._segment(before).id,
                "to_segment_id": self._segment(after).id,
                "cause": "run",
            }
        )

    def _ending(self, code):
        return self.env.ref(f"retail_crm.action_outcome_{code}")

    def _done(self, action, days_ago=0):
        """Finished on that day, whatever the clock says."""
        action._log_outcome(self._ending("reached"))
        action.sudo().done_on = datetime.combine(self._day(days_ago=days_ago), time(12))
