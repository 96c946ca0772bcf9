from odoo import api, models
from odoo.tools import SQL

from .retail_tier import MEASURED


class RetailTierFigures(models.AbstractModel):
    """What the customers of a program have come to in the windows of its tiers, in one statement for all of them.

    Points count on the day they are earned, also while they are pending; opening balances, adjustments and merges earn
    nothing. Money is the net revenue of the customer's purchases. What is taken back lowers the day of the purchase.
    """

    _name = "retail.tier.figures"
    _description = "Figures of the tiers"

    @api.model
    def _sql_figures(self, program, day, wallets=None) -> SQL:
        """A query of ``wallet_id``, ``figures`` (jsonb by tier id) and ``reached_tier_id``, the best tier reached.

        :param day: nothing later counts
        :param wallets: these only; then each source is read by its index
        """
        # whoever calls may have archived tiers in view, and nobody reaches those
        tiers = program.retail_tier_ids.filtered(
            lambda tier: tier.active and tier.qualification != "invitation"
        )
        tiers = tiers.sorted(lambda tier: (tier.sequence, tier.id), reverse=True)
        figures = {tier: self._sql_figure(tier, day) for tier in tiers}
        reached = [
            SQL("WHEN %s >= %s THEN %s", figure, tier._get_threshold(), tier.id)
            for tier, figure in figures.items()
        ]
        return SQL(
            """SELECT wallet.id AS wallet_id, jsonb_build_object(%(figures)s) AS figures, %(reached)s AS reached_tier_id
                 FROM retail_points_wallet wallet %(joins)s
                WHERE %(is_meant)s""",
            figures=SQL(", ").join(SQL("%s::text, %s", tier.id, figure) for tier, figure in figures.items()),
            reached=SQL("CASE %s END", SQL(" ").join(reached)) if reached else SQL("NULL::int4"),
            joins=SQL(" ").join(self._sql_joins(program, tiers, day, wallets)),
            is_meant=self._sql_is_meant(program, wallets),
        )

    @staticmethod
    def _sql_chosen(wallet_id, wallets) -> SQL:
        return SQL("TRUE") if wallets is None else SQL("%s = ANY(%s)", wallet_id, wallets.ids)

    def _sql_figure(self, tier, day) -> SQL:
        """The figure of ``tier``, never below nothing, to the hundredth; of a segment 1 or 0."""
        if tier.qualification == "segment":
            return SQL("COALESCE((segment.ids && %s)::int4, 0)", tier.segment_ids.ids)
        column = SQL.identifier(tier.qualification, self._column(tier._get_window_start(day)))
        return SQL("GREATEST(ROUND(COALESCE(%s, 0)::numeric, 2), 0)", column)

    @staticmethod
    def _column(start):
        return f"since_{start:%Y%m%d}"

    def _sql_joins(self, program, tiers, day, wallets):
        """The sources that these tiers ask for, each summed up once whatever the number of tiers."""
        for qualification in MEASURED:
            starts = {tier._get_window_start(day) for tier in tiers if tier.qualification == qualification}
            if starts:
                rows = getattr(self, f"_sql_{qualification}")(program, min(starts), day, wallets)
                yield SQL(
                    """LEFT JOIN (SELECT wallet_id, %(sums)s FROM (%(rows)s) counted GROUP BY wallet_id) %(name)s
                         ON %(name)s.wallet_id = wallet.id""",
                    sums=SQL(", ").join(self._sql_sum(start) for start in sorted(starts)),
                    rows=rows,
                    name=SQL.identifier(qualification),
                )
        if "segment" in tiers.mapped("qualification"):
            yield self._sql_join_segment(program, wallets)

    def _sql_sum(self, start) -> SQL:
        return SQL("sum(amount) FILTER (WHERE day >= %s) AS %s", start, SQL.identifier(self._column(start)))

    def _sql_points(self, program, start, day, wallets) -> SQL:
        """Rows of ``wallet_id, day, amount``; points taken back stand at the last day on which the document earned.

        What a merged wallet earned counts for the one it was merged into.
        """
        return SQL(
            """SELECT COALESCE(wallet.merged_into_id, wallet.id) AS wallet_id, move.amount, counted.day
                 FROM retail_points_wallet wallet
                 JOIN retail_points_move move ON move.wallet_id = wallet.id
                 LEFT JOIN LATERAL (
                     SELECT max(earned.moment) AS moment FROM retail_points_move earned
                      WHERE move.kind = 'reverse' AND earned.kind = 'earn' AND earned.id < move.id
                        AND earned.document_model = move.document_model AND earned.document_id = move.document_id
                     ) origin ON TRUE
                 CROSS JOIN LATERAL (
                     SELECT (COALESCE(origin.moment, move.moment) AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
                     ) counted
                WHERE wallet.program_id = %(program)s AND %(chosen)s
                  AND (move.kind = 'earn' OR move.kind = 'reverse' AND move.amount < 0)
                  AND move.moment >= %(start)s::date - 1 AND counted.day BETWEEN %(start)s AND %(day)s""",
            zone=program._get_tier_company().root_id.retail_tz,
            program=program.id,
            chosen=self._sql_chosen(SQL("COALESCE(wallet.merged_into_id, wallet.id)"), wallets),
            start=start,
            day=day,
        )

    def _sql_spend(self, program, start, day, wallets) -> SQL:
        """Rows of ``wallet_id, day, amount`` in the currency of the company."""
        purchases = self.env["retail.purchase"]
        rows = purchases._sql_all_purchases() if wallets is None else purchases._sql_purchases()
        return SQL(
            """SELECT member.wallet_id, purchase.day, purchase.revenue AS amount
                 FROM (%(members)s) member JOIN (%(rows)s) purchase ON purchase.partner_id = member.partner_id
                WHERE purchase.company_id = ANY(%(companies)s) AND purchase.day BETWEEN %(start)s AND %(day)s
                  AND %(chosen)s""",
            members=self._sql_members(program, wallets),
            rows=rows,
            companies=self._get_companies(program).ids,
            start=start,
            day=day,
            # an array of ids reaches the indexes of the documents, a join does not
            chosen=SQL("TRUE")
            if wallets is None
            else SQL("purchase.partner_id = ANY(%s)", self._get_members(program, wallets)),
        )

    def _sql_join_segment(self, program, wallets) -> SQL:
        """Segments of the customer and of who shares the wallet, as they are now."""
        return SQL(
            """LEFT JOIN (SELECT member.wallet_id, array_agg(profile.segment_id) AS ids
                            FROM (%(members)s) member
                            JOIN retail_profile profile ON profile.partner_id = member.partner_id
                           WHERE profile.company_id = %(company)s AND profile.segment_id IS NOT NULL
                           GROUP BY 1) segment ON segment.wallet_id = wallet.id""",
            members=self._sql_members(program, wallets),
            company=program._get_tier_company().root_id.id,
        )

    def _sql_members(self, program, wallets=None) -> SQL:
        """``wallet_id, partner_id``: whose purchases count for which wallet, also those of a household."""
        sharing = SQL("TRUE")
        if program.company_id:
            of_root = [("id", "child_of", program.sudo().company_id.root_id.id)]
            sharing = SQL(
                "household.company_id = ANY(%s)", self.env["res.company"].sudo().search(of_root).ids
            )
        return SQL(
            """SELECT wallet.id AS wallet_id, wallet.partner_id FROM retail_points_wallet wallet WHERE %(is_meant)s
                UNION ALL
               SELECT wallet.id, member.id
                 FROM retail_household household
                 JOIN retail_points_wallet wallet ON wallet.partner_id = household.head_id
                 JOIN res_partner member
                   ON member.retail_household_id = household.id AND member.id <> household.head_id
                WHERE household.active AND %(sharing)s AND %(is_meant)s""",
            sharing=sharing,
            is_meant=self._sql_is_meant(program, wallets),
        )

    def _sql_is_meant(self, program, wallets) -> SQL:
        """Wallets of ``program`` that belong to somebody and were not merged, of ``wallets`` when given."""
        return SQL(
            "wallet.program_id = %s AND wallet.active AND wallet.partner_id IS NOT NULL AND %s",
            program.id,
            self._sql_chosen(SQL("wallet.id"), wallets),
        )

    def _get_members(self, program, wallets):
        rows = self.env.execute_query(self._sql_members(program, wallets))
        return [partner for _wallet, partner in rows]

    def _get_companies(self, program):
        """The company of the program with its branches."""
        return self.env["res.company"].sudo().search([("id", "child_of", program._get_tier_company().id)])
