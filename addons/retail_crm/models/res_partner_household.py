from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Customers who collect points together with others."""

    _inherit = "res.partner"

    retail_household_id = fields.Many2one(
        "retail.household",
        string="Household",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        help="Members of a household collect points in the wallets of its head.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        joined = partners.filtered(lambda partner: partner.sudo().retail_household_id)
        if joined:
            joined._join_or_leave(self.browse())
        return partners

    def write(self, vals):
        if "retail_household_id" not in vals:
            return super().write(vals)
        household = self.env["retail.household"].browse(vals["retail_household_id"])
        moving = self.filtered(lambda partner: partner.sudo().retail_household_id != household)
        moving._check_household_before(household)
        former = {partner: partner.sudo().retail_household_id for partner in moving}
        result = super().write(vals)
        for partner in moving:
            partner._join_or_leave(former[partner])
        return result

    def _check_household_before(self, household):
        """A customer is in one household at a time."""
        for partner in self.sudo().filtered("retail_household_id"):
            if household:
                raise UserError(
                    self.env._(
                        "%(customer)s is in the household %(household)s. Remove the customer there first.",
                        customer=partner.display_name,
                        household=partner.retail_household_id.name,
                    )
                )

    def _join_or_leave(self, former):
        """Book what the change of the household means for the points.

        :param former: the household that these customers were in
        :raise UserError: the user is no manager, a head would leave, or who joins is no customer of its own
        """
        self.env["retail.household"]._check_may_change()
        self.retail_household_id.check_access("write")
        for partner in self.sudo():
            if former.active and former.head_id == partner:
                raise UserError(
                    self.env._(
                        "%(customer)s is the head of %(household)s: choose another head, or dissolve the household.",
                        customer=partner.display_name,
                        household=former.name,
                    )
                )
            household = partner.retail_household_id
            if household and partner != partner.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(contact)s belongs to %(customer)s: add that customer to the household.",
                        contact=partner.display_name,
                        customer=partner.commercial_partner_id.display_name,
                    )
                )
            (household or former)._tell(partner, joined=bool(household))
        self.sudo()._follow_household()

    def _follow_household(self):
        """Wallets go to the head of the household, and cards open the wallet that is their owner's now."""
        wallets = self.env["retail.points.wallet"].sudo()
        for wallet in wallets.search([("partner_id", "in", self.ids)]):
            owner = wallet.partner_id._get_points_owner(wallet.program_id)
            if owner != wallet.partner_id:
                wallet._check_not_blocked()
                wallet._merge_into(wallets._get_or_open(owner, wallet.program_id))
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        for card in cards.search([("partner_id.commercial_partner_id", "in", self.ids)])._in_ledger():
            card._change_owner()
        self._release_reservations()

    def _release_reservations(self):
        """Quotations of these customers reserve nothing in wallets that are not theirs any more."""
        reservations = self.env["retail.points.reservation"].sudo()
        for row in reservations.search([("order_id.partner_id.commercial_partner_id", "in", self.ids)]):
            customer = row.order_id.partner_id
            if row.wallet_id.partner_id != customer._get_points_owner(row.wallet_id.program_id):
                row.unlink()

    def _get_points_owner(self, program):
        """In whose wallet of ``program`` the points of this customer are: of the household's head, else its own."""
        customer = self.commercial_partner_id
        household = customer.sudo().retail_household_id
        if household and household._shares(program):
            return household.head_id.with_env(self.env)
        return customer
