"""A program with a ladder of tiers, and days that pass."""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import freeze_time

from ..points.event import PointsEvent
from .points_common import PointsCommon


class TiersCommon(PointsCommon):
    """The program has no tiers until a test makes them; ``self.today`` is the day in the shop."""

    today = date(2025, 6, 30)

    def setUp(self):
        super().setUp()
        self.day = self.today
        patcher = patch.object(type(self.env["loyalty.program"]), "_get_tier_today", lambda program: self.day)
        patcher.start()
        self.addCleanup(patcher.stop)

    def _tier(self, name, sequence, threshold=0, **values):
        return self.env["retail.tier"].create(
            {
                "name": name,
                "sequence": sequence,
                "program_id": self.program.id,
                "threshold": threshold,
                **values,
            }
        )

    def _ladder(self, **values):
        """Silver from 100, Gold from 300."""
        self.silver = self._tier("Silver", 1, 100, **values)
        self.gold = self._tier("Gold", 2, 300, **values)

    def _earns(self, points, customer=None, day=None, document=None):
        """Points earned that day by a document; a negative amount takes back what the ``document`` earned."""
        customer = customer or self.customer
        if not self._wallet(customer):
            self._card(customer)
        wallet = self._wallet(customer)
        moment = datetime.combine(day or self.day, time(12))
        with freeze_time(moment):
            wallet._book(
                [
                    PointsEvent(
                        wallet=wallet,
                        operation="add" if points > 0 else "take_back",
                        kind="earn" if points > 0 else "reverse",
                        amount=wallet._to_points(abs(points)),
                        key=wallet._new_key("test"),
                        document=document,
                    )
                ]
            )

    def _night(self, day=None):
        """The night of ``day``, today unless given; the one before was there as well."""
        if day:
            self.day = day
        if self.program.retail_tier_day:
            self.program.retail_tier_day = max(self.program.retail_tier_day, self.day - timedelta(days=1))
        self._look()

    def _look(self):
        self.env.flush_all()
        self.env["retail.tier.qualification"]._look_at_days(self.program)
        self.env.invalidate_all()

    def _stay(self, customer=None):
        wallet = self._wallet(customer)
        self.assertEqual(wallet.tier_id, wallet.membership_id.tier_id)
        return wallet.membership_id

    def _stays(self, customer=None):
        """``[(tier, since, until, how, ending)]`` from the first one on."""
        return [
            (stay.tier_id.name, stay.since, stay.until or None, stay.how, stay.ending or None)
            for stay in self._wallet(customer).membership_ids.sorted("id")
        ]

    def assertTier(self, name, customer=None, kept_until=None, how=None):
        stay = self._stay(customer)
        self.assertEqual(stay.tier_id.name or None, name)
        if kept_until:
            self.assertEqual(stay.kept_until, kept_until)
        if how:
            self.assertEqual(stay.how, how)

    def _segments(self, *codes):
        return [Command.set([self._segment(code).id for code in codes])]
