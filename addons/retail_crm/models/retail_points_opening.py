import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import BOUND

_logger = logging.getLogger(__name__)


class RetailPointsOpening(models.AbstractModel):
    """Takes over the balances of cards that were there before the ledger, and gives them back when it goes."""

    _name = "retail.points.opening"
    _description = "Opening balances of points"

    @api.model
    def _take_over(self, programs):
        """Open a wallet for every card of ``programs`` that has none, with its balance (12 queries for any number).

        Cards of one customer open one wallet. Of several cards of one person in one program, the one with the highest
        balance goes on; the others are archived, their points are in the wallet. What was done is told by the moves of
        kind ``opening``, one for each card, and by a report.
        """
        self.env.flush_all()
        self.env.cr.execute(self._sql_wanted(programs))
        self._open_wallets()
        self._archive_duplicates()
        self._book_balances()
        self._note_orders()
        self.env["retail.points.opening.report"]._write_down()
        cards = self.env.execute_query(
            SQL(
                "SELECT count(*), count(DISTINCT wallet_id), count(*) FILTER (WHERE is_duplicate) FROM points_opening"
            )
        )[0]
        self.env.cr.execute("DROP TABLE points_opening")
        self.env.invalidate_all(flush=False)
        if cards[0]:
            _logger.info("points ledger: %s cards taken over into %s wallets, %s duplicates archived", *cards)

    def _sql_wanted(self, programs) -> SQL:
        """A work table of the cards without a wallet. A balance that is no number counts as nothing."""
        return SQL(
            """CREATE TEMPORARY TABLE points_opening ON COMMIT DROP AS
               SELECT card.id AS card_id, card.program_id, program.company_id,
                      customer.commercial_partner_id AS owner_id,
                      CASE WHEN card.points IN ('NaN', 'Infinity', '-Infinity') OR abs(card.points) > %(bound)s THEN 0
                           ELSE COALESCE(round(card.points::numeric, 6), 0) END AS points,
                      card.points::text AS balance,
                      card.points IN ('NaN', 'Infinity', '-Infinity') OR abs(card.points) > %(bound)s AS is_strange,
                      card.active AND customer.id IS NOT NULL AND row_number() OVER (
                          PARTITION BY card.program_id, customer.id, card.active
                          ORDER BY card.points DESC NULLS LAST, card.id) > 1 AS is_duplicate,
                      card.expiration_date, card.code, card.create_date, NULL::int4 AS wallet_id, NULL::int4 AS lot_id
                 FROM loyalty_card card
                 JOIN loyalty_program program ON program.id = card.program_id
                 -- the public user is no customer: each of his cards stands for itself
                 LEFT JOIN res_partner customer ON customer.id = card.partner_id AND NOT EXISTS (
                      SELECT FROM res_users stranger JOIN res_groups_users_rel member ON member.uid = stranger.id
                       WHERE stranger.partner_id = customer.id AND member.gid = %(public)s)
                WHERE card.program_id = ANY(%(programs)s) AND card.retail_wallet_id IS NULL""",
            bound=BOUND,
            public=self.env.ref("base.group_public").id,
            programs=programs.ids,
        )

    def _open_wallets(self):
        """One for each customer and program, one for each card without a customer."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_points_wallet (partner_id, program_id, company_id, active, debt, debit_count,
                                                     create_uid, create_date, write_uid, write_date)
                   SELECT DISTINCT owner_id, program_id, company_id, TRUE, 0, 0, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM points_opening WHERE owner_id IS NOT NULL
                   ON CONFLICT (partner_id, program_id) WHERE active AND partner_id IS NOT NULL DO NOTHING;
                   UPDATE points_opening opening SET wallet_id = wallet.id FROM retail_points_wallet wallet
                    WHERE wallet.partner_id = opening.owner_id AND wallet.program_id = opening.program_id
                      AND wallet.active;
                   UPDATE points_opening SET wallet_id = nextval('retail_points_wallet_id_seq') WHERE wallet_id IS NULL;
                   INSERT INTO retail_points_wallet (id, program_id, company_id, active, debt, debit_count,
                                                     create_uid, create_date, write_uid, write_date)
                   SELECT wallet_id, program_id, company_id, TRUE, 0, 0, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM points_opening WHERE owner_id IS NULL;
                   UPDATE loyalty_card card SET retail_wallet_id = opening.wallet_id
                     FROM points_opening opening WHERE opening.card_id = card.id""",
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    def _archive_duplicates(self):
        self.env.cr.execute(
            "UPDATE loyalty_card SET active = FALSE WHERE id IN (SELECT card_id FROM points_opening WHERE is_duplicate)"
        )

    def _book_balances(self):
        """A lot and a move for each balance, a debt for what is below zero."""
        self.env.cr.execute(
            SQL(
                """UPDATE points_opening SET lot_id = nextval('retail_points_lot_id_seq') WHERE points > 0;
                   INSERT INTO retail_points_lot (id, wallet_id, amount, remaining, is_pending, earned_on,
                                                  document_model, document_id,
                                                  create_uid, create_date, write_uid, write_date)
                   SELECT lot_id, wallet_id, points, points, FALSE, COALESCE(create_date, %(now)s)::date,
                          'loyalty.card', card_id, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM points_opening WHERE points > 0;
                   UPDATE retail_points_wallet wallet SET debt = wallet.debt + owed.points
                     FROM (SELECT wallet_id, -sum(points) AS points FROM points_opening
                            WHERE points < 0 GROUP BY 1) owed
                    WHERE owed.wallet_id = wallet.id;
                   INSERT INTO retail_points_move (wallet_id, lot_id, kind, amount, available_amount, source_key, part,
                                                   moment, user_id, document_model, document_id, reason)
                   SELECT wallet_id, lot_id, 'opening', points, points, 'opening:' || card_id, 1, %(now)s, %(user)s,
                          'loyalty.card', card_id,
                          CASE WHEN is_duplicate THEN %(duplicate)s ELSE %(taken_over)s END
                     FROM points_opening WHERE points <> 0""",
                user=self.env.uid,
                now=fields.Datetime.now(),
                duplicate=self.env._("Balance of a second card of the same customer, which was archived"),
                taken_over=self.env._("Balance of the card when the ledger began"),
            )
        )

    def _note_orders(self):
        """What confirmed orders have earned and used is in the balances: it is not booked once more (1 query)."""
        self.env.cr.execute(
            """WITH change AS (
                   SELECT entry.order_id, opening.wallet_id, round(entry.points::numeric, 6) AS earned, 0 AS used
                     FROM sale_order_coupon_points entry
                     JOIN points_opening opening ON opening.card_id = entry.coupon_id
                   UNION ALL
                   SELECT line.order_id, opening.wallet_id, 0, round(line.points_cost::numeric, 6)
                     FROM sale_order_line line JOIN points_opening opening ON opening.card_id = line.coupon_id
                    WHERE line.points_cost > 0),
               total AS (
                   SELECT order_id, wallet_id, sum(earned) AS earned, sum(used) AS used FROM change GROUP BY 1, 2),
               told AS (
                   SELECT order_id, jsonb_object_agg(wallet_id, jsonb_build_array(earned, used)) AS points
                     FROM total GROUP BY 1)
               UPDATE sale_order SET retail_opening_points = told.points
                 FROM told WHERE told.order_id = sale_order.id AND sale_order.state = 'sale'"""
        )

    @api.model
    def _take_over_all(self):
        """Every program that keeps a ledger; nothing is left to do the second time."""
        programs = (
            self.env["loyalty.program"]
            .with_context(active_test=False)
            .search([("program_type", "=", "loyalty")])
        )
        self._take_over(programs.filtered(lambda program: program._keeps_ledger()))

    @api.model
    def _hand_back(self):
        """Leave balances on the cards as customers saw them; of a shared wallet, the oldest card in use has it all."""
        self.env.flush_all()
        self.env.cr.execute(
            """WITH holder AS (
                   SELECT DISTINCT ON (retail_wallet_id) id, retail_wallet_id FROM loyalty_card
                    WHERE retail_wallet_id IS NOT NULL ORDER BY retail_wallet_id, active DESC, id)
               UPDATE loyalty_card card
                  SET points = CASE WHEN holder.id = card.id THEN
                          COALESCE((SELECT sum(remaining) FROM retail_points_lot lot
                                     WHERE lot.wallet_id = card.retail_wallet_id AND NOT is_pending), 0)
                          - (SELECT debt FROM retail_points_wallet wallet WHERE wallet.id = card.retail_wallet_id)
                          ELSE 0 END
                 FROM holder WHERE holder.retail_wallet_id = card.retail_wallet_id"""
        )
