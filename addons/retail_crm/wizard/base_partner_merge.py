from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.retail_action_sources import ONE_AT_A_TIME


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """The merged customer has the purchases, movements, pins, appeals and actions of all; a run scores it anew."""
        customer = dst_partner.commercial_partner_id
        self._merge_retail_customers(src_partners, customer)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["retail.profile"].sudo().search([("partner_id", "=", customer.id)])._apply_pins()
        return result

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """A customer does not become a walk-in by taking one over."""
        is_walk_in = dst_partner.sudo().retail_is_walk_in
        result = super()._update_values(src_partners, dst_partner)
        dst_partner.sudo().retail_is_walk_in = is_walk_in
        return result

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        """Wallets of the merged customers are emptied into that of who stays, before Odoo adds up the other cards."""
        self._merge_retail_households(src_partners, dst_partner)
        self._merge_retail_wallets(src_partners, dst_partner)
        return super()._merge_loyalty_cards(src_partners, dst_partner)

    def _merge_retail_households(self, sources, target):
        """The merged customer is in the household that any of them was in, and its head if one of them was.

        :raise UserError: they are in several
        """
        partners = (sources | target.commercial_partner_id).sudo()
        household = partners.retail_household_id
        if len(household) > 1:
            raise UserError(
                self.env._(
                    "These customers are in different households: %(households)s. Let them leave first.",
                    households=", ".join(household.mapped("name")),
                )
            )
        if not household:
            return
        if household.head_id in sources:
            household.head_id = target.commercial_partner_id
        household._set_members(household.member_ids - partners | target.commercial_partner_id.sudo())

    def _merge_retail_wallets(self, sources, target):
        wallets = self.env["retail.points.wallet"].sudo()
        for wallet in wallets.search([("partner_id", "in", sources.ids)]):
            owner = target._get_points_owner(wallet.program_id)
            wallet._merge_into(wallets._get_or_open(owner, wallet.program_id))
        cards = self.env["loyalty.card"].sudo()
        for card in cards.search([("partner_id", "in", sources.ids)])._in_ledger():
            has_one = cards.search_count(
                [("partner_id", "=", target.id), ("program_id", "=", card.program_id.id)], limit=1
            )
            card.write({"active": False} if has_one else {"partner_id": target.id})

    def _merge_retail_customers(self, sources, customer):
        """Before the generic re-pointing, which sees no partial unique index and deletes what would clash (9 queries).

        :param customer: commercial partner of the contact that stays
        """
        self.env.flush_all()
        self._merge_retail_pins(sources, customer)
        self._merge_retail_appeals(sources, customer)
        self._merge_retail_actions(sources, customer)
        self.env["retail.owner"]._merge(sources, customer)
        self._merge_retail_profiles(sources, customer)
        self.env.cr.execute(
            SQL(
                "UPDATE retail_profile_change SET partner_id = %s WHERE partner_id = ANY(%s)",
                customer.id,
                sources.ids,
            )
        )
        self.env["retail.profile.touched"].sudo()._touch((sources | customer).ids)
        self.env.invalidate_all()
        past = Domain("partner_id", "=", customer.id) & Domain("active", "=", False)
        self.env["retail.segment.pin"].sudo().search(past)._drop_reminders()

    def _merge_retail_pins(self, sources, customer):
        """One pin stays in force in each company: one that is not over, rather that of who stays, the newest."""
        self.env.cr.execute(
            SQL(
                """UPDATE retail_segment_pin pin SET active = FALSE
                     FROM (SELECT id, row_number() OVER (
                                      PARTITION BY company_id
                                      ORDER BY COALESCE(date_end >= %(today)s, TRUE) DESC,
                                               partner_id = %(customer)s DESC, id DESC) AS place
                             FROM retail_segment_pin WHERE active AND partner_id = ANY(%(all)s)) ranked
                    WHERE ranked.id = pin.id AND ranked.place > 1;
                   UPDATE retail_segment_pin SET partner_id = %(customer)s WHERE partner_id = ANY(%(sources)s)""",
                today=fields.Date.context_today(self),
                customer=customer.id,
                sources=sources.ids,
                all=(sources | customer).ids,
            )
        )

    def _merge_retail_appeals(self, sources, customer):
        """The oldest open appeal stays open in each company; who made another one is not answered twice."""
        self.env.cr.execute(
            SQL(
                """UPDATE retail_appeal appeal
                      SET outcome = 'merged', answer = %(answer)s, closed_by_id = %(user)s,
                          closed_on = now() AT TIME ZONE 'UTC'
                     FROM (SELECT id, row_number() OVER (PARTITION BY company_id ORDER BY create_date, id) AS place
                             FROM retail_appeal WHERE outcome = 'open' AND partner_id = ANY(%(all)s)) ranked
                    WHERE ranked.id = appeal.id AND ranked.place > 1;
                   UPDATE retail_appeal SET partner_id = %(customer)s WHERE partner_id = ANY(%(sources)s)""",
                answer=self.env._("The customer was merged with another one, whose older appeal stays open."),
                user=self.env.uid,
                customer=customer.id,
                sources=sources.ids,
                all=(sources | customer).ids,
            )
        )

    def _merge_retail_actions(self, sources, customer):
        """All actions are the customer's; of two open ones because of the same, the one that is due first stays.

        Under each strategy one lot stays, that of who stays if there is one: nobody's is drawn anew.
        """
        self.env.cr.execute(
            SQL(
                """UPDATE retail_action action
                      SET state = 'lapsed', done_on = %(now)s,
                          closed_on = CASE WHEN measured_on IS NOT NULL THEN %(now)s::date END
                     FROM (SELECT id, row_number() OVER (PARTITION BY company_id, event ORDER BY due_on, id) AS place
                             FROM retail_action
                            WHERE state = 'open' AND partner_id = ANY(%(all)s) AND event = ANY(%(events)s)) ranked
                    WHERE ranked.id = action.id AND ranked.place > 1;
                   UPDATE retail_action SET partner_id = %(customer)s WHERE partner_id = ANY(%(sources)s);
                   DELETE FROM retail_holdout lot
                    USING (SELECT id, row_number() OVER (PARTITION BY company_id, strategy_id
                                                         ORDER BY partner_id = %(customer)s DESC, id) AS place
                             FROM retail_holdout WHERE partner_id = ANY(%(all)s)) ranked
                    WHERE ranked.id = lot.id AND ranked.place > 1;
                   UPDATE retail_holdout SET partner_id = %(customer)s WHERE partner_id = ANY(%(sources)s)""",
                now=fields.Datetime.now(),
                events=list(ONE_AT_A_TIME),
                customer=customer.id,
                sources=sources.ids,
                all=(sources | customer).ids,
            )
        )

    def _merge_retail_profiles(self, sources, customer):
        """One profile stays in each company, so that staff see a segment and no movement until the next run."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_profile profile
                    USING (SELECT id, row_number() OVER (
                                      PARTITION BY company_id
                                      ORDER BY partner_id = %(customer)s DESC, value DESC NULLS LAST, id) AS place
                             FROM retail_profile WHERE partner_id = ANY(%(all)s)) ranked
                    WHERE ranked.id = profile.id AND ranked.place > 1;
                   UPDATE retail_profile SET partner_id = %(customer)s WHERE partner_id = ANY(%(sources)s)""",
                customer=customer.id,
                sources=sources.ids,
                all=(sources | customer).ids,
            )
        )
