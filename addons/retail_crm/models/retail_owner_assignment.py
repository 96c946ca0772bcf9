import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

LOCK_SPACE = 0x52434F57
# customers that get their owner in one transaction
CHUNK = 10000
# up to here a person waits for the answer; above, it is done in the background
AT_ONCE = 20000


class RetailOwnerAssignment(models.Model):
    """One row gives customers to people: first a proposal who gets how many, then, when a manager says so, for real.

    Large ones are computed and applied in the background, chunk by chunk; a killed process goes on where it stopped.
    Customers who got another owner since the proposal keep that one.
    """

    _name = "retail.owner.assignment"
    _inherit = ["retail.job"]
    _description = "Assignment of customers"
    _order = "id desc"
    _lock_space = LOCK_SPACE

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("requested", "Being computed"),
            ("proposed", "Proposal"),
            ("applying", "Being applied"),
            ("done", "Applied"),
            ("dropped", "Dropped"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    scope = fields.Selection(
        [
            ("unowned", "Customers nobody looks after"),
            ("misfit", "Those, and whose owner has left or has another role than the strategy asks for"),
            ("even", "All customers: even out what everybody has"),
        ],
        string="Which customers",
        required=True,
        default="misfit",
        help="Customers whose owner was chosen by hand stay with that person, unless it has left.",
    )
    segment_ids = fields.Many2many(
        "retail.segment", string="Segments", help="Empty: customers of all segments."
    )
    keep_to_capacity = fields.Boolean(
        string="Nobody gets more than there is time for",
        default=True,
        help="When everybody is full, the customers of least value stay without an owner.",
    )
    user_id = fields.Many2one(
        "res.users", string="Proposed by", readonly=True, copy=False, default=lambda self: self.env.user
    )
    customer_count = fields.Integer(string="Customers looked at", readonly=True, copy=False, aggregator=None)
    change_count = fields.Integer(string="Get another owner", readonly=True, copy=False, aggregator=None)
    unplaced_count = fields.Integer(
        string="Without an owner",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Nobody has the role that their strategy asks for, or everybody who has it is full.",
    )
    applied_count = fields.Integer(string="Changed hands", readonly=True, copy=False, aggregator=None)
    skipped_count = fields.Integer(
        string="Left as they were",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Somebody gave them another owner after the proposal was made.",
    )
    line_ids = fields.One2many("retail.owner.assignment.line", "assignment_id", readonly=True)
    change_ids = fields.One2many("retail.owner.assignment.customer", "assignment_id", readonly=True)

    @api.depends_context("lang")
    @api.depends("scope", "create_date")
    def _compute_display_name(self):
        for assignment in self:
            assignment.display_name = self.env._(
                "Assignment of %(day)s",
                day=fields.Date.to_string(assignment.create_date or fields.Date.context_today(self)),
            )

    # ------------------------------------------------------------------ buttons

    def action_propose(self):
        """Work out who gets how many; nothing changes for any customer."""
        self._check_may_assign()
        for assignment in self:
            assignment._check_state("draft", "proposed", "failed")
            if assignment._count_customers() > AT_ONCE:
                assignment._wait("requested")
            else:
                assignment._propose()

    def action_apply(self):
        """Give the customers to the people of the proposal."""
        self._check_may_assign()
        for assignment in self:
            assignment._check_state("proposed")
            assignment._wait("applying")
            if assignment.change_count <= AT_ONCE:
                assignment._apply_all()

    def action_drop(self):
        """Forget the proposal."""
        self._check_may_assign()
        for assignment in self:
            assignment._check_state("draft", "requested", "proposed", "failed")
            assignment.sudo().change_ids.unlink()
            assignment.sudo().state = "dropped"

    def action_open_changes(self):
        """Open who goes where."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "retail_crm.retail_owner_assignment_customer_action"
            ),
            "domain": [("assignment_id", "=", self.id)],
            "context": {"search_default_group_by_user": 1},
        }

    def _check_may_assign(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("retail_crm.group_manager")):
            raise AccessError(self.env._("Managers decide who looks after which customers: ask one of them."))

    def _check_state(self, *states):
        if self.state not in states:
            raise UserError(
                self.env._(
                    "This assignment stands at “%(state)s” already. Start a new one to share out customers again.",
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )

    def _wait(self, state):
        self.sudo().write({"state": state, "error": False})
        self.env.ref("retail_crm.ir_cron_retail_owner").sudo()._trigger()

    # ------------------------------------------------------------------ the proposal

    def _count_customers(self):
        return self.env["retail.profile"].search_count(
            [("company_id", "=", self.company_id.id)], limit=AT_ONCE + 1
        )

    def _propose(self):
        """Replace the proposal by one for the customers and owners of now (some 15 queries)."""
        self = self.sudo()
        shares = self.env["retail.owner.sharing"]._share_out(
            self.company_id, self._sql_customers(), self.keep_to_capacity
        )
        self.env.cr.execute(
            SQL("DELETE FROM retail_owner_assignment_customer WHERE assignment_id = %s", self.id)
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_owner_assignment_customer
                          (assignment_id, partner_id, previous_id, user_id, role, store_id, value)
                   SELECT %(assignment)s, share.partner_id, owner.user_id, share.user_id, share.role,
                          NULLIF(share.store_id, 0), share.value
                     FROM %(shares)s share
                     LEFT JOIN retail_owner owner ON owner.partner_id = share.partner_id
                           AND owner.company_id = %(company)s AND owner.until IS NULL
                    WHERE share.user_id <> COALESCE(owner.user_id, 0)
                    ORDER BY share.value DESC, share.partner_id""",
                assignment=self.id,
                shares=shares,
                company=self.company_id.id,
            )
        )
        changes = self.env.cr.rowcount
        self.env.invalidate_all(flush=False)
        looked_at, unplaced = self.env.execute_query(
            SQL(
                "SELECT count(*), count(*) FILTER (WHERE user_id IS NULL AND previous_id IS NULL) FROM %s",
                shares,
            )
        )[0]
        self.write(
            {
                "state": "proposed",
                "error": False,
                "customer_count": looked_at,
                "change_count": changes,
                "unplaced_count": unplaced,
            }
        )
        self.env["retail.owner.assignment.line"]._replace(self)

    def _sql_customers(self) -> SQL:
        """Rows (partner_id, role, value, previous_id) of the customers of the scope."""
        return SQL(
            """SELECT profile.partner_id, strategy.responsible_role AS role, profile.value,
                      %(previous)s AS previous_id
                 FROM retail_profile profile
                 JOIN retail_strategy strategy ON strategy.id = profile.strategy_id
                 LEFT JOIN retail_owner owner ON owner.partner_id = profile.partner_id
                       AND owner.company_id = profile.company_id AND owner.until IS NULL
                 LEFT JOIN res_users users ON users.id = owner.user_id
                 LEFT JOIN retail_staff staff ON staff.user_id = owner.user_id
                       AND staff.company_id = owner.company_id
                 %(salesperson)s
                WHERE profile.company_id = %(company)s AND %(segments)s AND %(scope)s""",
            company=self.company_id.id,
            previous=self._sql_previous(),
            salesperson=self._sql_join_salesperson(),
            segments=SQL("profile.segment_id = ANY(%s)", self.segment_ids.ids)
            if self.segment_ids
            else SQL("TRUE"),
            scope={
                "unowned": SQL("owner.id IS NULL"),
                "misfit": SQL("(owner.id IS NULL OR NOT %s)", self._sql_fits()),
                "even": SQL("(owner.id IS NULL OR owner.how <> 'manual' OR NOT %s)", self._sql_fits()),
            }[self.scope],
        )

    @api.model
    def _sql_fits(self) -> SQL:
        """Whether ``owner``, of rows ``users`` and ``staff``, may go on with a customer of ``strategy``; never NULL.

        Not who has left, nor who has another role than the strategy asks for, unless chosen by hand.
        """
        return SQL(
            """COALESCE(users.active AND staff.active IS NOT FALSE
                        AND (owner.how = 'manual' OR staff.role = strategy.responsible_role), FALSE)"""
        )

    @api.model
    def _sql_previous(self) -> SQL:
        """With whom a customer may stay: the owner who fits; of who has none, the salesperson."""
        return SQL(
            "CASE WHEN %s THEN owner.user_id WHEN owner.id IS NULL THEN salesperson.user_id END",
            self._sql_fits(),
        )

    @api.model
    def _sql_join_salesperson(self) -> SQL:
        """``salesperson``, the row of staff of the contact's salesperson in the role that the strategy asks for."""
        return SQL(
            """LEFT JOIN res_partner partner ON partner.id = profile.partner_id
               LEFT JOIN retail_staff salesperson ON salesperson.user_id = partner.user_id AND salesperson.active
                     AND salesperson.company_id = profile.company_id
                     AND salesperson.role = strategy.responsible_role"""
        )

    # ------------------------------------------------------------------ for real

    def _apply_all(self):
        """In one transaction."""
        while self._apply_chunk():
            pass

    def _apply_chunk(self):
        """Give the next customers their owners; returns how many were looked at, 0 when all is done."""
        self = self.sudo()
        rows = self.env["retail.owner.assignment.customer"].search(
            [("assignment_id", "=", self.id)], order="id", limit=CHUNK
        )
        if not rows:
            # taken for the few rows that were there before, they would be joined by nested loops
            self.env.cr.execute("ANALYZE retail_owner")
            self.state = "done"
            self._tell_owners()
            return 0
        taken = rows._get_unchanged(self.company_id)
        day = self.env["retail.run"]._today(self.company_id)
        given = self.env["retail.owner"]._replace(taken._sql_wanted(), self.company_id, day, "assigned")
        self.write(
            {
                "applied_count": self.applied_count + given,
                "skipped_count": self.skipped_count + len(rows) - given,
            }
        )
        self.env.cr.execute(SQL("DELETE FROM retail_owner_assignment_customer WHERE id = ANY(%s)", rows.ids))
        rows.invalidate_model()
        return len(rows)

    def _tell_owners(self):
        """Let everybody know of the new customers; one notification each, none to who did it."""
        for line in self.line_ids.filtered(lambda one: one.gained and one.user_id != self.user_id):
            line._tell()

    @api.model
    def _cron_share_out(self):
        """Go on with what waits to be computed or applied."""
        waiting = self.search([("state", "in", ("requested", "applying"))], order="id")
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(waiting))
        for assignment in waiting:
            try:
                with assignment._locked(assignment.company_id):
                    assignment._go_on()
            except UserError as error:  # another process has this company; its turn comes again
                _logger.info("assignment %s put off: %s", assignment.id, error)
            if not Cron._commit_progress(1):
                break

    def _go_on(self):
        try:
            if self.state == "requested":
                self._retrying(self._propose)
            else:
                while self._retrying(self._apply_chunk):
                    self._commit()
        except Exception as error:  # whatever it was, the manager must learn of it
            self._fail(error)
        self._commit()

    def _say_busy(self, company):
        return self.env._(
            "Customers of %(company)s are being shared out right now. Wait for that to finish.",
            company=company.name,
        )
