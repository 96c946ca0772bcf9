"""A shop with a loyalty program, and what must hold of its ledger at any time."""

from odoo.fields import Command
from odoo.tools import SQL

from .common import RetailAccountingCommon, RetailCommon


class PointsMixin:
    """``cls.program`` gives a point for each dollar; 100 points are 10 dollars off, any amount of points is a gift."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.program = cls._program("Club")
        cls.reward = cls.program.reward_ids
        cls.customer = cls._customer("Anna")

    @classmethod
    def _program(cls, name, **values):
        defaults = {
            "name": name,
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "company_id": cls.company.id,
            "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1})],
            "reward_ids": [
                Command.create(
                    {
                        "reward_type": "discount",
                        "discount_mode": "per_order",
                        "discount": 10,
                        "discount_applicability": "order",
                        "required_points": 100,
                    }
                )
            ],
        }
        return cls.env["loyalty.program"].create({**defaults, **values})

    @classmethod
    def _card(cls, customer=None, points=0, program=None, **values):
        return cls.env["loyalty.card"].create(
            {
                "partner_id": (customer or cls.customer).id,
                "program_id": (program or cls.program).id,
                "points": points,
                **values,
            }
        )

    def _wallet(self, customer=None, program=None):
        customer = customer or self.customer
        return self.env["retail.points.wallet"].search(
            [
                ("partner_id", "=", customer.commercial_partner_id.id),
                ("program_id", "=", (program or self.program).id),
            ]
        )

    def _order(self, amount, customer=None, quantity=1, **values):
        return self._quotes(customer or self.customer, [(self.product, quantity, amount)], **values)

    def _redeems(self, order, reward=None):
        """Claim the reward, as the button does."""
        order._update_programs_and_rewards()
        reward = reward or self.reward
        card = self.env["loyalty.card"].search(
            [("partner_id", "=", order.partner_id.id), ("program_id", "=", reward.program_id.id)], limit=1
        )
        result = order._apply_program_reward(reward, card)
        order._update_programs_and_rewards()
        return result

    def _moves(self, customer=None, wallet=None):
        """``[(kind, points, points that can be spent)]`` in the order of booking."""
        moves = (wallet or self._wallet(customer)).move_ids.sorted("id")
        return [(move.kind, move.amount, move.available_amount) for move in moves]

    def assertPoints(self, available, pending=0, debt=0, customer=None, wallet=None):
        """What the customer has, and that the ledger adds up."""
        wallet = wallet or self._wallet(customer)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((wallet.available, wallet.pending, wallet.debt), (available, pending, debt))
        self.assertAddsUp(wallet)

    def assertAddsUp(self, wallets):
        """Sum of moves = open lots - debt = available + pending; no lot below nothing; each card shows the balance."""
        for wallet in wallets:
            moves, usable = self.env.execute_query(
                SQL(
                    "SELECT COALESCE(sum(amount), 0), COALESCE(sum(available_amount), 0)"
                    "  FROM retail_points_move WHERE wallet_id = %s",
                    wallet.id,
                )
            )[0]
            lots = sum(wallet.lot_ids.mapped("remaining"))
            self.assertAlmostEqual(moves, lots - wallet.debt, 6)
            self.assertAlmostEqual(moves, wallet.available + wallet.pending, 6)
            self.assertAlmostEqual(usable, wallet.available, 6)
            for card in wallet.sudo().card_ids:
                self.assertAlmostEqual(card.points, wallet.available, 6)
        self.assertEqual(wallets._find_problems(), [])


class PointsCommon(PointsMixin, RetailCommon):
    pass


class PointsAccountingCommon(PointsMixin, RetailAccountingCommon):
    pass
