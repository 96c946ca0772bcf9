from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .retail_segment import RISK

# movements so old still become actions, when the nightly job did not run
LOOK_BACK_DAYS = 7
# whose first purchase is older did not come in now: the shop has only just learned of the customer
NEWCOMER_DAYS = 30
# no two actions of such an event for a customer at a time
ONE_AT_A_TIME = ("stayed", "slipping", "near_upgrade", "contact_overdue", "points_expiring")
# and none while the last one is still being measured: the customer hovers about a mark
ONE_A_WINDOW = ("slipping", "near_upgrade")


class RetailAction(models.Model):
    """Where events come from: what happened to customers of a company up to a day, each source for all of them."""

    _inherit = "retail.action"

    @api.model
    def _action_sources(self, company, day):
        """Hook: ``{event: SQL}``. Each selects, for the root ``company``, what is due at ``day``:

        ``partner_id`` (commercial), ``event_key`` (varchar: the same event has the same key on every day, another one
        never), ``event_on`` (date: purchases after it are measured), ``value_at_stake`` (company currency, may be
        NULL), ``res_model`` and ``res_id`` (the document behind it, may be NULL). What has an action already may be
        selected again: it is left out. A glue addon adds a value to ``event`` with ``selection_add`` and
        ``ondelete={...: "cascade"}``, and a source here; the rules of the strategies do the rest. Sources only read.
        """
        return {
            "entered": self._sql_entered(company, day),
            "left": self._sql_left(company, day),
            "stayed": self._sql_stayed(company, day),
            "slipping": self._sql_marked("is_slipping", company, day),
            "near_upgrade": self._sql_marked("is_near_upgrade", company, day),
            "contact_overdue": self._sql_contact_overdue(company, day),
            "points_expiring": self._sql_points_expiring(company, day),
            "delivery_late": self._sql_delivery_late(company, day),
        }

    @api.model
    def _sql_strategy(self, event) -> SQL:
        """Hook: whose rules decide of ``source``, a row of the event: the strategy of ``profile`` today.

        Who has left a segment is the business of the strategy that was left.
        """
        if event != "left":
            return SQL("profile.strategy_id")
        return SQL(
            """(SELECT strategy.id FROM retail_profile_change change
                  JOIN retail_strategy strategy ON strategy.company_id = change.company_id
                                               AND strategy.segment_id = change.from_segment_id
                 WHERE change.id = source.res_id)"""
        )

    # ------------------------------------------------------------------ movements

    def _sql_entered(self, company, day) -> SQL:
        """Who rose, came for the first time, or came into risk; every movement is one event (see :meth:`_sql_left`)."""
        return self._sql_moved(
            SQL("profile.segment_id = moved.to_segment_id AND (%s)", self._sql_is_welcome()), company, day
        )

    def _sql_left(self, company, day) -> SQL:
        """Who fell below a value segment, or got out of risk."""
        return self._sql_moved(
            SQL("profile.segment_id <> moved.from_segment_id AND NOT (%s)", self._sql_is_welcome()),
            company,
            day,
        )

    @staticmethod
    def _sql_is_welcome() -> SQL:
        """Whether the movement is the business of the strategy it leads to, not of the one it comes from."""
        return SQL(
            """moved.from_segment_id IS NULL AND profile.first_purchase_date > moved.day - %(newcomer)s
               OR above.code = %(risk)s
               OR moved.from_segment_id IS NOT NULL AND below.code <> %(risk)s AND above.sequence < below.sequence""",
            newcomer=NEWCOMER_DAYS,
            risk=RISK,
        )

    @staticmethod
    def _sql_moved(which, company, day) -> SQL:
        """The last movement of each customer who moved lately.

        :param which: condition on ``moved``, ``profile``, and the segments ``below`` (from) and ``above`` (to)
        """
        return SQL(
            """SELECT moved.partner_id, moved.id::varchar AS event_key, moved.day AS event_on,
                      profile.value AS value_at_stake, 'retail.profile.change' AS res_model, moved.id AS res_id
                 FROM (SELECT DISTINCT ON (partner_id) * FROM retail_profile_change
                        WHERE company_id = %(company)s AND day BETWEEN %(first)s AND %(day)s
                        ORDER BY partner_id, day DESC, id DESC) moved
                 JOIN retail_profile profile
                   ON profile.partner_id = moved.partner_id AND profile.company_id = %(company)s
                 JOIN retail_segment above ON above.id = moved.to_segment_id
                 LEFT JOIN retail_segment below ON below.id = moved.from_segment_id
                WHERE %(which)s""",
            company=company.id,
            first=day - timedelta(days=LOOK_BACK_DAYS),
            day=day,
            which=which,
        )

    def _sql_stayed(self, company, day) -> SQL:
        """Who came into the segment so long ago as the rule says, and has not left it since."""
        return SQL(
            """SELECT profile.partner_id, moved.id::varchar AS event_key, %(day)s::date AS event_on,
                      profile.value AS value_at_stake, 'retail.profile.change' AS res_model, moved.id AS res_id
                 FROM retail_profile profile
                 JOIN retail_action_rule rule ON rule.strategy_id = profile.strategy_id AND rule.event = 'stayed'
                                             AND rule.active AND rule.threshold_days > 0
                 JOIN LATERAL (
                     SELECT id, day, to_segment_id FROM retail_profile_change change
                      WHERE change.partner_id = profile.partner_id AND change.company_id = profile.company_id
                      ORDER BY day DESC, id DESC LIMIT 1) moved ON moved.to_segment_id = profile.segment_id
                WHERE profile.company_id = %(company)s AND moved.day + rule.threshold_days <= %(day)s""",
            company=company.id,
            day=day,
        )

    # ------------------------------------------------------------------ marks on the profile

    def _sql_marked(self, mark, company, day) -> SQL:
        """Whom the mark of the profile shows; with the next purchase it is another event."""
        profiles = self.env["retail.profile"]._search(
            Domain("company_id", "=", company.id) & Domain(mark, "=", True), bypass_access=True
        )
        return SQL(
            """SELECT profile.partner_id,
                      concat_ws(':', profile.partner_id, profile.segment_id, profile.last_purchase_date) AS event_key,
                      %(day)s::date AS event_on, profile.value AS value_at_stake,
                      NULL::varchar AS res_model, NULL::int4 AS res_id
                 FROM retail_profile profile WHERE profile.id IN (%(profiles)s)""",
            day=day,
            profiles=profiles.select(),
        )

    # ------------------------------------------------------------------ contact

    def _sql_contact_overdue(self, company, day) -> SQL:
        """Who neither bought nor was spoken to for so long as the strategy says; every contact begins a new count."""
        return SQL(
            """SELECT profile.partner_id, concat_ws(':', profile.partner_id, last.day) AS event_key,
                      %(day)s::date AS event_on, profile.value AS value_at_stake,
                      NULL::varchar AS res_model, NULL::int4 AS res_id
                 FROM retail_profile profile
                 JOIN retail_strategy strategy ON strategy.id = profile.strategy_id AND strategy.contact_days > 0
                 LEFT JOIN (%(contacts)s) contact ON contact.partner_id = profile.partner_id
                CROSS JOIN LATERAL (SELECT GREATEST(profile.last_purchase_date, contact.day) AS day) last
                WHERE profile.company_id = %(company)s AND last.day + strategy.contact_days < %(day)s""",
            day=day,
            company=company.id,
            contacts=self._sql_contacts(company),
        )

    @staticmethod
    def _sql_contacts(company) -> SQL:
        """Per customer the last day somebody saw to an action, or did an activity of the customer or a contact of it.

        An action that was cancelled counts too: somebody looked and decided that nothing was to be done.
        """
        return SQL(
            """SELECT partner_id, max(day) AS day
                 FROM (SELECT partner_id, done_on::date AS day FROM retail_action
                        WHERE company_id = %(company)s AND state IN ('done', 'cancelled')
                        UNION ALL
                       SELECT partner.commercial_partner_id, activity.date_done
                         FROM mail_activity activity JOIN res_partner partner ON partner.id = activity.res_id
                        WHERE activity.res_model = 'res.partner' AND activity.date_done IS NOT NULL) contact
                GROUP BY partner_id""",
            company=company.id,
        )

    # ------------------------------------------------------------------ points and deliveries

    def _sql_points_expiring(self, company, day) -> SQL:
        """Whose points expire within the days that the rule says, each last day once; the nearest first."""
        self.env["retail.points.lot"]._flush_days()
        return SQL(
            """SELECT DISTINCT ON (wallet.partner_id) wallet.partner_id,
                      concat_ws(':', wallet.id, known.last_day) AS event_key, %(day)s::date AS event_on,
                      profile.value AS value_at_stake, 'retail.points.wallet' AS res_model, wallet.id AS res_id
                 FROM (%(last_days)s) known
                 JOIN retail_points_wallet wallet ON wallet.id = known.wallet_id
                 JOIN retail_profile profile
                   ON profile.partner_id = wallet.partner_id AND profile.company_id = %(company)s
                 JOIN retail_action_rule rule ON rule.strategy_id = profile.strategy_id AND rule.active
                                             AND rule.event = 'points_expiring' AND rule.threshold_days > 0
                WHERE known.last_day BETWEEN %(day)s AND %(day)s + rule.threshold_days
                ORDER BY wallet.partner_id, known.last_day""",
            day=day,
            company=company.id,
            last_days=self.env["retail.points.last.day"]._sql_last_days(
                SQL(
                    "wallet.active AND wallet.is_blocked IS NOT TRUE AND (root.id = %s OR wallet.company_id IS NULL)",
                    company.id,
                )
            ),
        )

    def _sql_delivery_late(self, company, day) -> SQL:
        """Goods that should have left before ``day``, as it begins in the shops, and have not; at stake is what the
        order is worth."""
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id, picking.id::varchar AS event_key,
                      %(day)s::date AS event_on,
                      sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1) AS value_at_stake,
                      'stock.picking' AS res_model, picking.id AS res_id
                 FROM stock_picking picking
                 JOIN stock_picking_type kind ON kind.id = picking.picking_type_id AND kind.code = 'outgoing'
                 JOIN res_company company ON company.id = picking.company_id
                 JOIN res_partner partner ON partner.id = picking.partner_id
                 LEFT JOIN sale_order sale ON sale.id = picking.sale_id
                WHERE split_part(company.parent_path, '/', 1)::int4 = %(company)s
                  AND picking.state IN ('waiting', 'confirmed', 'assigned')
                  AND picking.date_deadline < %(midnight)s""",
            company=company.id,
            day=day,
            midnight=self.env["retail.my.day"]._get_midnight(company, day),
        )
