from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

# pins that the scheduled action ends or reminds of in one transaction
BATCH = 100
# what one click adds to a pin
EXTENSION_DAYS = 90
# the profile follows when one of these changes
EFFECTIVE = {"partner_id", "company_id", "segment_id", "date_end", "active"}


class RetailSegmentPin(models.Model):
    """One row is a person's decision that a customer belongs to a segment, whatever the figures say.

    It holds until the day of expiry. No run overwrites it; the computed segment stays visible beside it. A few days
    before its end the author is reminded, once for each last day.
    """

    _name = "retail.segment.pin"
    _description = "Pinned segment"
    _order = "create_date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id, index=True
    )
    segment_id = fields.Many2one("retail.segment", required=True, ondelete="restrict")
    reason = fields.Char(required=True, help="What you know that the figures do not.")
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        copy=False,
    )
    date_end = fields.Date(string="Until", help="Last day of the pin. Empty: until somebody removes it.")
    active = fields.Boolean(default=True)
    remind_days = fields.Integer(
        string="Remind before",
        default=7,
        aggregator=None,
        help="So many days before the last day the author is reminded. 0: no reminder.",
    )
    reminded_for = fields.Date(
        readonly=True, copy=False, help="The last day of which the author was reminded."
    )
    remind_on = fields.Date(
        string="Reminder on", compute="_compute_remind_on", store=True, index="btree_not_null"
    )
    reminder_ids = fields.Many2many(
        "mail.activity", string="Reminders", copy=False, groups="base.group_system"
    )
    disagrees_since = fields.Date(
        string="Figures differ since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since this day the figures say another segment. Empty: they say the same.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    computed_segment_id = fields.Many2one(
        "retail.segment", string="By the figures", compute="_compute_figures"
    )
    value = fields.Monetary(compute="_compute_figures", help="Value of the customer by the last run.")

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE active",
        "This customer is already pinned to a segment: change or archive that pin instead.",
    )

    @api.depends("date_end", "remind_days", "reminded_for")
    def _compute_remind_on(self):
        for pin in self:
            is_due = pin.date_end and pin.remind_days and pin.reminded_for != pin.date_end
            pin.remind_on = is_due and pin.date_end - timedelta(days=pin.remind_days)

    @api.depends("partner_id", "company_id")
    def _compute_figures(self):
        """1 query; nothing for a customer who never bought."""
        profiles = self.env["retail.profile"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        by_customer = {(profile.partner_id, profile.company_id): profile for profile in profiles}
        for pin in self:
            profile = by_customer.get((pin.partner_id, pin.company_id), self.env["retail.profile"])
            pin.computed_segment_id = profile.computed_segment_id
            pin.value = profile.value

    @api.constrains("date_end", "active")
    def _check_date_end(self):
        for pin in self:
            if pin.active and pin.date_end and pin.date_end < pin._today():
                raise ValidationError(
                    self.env._("The pin would already be over: choose a day from today on.")
                )

    @api.constrains("remind_days")
    def _check_remind_days(self):
        if any(pin.remind_days < 0 for pin in self):
            raise ValidationError(
                self.env._("The reminder comes before the last day: give a number of days, or 0 for none.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id"))
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            vals.update(
                partner_id=partner.commercial_partner_id.id or partner.id,
                company_id=company.root_id.id,
                user_id=self.env.uid,
            )
            self._trim_reason(vals)
        pins = super().create(vals_list)
        pins._show_on_profiles(pins._get_profiles())
        return pins

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name != "user_id"}
        self._trim_reason(vals)
        profiles = self._get_profiles()
        before = {pin: (pin.active, pin.date_end) for pin in self}
        result = super().write(vals)
        if EFFECTIVE & vals.keys():
            self.filtered(lambda pin: (pin.active, pin.date_end) != before[pin])._drop_reminders()
            self._show_on_profiles(profiles)
        return result

    def unlink(self):
        profiles = self._get_profiles()
        self._drop_reminders()
        result = super().unlink()
        profiles._apply_pins()
        return result

    def action_extend(self):
        """Let the pins hold for another quarter of a year; those without a last day hold anyway."""
        for pin in self.filtered("date_end"):
            pin.date_end = max(pin.date_end, pin._today()) + timedelta(days=EXTENSION_DAYS)

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    @staticmethod
    def _trim_reason(vals):
        """Reasons stand inside sentences, so without a full stop of their own."""
        if vals.get("reason"):
            vals["reason"] = vals["reason"].rstrip().removesuffix(".").removesuffix("。")

    # ------------------------------------------------------------------ what follows from pins

    @api.model
    def _get_valid(self, partners, companies):
        """{(customer, company): segment} of the pins that hold today."""
        holding = self._get_domain_by_day(
            companies, lambda today: Domain("date_end", "=", False) | Domain("date_end", ">=", today)
        )
        pins = self.search(Domain("partner_id", "in", partners.ids) & holding)
        return {(pin.partner_id, pin.company_id): pin.segment_id for pin in pins}

    def _show_on_profiles(self, profiles):
        """Let the customers follow, ``profiles`` too, which these pins may have held before."""
        (profiles | self._get_profiles())._apply_pins()
        for pins in self.grouped("company_id").values():
            pins._note_disagreement(pins._today())
        self._wake_when_over()

    def _get_profiles(self):
        """Profiles of the pinned customers; a customer who never bought has none."""
        return (
            self.env["retail.profile"]
            .sudo()
            .search([("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)])
        )

    def _note_disagreement(self, day):
        """Keep for each pin since which day the figures say otherwise (1 statement; writes only what changed).

        :param day: of the figures, for those that begin to differ
        """
        self.flush_model(["partner_id", "company_id", "segment_id", "disagrees_since"])
        self.env["retail.profile"].flush_model(["partner_id", "company_id", "computed_segment_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE retail_segment_pin pin
                      SET disagrees_since = CASE WHEN figures.differ THEN %(day)s::date END
                     FROM (SELECT pin.id, COALESCE(profile.computed_segment_id <> pin.segment_id, FALSE) AS differ
                             FROM retail_segment_pin pin
                             LEFT JOIN retail_profile profile USING (partner_id, company_id)
                            WHERE pin.id = ANY(%(pins)s)) figures
                    WHERE figures.id = pin.id AND figures.differ <> (pin.disagrees_since IS NOT NULL)""",
                day=day,
                pins=self.ids,
            )
        )
        self.invalidate_recordset(["disagrees_since"])

    # ------------------------------------------------------------------ the end of a pin

    def _wake_when_over(self):
        """Have the scheduled action end these pins as soon as their last day is over where the shop is."""
        moments = [pin._get_moment_of_end() for pin in self if pin.active and pin.date_end]
        if moments:
            self.env.ref("retail_crm.ir_cron_retail_segment_pin").sudo()._trigger(at=moments)

    def _today(self):
        """The day in the shops of the pins' company."""
        return self.env["retail.run"]._today(self.company_id.sudo())

    def _get_moment_of_end(self):
        """The midnight after the last day in the time zone of the shops, as UTC without a zone."""
        zone = pytz.timezone(self.company_id.sudo().retail_tz)
        midnight = datetime.combine(self.date_end + timedelta(days=1), time.min)
        return zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _cron_end_and_remind(self):
        """Every day, and when a pin's last day is over: end what is over, remind of what will be.

        In batches that are kept one by one; what is done is not done again.
        """
        over, due = self.search(self._get_over_domain()), self.search(self._get_due_domain())
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(over) + len(due))
        for pins, step in ((over, "action_archive"), (due, "_remind")):
            for start in range(0, len(pins), BATCH):
                batch = pins[start : start + BATCH]
                getattr(batch, step)()
                if not Cron._commit_progress(len(batch)):
                    return

    @api.model
    def _get_over_domain(self):
        """Pins in force whose last day lies behind the shop's today."""
        return self._get_domain_by_day(self._get_companies(), lambda today: Domain("date_end", "<", today))

    @api.model
    def _get_due_domain(self):
        """Pins in force whose author is to be told today, or was to be on a day that the scheduled action missed."""
        return self._get_domain_by_day(
            self._get_companies(),
            lambda today: Domain("remind_on", "<=", today) & Domain("date_end", ">=", today),
        )

    def _get_companies(self):
        return self.env["res.company"].search([("parent_id", "=", False)])

    @api.model
    def _get_domain_by_day(self, companies, get_domain):
        """``get_domain(today)`` of each root company, which has a day of its own."""
        today = self.env["retail.run"]._today
        return Domain.OR(
            Domain("company_id", "=", company.id) & get_domain(today(company.sudo())) for company in companies
        )

    def _remind(self):
        """Give whoever is responsible an activity on the customer, due when the pin ends."""
        for pin in self:
            for user in pin._get_responsible():
                pin.reminder_ids += pin._schedule_reminder(user)
            pin.reminded_for = pin.date_end

    def _get_responsible(self):
        """The author; where the author has left, the managers of the company."""
        managers = self.company_id._get_retail_managers()
        return managers & self.user_id or managers

    def _schedule_reminder(self, user):
        """An activity in the language of ``user``."""
        self = self.with_context(lang=user.lang)
        return self.partner_id.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.date_end,
            summary=self.env._(
                "The pin to %(segment)s ends on %(day)s",
                segment=self.segment_id.name,
                day=format_date(self.env, self.date_end),
            ),
            note=self._say_figures(),
            user_id=user.id,
        )

    def _say_figures(self):
        """What becomes of the customer when nobody does anything."""
        facts = {"reason": self.reason, "segment": self.computed_segment_id.name}
        if not self.computed_segment_id:
            return self.env._(
                "Reason of the pin: %(reason)s. The customer has not bought anything yet.", **facts
            )
        if self.computed_segment_id == self.segment_id:
            return self.env._("Reason of the pin: %(reason)s. By now the figures say the same.", **facts)
        return self.env._(
            "Reason of the pin: %(reason)s. The figures say %(segment)s, and that holds from the next day on unless "
            "you extend the pin.",
            **facts,
        )

    def _drop_reminders(self):
        """What was to be decided is decided."""
        self.sudo().reminder_ids.unlink()
