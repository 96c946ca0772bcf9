from odoo import api, models
from odoo.tools import SQL

from .retail_action_sources import ONE_A_WINDOW, ONE_AT_A_TIME

DUE = SQL.identifier("retail_action_due")


class RetailAction(models.Model):
    """Events become actions: under the rules of the strategies, for all customers at once, each event once."""

    _inherit = "retail.action"

    @api.model
    def _create_due(self, company, day):
        """Make the actions that are due at ``day`` for customers of the root ``company`` (6 statements an event).

        Done twice, or by two at once, it makes nothing twice. Returns how many were made.
        """
        sources = self._action_sources(company, day)
        return sum(self._create_from(event, source, company, day) for event, source in sources.items())

    def _create_from(self, event, source, company, day):
        """Make the actions of one event; ``source`` selects the columns that :meth:`_action_sources` names."""
        self.env.flush_all()
        count = self._collect(self._sql_due(event, source, company, day))
        if count:
            self.env.cr.execute(self._sql_draw(company, day))
            self.env.cr.execute(self._sql_create(event, company, day))
            count = self.env.cr.rowcount
            self.env.invalidate_all(flush=False)
        return count

    def _collect(self, due):
        """Put what is due into a temporary table that the planner knows the size of; returns how many.

        Measured: in one statement, what is due was taken for one row, and the lots were joined by nested loops.
        """
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", DUE))
        self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", DUE, due))
        count = self.env.cr.rowcount
        self.env.cr.execute(SQL("ANALYZE pg_temp.%s", DUE))
        return count

    @staticmethod
    def _sql_draw(company, day) -> SQL:
        """Customers of a strategy that holds some out draw lots when it first has something to do for them."""
        return SQL(
            """INSERT INTO retail_holdout (company_id, strategy_id, partner_id, is_held_out, share, drawn_on)
               SELECT %(company)s, strategy_id, partner_id, random() * 100 < share, share, %(day)s
                 FROM (SELECT DISTINCT strategy_id, partner_id, share FROM pg_temp.%(due)s WHERE share > 0) new
               ON CONFLICT DO NOTHING""",
            company=company.id,
            day=day,
            due=DUE,
        )

    def _sql_create(self, event, company, day) -> SQL:
        policy = self.env["retail.policy"]._get_active(company)
        return SQL(
            """INSERT INTO retail_action (
                   company_id, partner_id, event, event_key, event_on, decided_on, policy_id, policy_version,
                   strategy_id, rule_id, terms, kind, name, user_id, deputy_id, due_on, state, value_at_stake,
                   window_days, window_until, res_model, res_id, create_uid, create_date, write_uid, write_date)
               SELECT %(company)s, due.partner_id, %(event)s, due.event_key, due.event_on, %(day)s, %(policy)s,
                      %(version)s, due.strategy_id, due.rule_id, due.terms, due.kind, due.name,
                      COALESCE(specialist.user_id, owner.user_id),
                      CASE WHEN specialist.user_id IS DISTINCT FROM owner.user_id AND specialist.user_id IS NOT NULL
                           THEN owner.user_id ELSE owner.deputy_id END,
                      %(day)s::date + due.due_days,
                      CASE WHEN due.share > 0 AND lot.is_held_out THEN 'held_out' ELSE 'open' END,
                      due.value_at_stake, due.window_days, due.event_on + due.window_days, due.res_model, due.res_id,
                      %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                 FROM pg_temp.%(due)s due
                 LEFT JOIN retail_holdout lot ON lot.partner_id = due.partner_id
                                             AND lot.strategy_id = due.strategy_id AND lot.company_id = %(company)s
                 LEFT JOIN LATERAL (%(owner)s) owner ON TRUE
                 LEFT JOIN LATERAL (%(specialist)s) specialist ON due.role IS NOT NULL
               ON CONFLICT (company_id, event, event_key) DO NOTHING""",
            due=DUE,
            company=company.id,
            day=day,
            event=event,
            policy=policy.id or None,
            version=policy.version or None,
            user=self.env.uid,
            owner=self._sql_owner(company, day),
            specialist=self._sql_specialist(company, day),
        )

    def _sql_due(self, event, source, company, day) -> SQL:
        """Events that have no action yet and a rule; where a rule has a daily limit, those of most value."""
        return SQL(
            """SELECT * FROM (
                   SELECT source.*, rule.id AS rule_id, rule.kind, rule.name, rule.role, rule.due_days,
                          rule.window_days, strategy.id AS strategy_id, strategy.holdout_share AS share,
                          %(terms)s AS terms, rule.daily_limit - COALESCE(made.number, 0) AS room,
                          -- a rule that nobody gave a limit has none at all in its column
                          COALESCE(rule.daily_limit, 0) > 0 AS is_limited,
                          row_number() OVER (PARTITION BY rule.id
                                             ORDER BY source.value_at_stake DESC NULLS LAST, source.event_key) AS place
                     FROM (%(source)s) source
                     JOIN retail_profile profile
                       ON profile.partner_id = source.partner_id AND profile.company_id = %(company)s
                     JOIN retail_strategy strategy ON strategy.id = %(strategy)s
                     JOIN retail_action_rule rule
                       ON rule.strategy_id = strategy.id AND rule.event = %(event)s AND rule.active
                     -- counted once for each rule, not for each customer
                     LEFT JOIN (SELECT rule_id, count(*) AS number FROM retail_action
                                 WHERE company_id = %(company)s AND decided_on = %(day)s GROUP BY rule_id) made
                       ON made.rule_id = rule.id
                    WHERE %(is_new)s) ranked
                WHERE NOT is_limited OR place <= room""",
            terms=self._sql_terms(),
            source=source,
            company=company.id,
            strategy=self._sql_strategy(event),
            event=event,
            is_new=self._sql_is_new(event, company, day),
            day=day,
        )

    def _sql_is_new(self, event, company, day) -> SQL:
        """Whether the customer of ``source`` has no action of this event, nor one that makes another one pointless.

        One look into the index on the customer for each row: joined, all actions of the event would be read for each
        as long as the planner takes them for few.
        """
        return SQL(
            """(SELECT TRUE FROM (SELECT * FROM retail_action WHERE partner_id = source.partner_id OFFSET 0) known
                 WHERE known.company_id = %(company)s AND known.event = %(event)s
                   AND (known.event_key = source.event_key OR %(repeated)s) LIMIT 1) IS NULL""",
            company=company.id,
            event=event,
            repeated=self._sql_is_repeated(event, day),
        )

    @staticmethod
    def _sql_is_repeated(event, day) -> SQL:
        """Whether ``known``, an earlier action of the event, stands in the way of another one."""
        is_open = SQL("known.state = 'open'")
        if event in ONE_A_WINDOW:
            return SQL("%s OR known.window_until >= %s", is_open, day)
        return is_open if event in ONE_AT_A_TIME else SQL("FALSE")

    def _sql_terms(self) -> SQL:
        """The strategy's values as they stand now."""
        return SQL(
            "jsonb_build_object(%s)",
            SQL(", ").join(
                SQL("%s::text, %s", name, SQL.identifier("strategy", name)) for name in self._get_terms()
            ),
        )

    @api.model
    def _sql_owner(self, company, day) -> SQL:
        """``user_id`` and ``deputy_id`` of who acts for the customer of ``due``."""
        return SQL(
            """SELECT users.id AS user_id, NULL::int4 AS deputy_id
                 FROM res_partner partner JOIN res_users users ON users.id = partner.user_id AND users.active
                WHERE partner.id = due.partner_id"""
        )

    @api.model
    def _sql_specialist(self, company, day) -> SQL:
        """``user_id`` of who is there in the role that the rule names: the ``owner`` if it is theirs, else the same
        person for a customer every time, so that the work is spread."""
        return SQL(
            """SELECT staff.user_id FROM retail_staff staff JOIN res_users users ON users.id = staff.user_id
                WHERE staff.company_id = %(company)s AND staff.role = due.role AND staff.active AND users.active
                  AND (%(day)s BETWEEN staff.absent_from AND COALESCE(staff.absent_until, 'infinity')) IS NOT TRUE
                ORDER BY staff.user_id = owner.user_id DESC NULLS LAST, md5(staff.id || ':' || due.partner_id)
                LIMIT 1""",
            company=company.id,
            day=day,
        )
