"""What lists cost, beside the same list over plain columns of the row itself."""

from odoo.tools import SQL

PAGE = 80
SHOWN = {"display_name": {}, "phone": {}, "email": {}}


class Lists:
    def __init__(self, meter):
        self.meter = meter
        self.env = meter.env

    def measure(self):
        segment = self.env.ref("retail_crm.segment_key")
        self._write_plain_columns()
        company = ("company_id", "=", self.env.company.id)
        plain, profiles, contacts, sorted_contacts = self.meter.medians(
            self._page("res.partner", [("color", "=", segment.id)], "partner_latitude desc"),
            self._page("retail.profile", [company, ("segment_id", "=", segment.id)], "value desc"),
            self._page("res.partner", [("retail_segment_id", "=", segment.id)], "complete_name"),
            self._page("res.partner", [("retail_segment_id", "=", segment.id)], "retail_value desc"),
            times=5,
            calls=10,
        )
        self.meter.report("list by two plain, indexed columns", plain * 1000, "CPU ms")
        self.meter.report("Customers by segment, most value first / that list", profiles / plain, at_most=5)
        self.meter.report("contacts by segment / that list", contacts / plain, at_most=40)
        self.meter.report(
            "contacts by segment, most value first / that list", sorted_contacts / plain, at_most=40
        )

    def _write_plain_columns(self):
        """Segment and value on the contact itself, in columns that nobody uses here, with the best index there is."""
        self.env.cr.execute(
            SQL(
                """UPDATE res_partner partner SET color = profile.segment_id, partner_latitude = profile.value
                     FROM retail_profile profile
                    WHERE profile.partner_id = partner.id AND profile.company_id = %s""",
                self.env.company.id,
            )
        )
        self.env.cr.execute("CREATE INDEX ON res_partner (color, partner_latitude DESC)")
        self.meter.vacuum("res_partner", "retail_profile")

    def _page(self, model, domain, order):
        def page():
            self.env.invalidate_all(flush=False)
            self.env[model].web_search_read(domain, SHOWN, limit=PAGE, order=order, count_limit=10_001)

        return page
