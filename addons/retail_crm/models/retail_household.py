from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command


class RetailHousehold(models.Model):
    """One row is a group of customers who collect points together: all use the wallets of its head.

    Who joins brings the points along, who leaves starts anew: what the group has stays with the head. The members are
    commercial partners; their contacts come with them.
    """

    _name = "retail.household"
    _inherit = ["mail.thread"]
    _description = "Household"
    _order = "name, id"

    name = fields.Char(
        required=True, tracking=True, help="As the customers are known together: a family, a group."
    )
    head_id = fields.Many2one(
        "res.partner",
        required=True,
        tracking=True,
        index=True,
        ondelete="restrict",
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
        help="The points of the household are in the wallets of this customer.",
    )
    member_ids = fields.One2many(
        "res.partner",
        "retail_household_id",
        string="Members",
        domain="[('retail_household_id', '=', False), '|', ('parent_id', '=', False), ('is_company', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        help="The members share what they have in programs of this company and of all companies.",
    )
    wallet_ids = fields.Many2many("retail.points.wallet", string="Wallets", compute="_compute_wallet_ids")
    active = fields.Boolean(default=True, readonly=True)

    @api.depends("head_id")
    def _compute_wallet_ids(self):
        for household in self:
            household.wallet_ids = self.env["retail.points.wallet"].search(
                [("partner_id", "=", household.head_id.id)]
            )

    @api.model_create_multi
    def create(self, vals_list):
        wanted = [self._get_wanted_members(self.browse(), vals) for vals in vals_list]
        rest = [{name: value for name, value in vals.items() if name != "member_ids"} for vals in vals_list]
        households = super().create(rest)
        for household, members in zip(households, wanted, strict=True):
            household._set_members(household.head_id | members)
        return households

    def write(self, vals):
        rest = {name: value for name, value in vals.items() if name != "member_ids"}
        wanted = {household: self._get_wanted_members(household, vals) for household in self}
        result = super().write(rest)
        if vals.keys() & {"head_id", "member_ids"}:
            for household, members in wanted.items():
                household._set_members(household.head_id | members)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_after_dissolving(self):
        self._dissolve()

    def action_dissolve(self):
        """Every member has an own wallet again; what the household has stays with its head."""
        self.check_access("write")
        self._dissolve()

    # ------------------------------------------------------------------ members

    @api.model
    def _get_wanted_members(self, household, vals):
        """Members after the commands in ``vals``: customers are added and removed here, never changed.

        :raise UserError: another command
        """
        members = household.sudo().member_ids
        partners = members.browse()
        for command in vals.get("member_ids", ()):
            operation, partner, partners_set = (*command, None, None)[:3]
            if operation == Command.LINK:
                members |= partners.browse(partner)
            elif operation == Command.UNLINK:
                members -= partners.browse(partner)
            elif operation in (Command.SET, Command.CLEAR):
                members = partners.browse(partners_set or ())
            else:
                raise UserError(
                    self.env._("Members are chosen among customers: create and change them there.")
                )
        return members

    def _set_members(self, members):
        """Let join who is new among ``members``, and leave who is no longer there."""
        self.ensure_one()
        household = self.sudo()
        gone = household.member_ids - members
        # customers of another company are not to be taken into this one's
        (members - household.member_ids).with_env(self.env).check_access("read")
        (members.sudo() - household.member_ids).retail_household_id = household
        # an old head brings its wallets to the new one before it may go
        household.member_ids._follow_household()
        gone.retail_household_id = False
        household.invalidate_recordset(["member_ids"])

    def _dissolve(self):
        for household in self.sudo():
            household.active = False
            household.member_ids.retail_household_id = False

    def _shares(self, program):
        """Whether the members collect together in ``program``: one of the company's, or of all companies."""
        return not program.company_id or program.company_id.root_id == self.company_id.root_id

    @api.model
    def _check_may_change(self):
        if not (self.env.su or self.env.user.has_group("retail_crm.group_manager")):
            raise AccessError(self.env._("Managers decide who collects points together: ask one of them."))

    def _tell(self, partner, joined):
        """Note in the household who came and who went."""
        words = (
            self.env._("%(customer)s joined and brought the points along.", customer=partner.display_name)
            if joined
            else self.env._(
                "%(customer)s left; the points stayed with the head.", customer=partner.display_name
            )
        )
        if self.exists() and partner != self.head_id:
            self.message_post(body=words)
