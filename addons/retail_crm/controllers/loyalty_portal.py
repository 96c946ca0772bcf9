from odoo.http import request, route

from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty
from odoo.addons.portal.controllers.portal import pager as portal_pager

# events in the dialog of a card
LAST_EVENTS = 5


class LoyaltyPortal(CustomerPortalLoyalty):
    """Odoo's pages of a loyalty card, told from the ledger. Cards of other kinds stay as Odoo shows them.

    Customers have no right on the ledger's models: the pages look for a card of exactly the reader, and read its wallet
    as superuser. The wallet may be shared, with the contacts of a company or a household; the balance is everybody's.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "cards_per_programs" in values:
            values["cards_per_programs"] = {
                program: self._get_one_card_per_wallet(cards)
                for program, cards in values["cards_per_programs"].items()
            }
            values["retail_points"] = {
                card.id: request.env["retail.points.portal"]._get_summary(card.retail_wallet_id)
                for cards in values["cards_per_programs"].values()
                for card in cards
                if card.retail_wallet_id
            }
        return values

    def _get_one_card_per_wallet(self, cards):
        """Two cards that open the same wallet would look like twice the points."""
        first = {card.retail_wallet_id or card: card for card in cards.sorted("id", reverse=True)}
        return cards.filtered(lambda card: card in first.values())

    def _get_ledger_card(self, card_id):
        """The reader's own card as superuser; empty for others' cards and for cards that are not in the ledger."""
        return (
            request.env["loyalty.card"]
            .sudo()
            .search(
                [
                    ("id", "=", card_id),
                    ("partner_id", "=", request.env.user.partner_id.id),
                    ("retail_wallet_id", "!=", False),
                ]
            )
        )

    @route()
    def portal_get_card_history_values(self, card_id):
        values = super().portal_get_card_history_values(card_id)
        card = self._get_ledger_card(int(card_id))
        if not values or not card:
            return values
        portal = request.env["retail.points.portal"]
        summary = portal._get_summary(card.retail_wallet_id)
        events = portal._get_events(card.retail_wallet_id, LAST_EVENTS)
        values["retail_points"] = {**summary, "events": events}
        values["card"]["points_display"] = summary["available"]
        return values

    @route()
    def portal_my_loyalty_card_history(self, card_id, page=1, sortby="date", **kw):
        card = self._get_ledger_card(int(card_id))
        if not card:
            return super().portal_my_loyalty_card_history(card_id, page=page, sortby=sortby, **kw)
        portal = request.env["retail.points.portal"]
        pager = portal_pager(
            url=f"/my/loyalty_card/{card.id}/history",
            total=portal._count_events(card.retail_wallet_id),
            page=page,
            step=self._items_per_page,
        )
        values = {
            "page_name": "loyalty_history",
            "card": card,
            "summary": portal._get_summary(card.retail_wallet_id),
            "events": portal._get_events(card.retail_wallet_id, self._items_per_page, pager["offset"]),
            "pager": pager,
        }
        return request.render("retail_crm.loyalty_card_history", values)
