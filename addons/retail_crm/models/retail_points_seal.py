from odoo import api, fields, models
from odoo.tools import SQL

from ..points.chain import START, link

BATCH = 10000


class RetailPointsSeal(models.Model):
    """One row is the seal of a move: its place in its wallet and a hash over it and the seal before.

    Seals are set after the fact, by a job and before each check: a number given at once would make every two purchases
    of one customer wait for each other. Whoever changes a sealed move has to change all later seals of the wallet.
    """

    _name = "retail.points.seal"
    _description = "Seal of a points movement"
    _order = "wallet_id, sequence"
    _log_access = False

    wallet_id = fields.Many2one("retail.points.wallet", required=True, ondelete="restrict", readonly=True)
    sequence = fields.Integer(required=True, readonly=True)
    move_id = fields.Many2one("retail.points.move", required=True, ondelete="restrict", readonly=True)
    seal = fields.Char(required=True, readonly=True)

    _place_uniq = models.Constraint("UNIQUE(wallet_id, sequence)", "This place in the chain is taken.")
    _move_uniq = models.Constraint("UNIQUE(move_id)", "This movement is sealed already.")

    def init(self):
        self.env["retail.points.move"]._protect("retail_points_seal")

    @api.model
    def _cron_seal(self):
        """Seal what was booked since the last time."""
        self.env["retail.job"]._work_off(self._seal_batch)

    @api.model
    def _seal_batch(self, wallets=None):
        """Seal up to ``BATCH`` moves, of ``wallets`` when given (3 queries). Returns how many."""
        self.env["retail.points.move"].flush_model()
        rows = self.env.execute_query(self._sql_unsealed(wallets))
        if not rows:
            return 0
        heads = self._get_heads({row[0] for row in rows})
        sealed = []
        for wallet, move, *told in rows:
            sequence, seal = heads.get(wallet, (0, START))
            heads[wallet] = (sequence + 1, link(seal, told))
            sealed.append((wallet, sequence + 1, move, heads[wallet][1]))
        wallet_ids, sequences, move_ids, seals = zip(*sealed, strict=True)
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_points_seal (wallet_id, sequence, move_id, seal)
                   SELECT * FROM unnest(%s::int4[], %s::int4[], %s::int4[], %s::text[])
                   -- sealed by somebody else just now: a serialization error, after which all is looked at again
                   ON CONFLICT DO NOTHING""",
                list(wallet_ids),
                list(sequences),
                list(move_ids),
                list(seals),
            )
        )
        return len(rows)

    @api.model
    def _sql_unsealed(self, wallets) -> SQL:
        return SQL(
            """SELECT move.wallet_id, move.id, %(told)s FROM retail_points_move move
                WHERE NOT EXISTS (SELECT FROM retail_points_seal seal WHERE seal.move_id = move.id) AND %(of_wallets)s
                ORDER BY move.id LIMIT %(batch)s""",
            told=self._sql_told(),
            of_wallets=SQL("move.wallet_id = ANY(%s)", wallets.ids) if wallets is not None else SQL("TRUE"),
            batch=BATCH,
        )

    @api.model
    def _sql_told(self) -> SQL:
        """What the seal is about, as text: exactly as it is stored."""
        return SQL(
            """move.wallet_id::text, move.lot_id::text, move.kind, move.amount::text, move.available_amount::text,
               move.source_key, move.part::text, move.moment::text, move.user_id::text,
               move.document_model, move.document_id::text"""
        )

    @api.model
    def _get_heads(self, wallet_ids):
        """``{wallet id: (last sequence, its seal)}`` (1 query)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (wallet_id) wallet_id, sequence, seal FROM retail_points_seal
                    WHERE wallet_id = ANY(%s) ORDER BY wallet_id, sequence DESC""",
                list(wallet_ids),
            )
        )
        return {wallet: (sequence, seal) for wallet, sequence, seal in rows}

    @api.model
    def _find_broken(self, wallets):
        """``{wallet id: number of the first movement that is not what was sealed}`` (1 query)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT seal.wallet_id, seal.sequence, seal.seal, %(told)s
                     FROM retail_points_seal seal LEFT JOIN retail_points_move move ON move.id = seal.move_id
                    WHERE seal.wallet_id = ANY(%(wallets)s) ORDER BY seal.wallet_id, seal.sequence""",
                told=self._sql_told(),
                wallets=wallets.ids,
            )
        )
        broken, heads = {}, {}
        for wallet, sequence, seal, *told in rows:
            before, previous = heads.get(wallet, (0, START))
            if sequence != before + 1 or seal != link(previous, told):
                broken.setdefault(wallet, before + 1)
            heads[wallet] = (sequence, seal)
        return broken
