"""Who the customer numbers of a file mean; who is unknown becomes a contact."""

from odoo.tools import SQL

BATCH = 1000
# No letters, followers, log notes or duplicate look-ups for people whom a file brings in by the thousand.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_vat_validation": True,
}


class Customers:
    """``retail_import_customer``: one row per customer number of the file.

    ``matches`` is how many customers it may mean; 0 is a new one, more than one is a problem of the rows.
    """

    def __init__(self, env, company, channel):
        self.env = env
        self.company = company
        self.channel = channel

    def match(self):
        """By an earlier import of the channel, else by the contact's reference; active contacts win over archived."""
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE retail_import_customer ON COMMIT DROP AS
                   WITH wanted AS (SELECT DISTINCT customer_ref AS ref FROM retail_import_row WHERE customer_ref <> ''),
                   known AS (%(known)s), contact AS (%(contact)s)
                   SELECT wanted.ref, known.partner_id IS NOT NULL AS is_known,
                          CASE WHEN known.partner_id IS NOT NULL THEN 1
                               ELSE COALESCE(NULLIF(contact.active, 0), contact.all, 0) END AS matches,
                          COALESCE(known.partner_id, contact.active_id, contact.any_id) AS partner_id
                     FROM wanted LEFT JOIN known USING (ref) LEFT JOIN contact USING (ref)""",
                known=self._sql_known(),
                contact=self._sql_contacts(),
            )
        )
        self.env.cr.execute(
            "CREATE UNIQUE INDEX ON retail_import_customer (ref); ANALYZE retail_import_customer"
        )

    def count_new(self):
        return self.env.execute_query(SQL("SELECT count(*) FROM (%s) newcomer", self._sql_newcomers()))[0][0]

    def create_new(self):
        """Create the contacts of new purchases, and keep all customer numbers of the file for later imports."""
        self.env.cr.execute(
            SQL("CREATE TEMP TABLE retail_import_newcomer ON COMMIT DROP AS %s", self._sql_newcomers())
        )
        while batch := self._next_batch():
            self._create_batch(batch)
        self.env.cr.execute("DROP TABLE retail_import_newcomer")
        self._keep_numbers()

    def _next_batch(self):
        return self.env.execute_query_dict(
            SQL(
                """DELETE FROM retail_import_newcomer
                    WHERE line IN (SELECT line FROM retail_import_newcomer ORDER BY line LIMIT %s)
                RETURNING line, ref, name, phone, email""",
                BATCH,
            )
        )

    def _create_batch(self, batch):
        batch.sort(key=lambda newcomer: newcomer["line"])
        Partner = self.env["res.partner"].sudo().with_context(**self._quiet_context())
        partners = Partner.create([self._partner_values(newcomer) for newcomer in batch])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_import_customer customer SET partner_id = created.id
                     FROM unnest(%s::text[], %s::int4[]) AS created (ref, id) WHERE customer.ref = created.ref""",
                [newcomer["ref"] for newcomer in batch],
                partners.ids,
            )
        )
        self.env.invalidate_all()  # the memory of one batch, not of all

    def _partner_values(self, newcomer):
        return {
            "name": newcomer["name"] or self.env._("Customer %(number)s", number=newcomer["ref"]),
            "ref": newcomer["ref"],
            "phone": newcomer["phone"],
            "email": newcomer["email"],
            "company_id": False,
        }

    def _quiet_context(self):
        """Without the caller's defaults, which may be meant for other records."""
        defaults = {name: None for name in self.env.context if name.startswith("default_")}
        return defaults | QUIET

    def _keep_numbers(self):
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_customer_ref (company_id, channel, ref, partner_id,
                                                    create_uid, write_uid, create_date, write_date)
                   SELECT %(company)s, %(channel)s, ref, partner_id,
                          %(user)s, %(user)s, %(now)s, %(now)s
                     FROM retail_import_customer WHERE NOT is_known AND partner_id IS NOT NULL
                       ON CONFLICT DO NOTHING""",
                company=self.company.id,
                channel=self.channel,
                user=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env["retail.customer.ref"].invalidate_model()

    def _sql_known(self):
        return SQL(
            """SELECT known.ref, partner.commercial_partner_id AS partner_id
                 FROM retail_customer_ref known JOIN res_partner partner ON partner.id = known.partner_id
                WHERE known.company_id = %s AND known.channel = %s""",
            self.company.id,
            self.channel,
        )

    def _sql_contacts(self):
        """Contacts of this company or of none; several contacts of one customer are one match."""
        return SQL(
            """SELECT wanted.ref,
                      count(DISTINCT partner.commercial_partner_id) FILTER (WHERE partner.active) AS active,
                      min(partner.commercial_partner_id) FILTER (WHERE partner.active) AS active_id,
                      count(DISTINCT partner.commercial_partner_id) AS all,
                      min(partner.commercial_partner_id) AS any_id
                 FROM wanted
                 JOIN res_partner partner ON partner.ref = wanted.ref
                 LEFT JOIN res_company company ON company.id = partner.company_id
                WHERE partner.company_id IS NULL OR split_part(company.parent_path, '/', 1) = %s
                GROUP BY wanted.ref""",
            str(self.company.id),
        )

    def _sql_newcomers(self):
        """Unknown customers of new rows, with the first name, phone and e-mail the file has for them."""
        return SQL(
            """SELECT min(row.line) AS line, row.customer_ref AS ref,
                      (array_agg(row.customer_name ORDER BY row.line)
                           FILTER (WHERE row.customer_name <> ''))[1] AS name,
                      (array_agg(row.phone ORDER BY row.line) FILTER (WHERE row.phone <> ''))[1] AS phone,
                      (array_agg(row.email ORDER BY row.line) FILTER (WHERE row.email <> ''))[1] AS email
                 FROM retail_import_customer customer
                 JOIN retail_import_row row ON row.customer_ref = customer.ref
                 JOIN retail_import_new USING (line)
                WHERE customer.matches = 0
                GROUP BY row.customer_ref"""
        )
