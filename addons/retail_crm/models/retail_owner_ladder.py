from odoo import api, models
from odoo.tools import SQL

# a run that was missed is made up for within so many days
LOOK_BACK_DAYS = 7
# customers in one transaction
BATCH = 20000


class RetailOwner(models.Model):
    """Customers who come into a segment get an owner; who moves up or down meets the role that now fits."""

    _inherit = "retail.owner"

    @api.model
    def _follow_segments(self, company, day):
        """Give customers whose segment changed lately an owner of the role that their strategy asks for.

        Owners that were chosen by hand stay. Where nobody has the role, nothing changes. At most ``BATCH`` customers,
        those of most value, in some 15 queries; returns how many changed hands, 0 when nobody is left.
        """
        shares = self.env["retail.owner.sharing"]._share_out(company, self._sql_moved(company, day))
        count = 0
        for (source, target), customers in self._get_moves(company, shares).items():
            note = self._say_move(source, target)
            count += self._replace(
                self._sql_share(company, shares, customers), company, day, "assigned", note
            )
        return count

    def _sql_moved(self, company, day) -> SQL:
        """Customers whose segment changed lately and whose owner does not fit any more, or who have none.

        Of roles that somebody has, so that everyone found here finds somebody.
        """
        assignment = self.env["retail.owner.assignment"]
        return SQL(
            """SELECT profile.partner_id, strategy.responsible_role AS role, profile.value, %(previous)s AS previous_id
                 FROM retail_profile profile
                 JOIN retail_strategy strategy ON strategy.id = profile.strategy_id
                 LEFT JOIN retail_owner owner ON owner.partner_id = profile.partner_id
                       AND owner.company_id = profile.company_id AND owner.until IS NULL
                 LEFT JOIN res_users users ON users.id = owner.user_id
                 LEFT JOIN retail_staff staff ON staff.user_id = owner.user_id
                       AND staff.company_id = owner.company_id
                 %(salesperson)s
                WHERE profile.company_id = %(company)s AND NOT %(fits)s AND strategy.responsible_role = ANY(%(roles)s)
                  AND profile.partner_id IN (SELECT change.partner_id FROM retail_profile_change change
                                              WHERE change.company_id = %(company)s
                                                AND change.day > %(day)s::date - %(days)s)
                ORDER BY profile.value DESC NULLS LAST, profile.partner_id LIMIT %(batch)s""",
            company=company.id,
            fits=assignment._sql_fits(),
            previous=assignment._sql_previous(),
            salesperson=assignment._sql_join_salesperson(),
            roles=list(set(self.env["retail.owner.sharing"]._get_staff(company).mapped("role"))),
            day=day,
            days=LOOK_BACK_DAYS,
            batch=BATCH,
        )

    def _get_moves(self, company, shares):
        """{(segment before, segment now): customers} of who has found somebody, by the last movement of each."""
        rows = self.env.execute_query(
            SQL(
                """SELECT change.from_segment_id, change.to_segment_id, array_agg(share.partner_id)
                     FROM %(shares)s share
                     JOIN LATERAL (SELECT from_segment_id, to_segment_id FROM retail_profile_change change
                                    WHERE change.partner_id = share.partner_id AND change.company_id = %(company)s
                                    ORDER BY day DESC, id DESC LIMIT 1) change ON TRUE
                    WHERE share.user_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2""",
                shares=shares,
                company=company.id,
            )
        )
        Segment = self.env["retail.segment"]
        return {
            (Segment.browse(source), Segment.browse(target)): customers for source, target, customers in rows
        }

    def _say_move(self, source, target):
        """The note for who takes over."""
        if not source:
            return self.env._("New in %(segment)s.", segment=target.name)
        return self.env._(
            "Came from %(before)s to %(after)s. Ask the owner before about the customer, then call.",
            before=source.name,
            after=target.name,
        )

    @staticmethod
    def _sql_share(company, shares, customers) -> SQL:
        """Rows (partner_id, user_id, deputy_id, role) of ``customers``, see :meth:`_replace`."""
        return SQL(
            """SELECT share.partner_id, share.user_id, staff.deputy_id, share.role
                 FROM %(shares)s share
                 LEFT JOIN retail_staff staff ON staff.user_id = share.user_id
                       AND staff.company_id = %(company)s AND staff.active
                WHERE share.partner_id = ANY(%(customers)s)""",
            shares=shares,
            company=company.id,
            customers=customers,
        )
