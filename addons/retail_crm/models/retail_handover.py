import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

_logger = logging.getLogger(__name__)

# what a person says; all else follows
OPENING = {"company_id", "partner_ids", "from_id", "to_id", "day", "note", "is_kept"}
# on the pages of so many customers the note is written too
PAGES = 200


class RetailHandover(models.Model):
    """One row gives customers from one person to another, with a note: some of them, or all that a person has.

    Staff hand over their own customers, managers anybody's. It happens at once, or on a day to come; who is no longer
    the author's customer on that day stays.
    """

    _name = "retail.handover"
    _description = "Hand-over of customers"
    _order = "id desc"
    _rec_name = "to_id"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        help="Empty: all customers of the person named.",
    )
    from_id = fields.Many2one(
        "res.users", string="All customers of", ondelete="restrict", domain="[('share', '=', False)]"
    )
    to_id = fields.Many2one("res.users", required=True, ondelete="restrict", domain="[('share', '=', False)]")
    day = fields.Date(string="From", required=True, default=fields.Date.context_today)
    note = fields.Text(
        required=True, help="What the colleague should know: habits, plans, what was promised."
    )
    is_kept = fields.Boolean(
        string="Stay with this person",
        help="Assignments and changes of segment leave these customers where they are.",
    )
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, ondelete="restrict", default=lambda self: self.env.user
    )
    state = fields.Selection(
        [("draft", "New"), ("planned", "Planned"), ("done", "Done"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
        default="draft",
    )
    customer_count = fields.Integer(string="Changed hands", readonly=True)

    _planned_idx = models.Index("(day) WHERE state = 'planned'")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{name: vals[name] for name in vals.keys() & OPENING} for vals in vals_list]
        return super().create(vals_list)

    def action_hand_over(self):
        """Give them now, or note it for its day.

        :raise UserError: there is nothing to give, or nobody fit to take it
        :raise AccessError: one of them is somebody else's customer
        """
        self.check_access("read")
        for handover in self:
            if handover.state != "draft" or handover.user_id != self.env.user:
                raise UserError(self.env._("This has been handed over already: start a new hand-over."))
            handover._check_may()
            if handover.day > handover._today():
                handover.sudo().state = "planned"
                handover._wake()
            else:
                handover._hand_over()
        return {"type": "ir.actions.act_window_close"}

    def action_withdraw(self):
        """Call off what is planned."""
        self.check_access("read")
        is_manager = self.env.user.has_group("retail_crm.group_manager")
        for handover in self:
            if handover.state != "planned":
                raise UserError(self.env._("Only a planned hand-over can be called off."))
            if not is_manager and handover.user_id != self.env.user:
                raise AccessError(self.env._("Its author or a manager calls it off."))
        self.sudo().state = "withdrawn"

    # ------------------------------------------------------------------ who may give what

    def _check_may(self):
        self.env["retail.action"]._check_is_staff(self.to_id, self.company_id)
        customers = self._get_customers()
        if not customers:
            raise UserError(
                self.env._("There is no customer to hand over: choose customers, or a person who has some.")
            )
        if self.env.user.has_group("retail_crm.group_manager"):
            return
        if foreign := customers - self._get_owned(customers, self.env.user):
            raise AccessError(
                self.env._(
                    "%(customers)s: somebody else's customers, or nobody's. Ask a manager to hand them over.",
                    customers=", ".join(foreign[:5].mapped("display_name")),
                )
            )

    def _get_customers(self):
        """The customers that are meant, as they stand now."""
        chosen = self.partner_ids.commercial_partner_id
        return self._get_owned(chosen, self.from_id) if self.from_id else chosen

    def _get_owned(self, customers, user):
        """Of ``customers``, or of all when there are none, those whom ``user`` looks after now (1 query)."""
        owned = [
            ("user_id", "=", user.id),
            ("company_id", "=", self.company_id.id),
            ("until", "=", False),
        ]
        chosen = [("partner_id", "in", customers.ids)] if customers else []
        return self.env["retail.owner"].search(owned + chosen).partner_id

    # ------------------------------------------------------------------ handing over

    def _hand_over(self):
        customers = self._get_customers()
        count = self.env["retail.owner"]._give(
            customers,
            self.to_id,
            self.company_id,
            how="manual" if self.is_kept else "handed_over",
            note=self.note,
            day=self._today(),
        )
        self.sudo().write({"state": "done", "customer_count": count})
        self._write_on_pages(customers[:PAGES])
        if self.to_id != self.env.user:
            self._tell(count)

    def _write_on_pages(self, customers):
        """The note on the page of each customer, without telling followers."""
        words = self.env._(
            "Handed over to %(colleague)s: %(note)s", colleague=self.to_id.name, note=self.note
        )
        customers.sudo()._message_log_batch(
            bodies=dict.fromkeys(customers.ids, words), author_id=self.user_id.partner_id.id
        )

    def _tell(self, count):
        """One notification to who takes over, in that person's language."""
        self = self.with_context(lang=self.to_id.lang)
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=self.to_id.partner_id.ids,
            author_id=self.user_id.partner_id.id,
            subject=self.env._("Customers handed over to you"),
            body=self.env._(
                "%(author)s handed over %(count)s customers to you. %(note)s",
                author=self.user_id.name,
                count=count,
                note=self.note,
            ),
        )

    @api.model
    def _cron_hand_over(self):
        """Every day, and when one is due: hand over what was planned; what cannot be waits for a manager."""
        due = self.search([("state", "=", "planned")]).filtered(lambda one: one.day <= one._today())
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(due))
        for handover in due:
            handover._hand_over_planned()
            if not Cron._commit_progress(1):
                break

    def _hand_over_planned(self):
        """As the author would do it today; when that is not possible any more, it is withdrawn with the reason."""
        mine = self.with_user(self.user_id).with_company(self.company_id)
        try:
            mine._keep_own()
            mine._check_may()
        except (AccessError, UserError) as error:
            self.write({"state": "withdrawn", "note": f"{self.note}\n{error}"})
            return
        mine._hand_over()

    def _keep_own(self):
        """Of staff, only customers that are still theirs.

        :raise UserError: none of them is; an empty list would mean all customers of the person named
        """
        if self.partner_ids and not self.env.user.has_group("retail_crm.group_manager"):
            own = self._get_owned(self.partner_ids.commercial_partner_id, self.env.user)
            if not own:
                raise UserError(self.env._("None of these customers is the author's any more."))
            self.sudo().partner_ids = own

    def _wake(self):
        self.env.ref("retail_crm.ir_cron_retail_handover").sudo()._trigger(
            at=[
                self.env["retail.my.day"]._get_midnight(handover.company_id, handover.day)
                for handover in self
            ]
        )

    def _today(self):
        return self.env["retail.run"]._today(self.company_id.sudo())
