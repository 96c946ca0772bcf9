from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from odoo.addons.retail_crm.models.retail_points_limit import ROLES

from ..limits.figures import WITHOUT_LIMIT, Limits

# the first levels of a company, lowest first; without limit until somebody sets one
LEVELS = ("staff", "manager", "approver")
# more of these is more authority, and less of the lowest margin
AMOUNTS = (
    "discount_percent",
    "discount_amount",
    "month_percent",
    "month_amount",
    "gift_amount",
    "month_gift",
    "points",
    "month_points",
)


class RetailAuthority(models.Model):
    """One row is how much a role, or one person, may grant in a company, to customers of one segment or of all.

    Amounts are in the currency of the company, percentages 0-100. A row of a person holds before those of the
    person's role, one of the customer's segment before those of all customers. Where no row holds, there is no limit.
    ``next_id`` answers what is above.
    """

    _name = "retail.authority"
    _description = "Authority to grant"
    _inherit = ["mail.thread"]
    _order = "company_id, sequence, id"

    name = fields.Char(compute="_compute_name")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    role = fields.Selection(
        [("staff", "Staff"), ("manager", "Manager"), ("approver", "Approver")],
        tracking=True,
        help="Holds for everybody of this role who has no row of their own.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        index="btree_not_null",
        ondelete="cascade",
        tracking=True,
        domain="[('share', '=', False)]",
    )
    segment_id = fields.Many2one(
        "retail.segment",
        string="Customers of",
        ondelete="cascade",
        tracking=True,
        help="Empty: customers of all segments.",
    )
    is_unlimited = fields.Boolean(
        string="No limit", tracking=True, help="May grant everything; the numbers beside it do not count."
    )
    discount_percent = fields.Float(
        string="Discount (%)",
        default=10,
        tracking=True,
        help="Most discount on one order, of its value at the prices of its price list. Changed prices, discounts on "
        "the whole order and rewards count.",
    )
    discount_amount = fields.Monetary(
        string="Discount per order", default=200, tracking=True, help="Most discount on one order, in money."
    )
    month_percent = fields.Float(
        string="Discount in a month (%)",
        default=100,
        tracking=True,
        help="Most discount of all orders of a person in a month, of their value at list prices. 100: no limit.",
    )
    month_amount = fields.Monetary(
        string="Discount in a month",
        default=2000,
        tracking=True,
        help="The fund of a person: most discount on all orders of a month, in money.",
    )
    margin_percent = fields.Float(
        string="Lowest margin (%)",
        tracking=True,
        help="An order on which something is granted keeps at least this margin of what the customer pays.",
    )
    gift_amount = fields.Monetary(
        string="Gifts per order",
        tracking=True,
        help="Most value at list price of what is given away on one order.",
    )
    month_gift = fields.Monetary(string="Gifts in a month", tracking=True)
    points = fields.Float(
        string="Points at once",
        tracking=True,
        help="Most goodwill points that are given to a customer at once.",
    )
    month_points = fields.Float(string="Points in a month", tracking=True)
    next_id = fields.Many2one(
        "retail.authority",
        string="Next level",
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', '=', company_id), ('id', '!=', id)]",
        help="Who answers what is above this authority.",
    )
    answer_hours = fields.Float(
        string="Answers within (hours)",
        default=4,
        required=True,
        tracking=True,
        help="A request that this level has not answered by then goes on to the next one.",
    )

    _holder_uniq = models.UniqueIndex(
        "(company_id, COALESCE(role, ''), COALESCE(user_id, 0), COALESCE(segment_id, 0)) WHERE active",
        "There is a row for this role or person and these customers already: change it.",
    )
    _one_holder = models.Constraint(
        "CHECK((role IS NULL) <> (user_id IS NULL))", "Choose either a role or a person."
    )
    _numbers = models.Constraint(
        "CHECK(discount_percent BETWEEN 0 AND 100 AND month_percent BETWEEN 0 AND 100 AND margin_percent <= 100"
        " AND LEAST(discount_amount, month_amount, gift_amount, month_gift) >= 0 AND LEAST(points, month_points) >= 0"
        " AND answer_hours > 0)",
        "Percentages lie between 0 and 100, amounts are 0 or more, and an answer takes some time.",
    )

    def init(self):
        """Companies that were there before."""
        self._create_missing()

    @api.depends_context("lang")
    @api.depends("role", "user_id", "segment_id")
    def _compute_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for authority in self:
            holder = authority.user_id.name or roles.get(authority.role, "")
            segment = authority.segment_id.name
            authority.name = f"{holder} ({segment})" if segment else holder

    @api.constrains("next_id", "company_id")
    def _check_next(self):
        for authority in self:
            if authority._has_cycle("next_id"):
                raise ValidationError(
                    self.env._(
                        "Nobody answers their own requests: choose a next level that does not lead back here."
                    )
                )
            if authority.next_id and authority.next_id.company_id != authority.company_id:
                raise ValidationError(
                    self.env._("The next level belongs to a different company: choose another.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        authorities = super().create(vals_list)
        if not self.env.su:
            authorities._check_not_own()
        return authorities

    def write(self, vals):
        before = {authority: authority._get_amounts() for authority in self} if not self.env.su else {}
        was_own = {authority for authority in before if authority._is_own()}
        result = super().write(vals)
        for authority, amounts in before.items():
            if authority not in was_own or authority._is_more_than(amounts):
                authority._check_not_own()
        return result

    # ------------------------------------------------------------------ who may grant how much

    @api.model
    def _create_missing(self):
        """Give every main company a level for each role, without limit, the next one above (2 queries)."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_authority (company_id, role, sequence, active, is_unlimited, discount_percent,
                                                 discount_amount, month_percent, month_amount, margin_percent,
                                                 gift_amount, month_gift, points, month_points, answer_hours,
                                                 create_uid, create_date, write_uid, write_date)
                   SELECT company.id, level.role, level.place * 10, TRUE, TRUE, 10 * level.place, 200 * level.place,
                          100, 2000 * level.place, 0, 0, 0, 0, 0, 4, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM res_company company,
                          unnest(%(roles)s::text[]) WITH ORDINALITY AS level (role, place)
                    WHERE company.parent_id IS NULL
                      AND NOT EXISTS (SELECT FROM retail_authority known WHERE known.company_id = company.id)""",
                user=self.env.uid,
                now=fields.Datetime.now(),
                roles=list(LEVELS),
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE retail_authority lower SET next_id = upper.id
                     FROM retail_authority upper
                    WHERE upper.company_id = lower.company_id AND lower.next_id IS NULL
                      AND lower.create_date = %(now)s AND upper.create_date = %(now)s
                      AND array_position(%(roles)s, upper.role::text)
                          = array_position(%(roles)s, lower.role::text) + 1""",
                now=fields.Datetime.now(),
                roles=list(LEVELS),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _get_role(self, user):
        """Whoever has none of our roles, and brings an order about all the same, may do what staff may."""
        return self.env["retail.points.limit"]._get_role(user) or "staff"

    @api.model
    def _get_limits(self, user, company, customer):
        """The ``Limits`` of ``user`` towards ``customer`` (1 query)."""
        return self._find_limits(user.id, self._get_role(user), company, customer)

    def _get_limits_of_level(self, customer):
        """The ``Limits`` by which somebody of this level answers about ``customer`` (1 query)."""
        self.ensure_one()
        role = self.role or self._get_role(self.user_id)
        return self._find_limits(self.user_id.id or 0, role, self.company_id, customer)

    def _get_limits_of_answerer(self, user, customer):
        """The ``Limits`` of ``user``, who answers at this level; a deputy answers by those of the level (1 query)."""
        if user in self._get_holders():
            return self._get_limits(user, self.company_id, customer)
        return self._get_limits_of_level(customer)

    def _find_limits(self, user_id, role, company, customer):
        self.flush_model()
        self.env["retail.profile"].flush_model(["partner_id", "company_id", "segment_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT authority.*
                     FROM retail_authority authority
                    WHERE authority.company_id = %(company)s AND authority.active
                      AND (authority.user_id = %(user)s OR authority.role = %(role)s)
                      AND (authority.segment_id IS NULL
                           OR authority.segment_id = (SELECT profile.segment_id FROM retail_profile profile
                                                       WHERE profile.company_id = %(company)s
                                                         AND profile.partner_id = (
                                                             SELECT customer.commercial_partner_id
                                                               FROM res_partner customer
                                                              WHERE customer.id = %(customer)s)))
                    ORDER BY authority.user_id NULLS LAST, authority.segment_id NULLS LAST
                    LIMIT 1""",
                # on a form that is not saved yet, customer and company are copies
                company=company._origin.root_id.id,
                user=user_id,
                role=role,
                customer=customer._origin.id or 0,
            )
        )
        return self._make_limits(rows[0]) if rows else Limits()

    def _make_limits(self, row):
        if row["is_unlimited"]:
            return Limits(authority_id=row["id"])
        most = {name: float(row[name] or 0) for name in AMOUNTS}
        return Limits(authority_id=row["id"], margin_percent=float(row["margin_percent"] or 0), **most)

    def _get_people(self, company=None):
        """Active users of this level, each replaced by their deputy while they are absent."""
        return self.env["res.users"].sudo().union(*(self._get_present(user) for user in self._get_holders()))

    def _get_holders(self):
        """Active users of this level, present or not."""
        self.ensure_one()
        level = self.sudo()
        users = level.user_id or self.env.ref(ROLES[level.role]).sudo().all_user_ids
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.id != SUPERUSER_ID
                and level.company_id in user.company_ids.root_id
            )
        )

    def _get_present(self, user):
        company = self.sudo().company_id
        day = self.env["retail.run"]._today(company)
        return self.env["retail.staff"].sudo()._get_present(user, day, company)

    def _get_levels_above(self):
        """This level and all above, the nearest first."""
        levels, level = self.browse(), self.sudo()
        while level and level not in levels:
            levels |= level
            level = level.next_id
        return levels

    # ------------------------------------------------------------------ nobody raises their own

    def _is_own(self):
        user = self.env.user
        return self.user_id == user or bool(self.role) and self._get_role(user) == self.role

    def _get_amounts(self):
        if self.is_unlimited:
            return [WITHOUT_LIMIT] * (len(AMOUNTS) + 1)
        return [*(self[name] for name in AMOUNTS), -self.margin_percent]

    def _is_more_than(self, amounts):
        return any(now > before for now, before in zip(self._get_amounts(), amounts, strict=True))

    def _check_not_own(self):
        if any(authority._is_own() for authority in self):
            raise AccessError(
                self.env._("This is your own authority: another approver or administrator can extend it.")
            )
