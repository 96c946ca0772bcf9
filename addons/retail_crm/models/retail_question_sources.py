from odoo import api, models
from odoo.tools import SQL

# what a person writes to another; the last two are sent by people, never received
WRITTEN = ("comment", "email")
ANSWERED = (*WRITTEN, "email_outgoing", "sms")


class RetailQuestion(models.Model):
    """What counts as a question of a customer, and what as an answer."""

    _inherit = "retail.question"

    @api.model
    def _question_sources(self):
        """Hook: {model: SQL of rows (res_id, partner_id, company_id)}: documents on which customers write.

        ``partner_id`` is the commercial partner, ``company_id`` the root company or NULL when all share the document.
        """
        root = SQL("split_part(company.parent_path, '/', 1)::int4")
        return {
            "res.partner": SQL(
                """SELECT id AS res_id, commercial_partner_id AS partner_id, NULL::int4 AS company_id
                     FROM res_partner"""
            ),
            "sale.order": SQL(
                """SELECT sale.id AS res_id, partner.commercial_partner_id AS partner_id, %s AS company_id
                     FROM sale_order sale JOIN res_partner partner ON partner.id = sale.partner_id
                     JOIN res_company company ON company.id = sale.company_id""",
                root,
            ),
            "crm.lead": SQL(
                """SELECT lead.id AS res_id, partner.commercial_partner_id AS partner_id, %s AS company_id
                     FROM crm_lead lead JOIN res_partner partner ON partner.id = lead.partner_id
                     LEFT JOIN res_company company ON company.id = lead.company_id""",
                root,
            ),
        }

    @api.model
    def _sql_questions(self, model, source, company, after) -> SQL:
        """Messages of customers of ``company`` on documents of ``model`` with an id above ``after``.

        Only of customers whose strategy promises an answer, and not while an earlier one on that document waits.
        """
        return SQL(
            """SELECT message.id AS message_id, message.date AS asked_at, document.res_id, document.partner_id,
                      strategy.id AS strategy_id, strategy.first_answer_hours, owner.user_id
                 FROM mail_message message
                 JOIN (%(source)s) document ON document.res_id = message.res_id
                 JOIN res_partner author
                   ON author.id = message.author_id AND author.commercial_partner_id = document.partner_id
                 JOIN retail_profile profile
                   ON profile.partner_id = document.partner_id AND profile.company_id = %(company)s
                  AND COALESCE(document.company_id, %(company)s) = %(company)s
                 JOIN retail_strategy strategy
                   ON strategy.id = profile.strategy_id AND strategy.first_answer_hours > 0
                 LEFT JOIN retail_owner owner ON owner.partner_id = document.partner_id
                       AND owner.company_id = %(company)s AND owner.until IS NULL
                WHERE message.id > %(after)s AND message.model = %(model)s
                  AND message.message_type IN %(written)s AND message.is_internal IS NOT TRUE
                  AND NOT %(is_staff)s
                  AND NOT EXISTS (SELECT FROM retail_question known
                                   WHERE known.res_model = %(model)s AND known.res_id = message.res_id
                                     AND (known.message_id >= message.id OR known.answered_at IS NULL
                                          OR known.answered_at >= message.date))
                ORDER BY message.id""",
            source=source,
            company=company.id,
            after=after,
            model=model,
            written=WRITTEN,
            is_staff=self._sql_is_staff(SQL.identifier("message", "author_id")),
        )

    @api.model
    def _sql_answers(self, questions) -> SQL:
        """The first answer to each of ``questions``: somebody's message on the document, or an action that was done."""
        return SQL(
            """SELECT question.id, answer.moment, answer.user_id
                 FROM retail_question question
                 JOIN LATERAL (
                       SELECT message.date AS moment, users.id AS user_id
                         FROM mail_message message
                         JOIN res_users users ON users.partner_id = message.author_id AND NOT users.share
                         LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
                        WHERE message.model = question.res_model AND message.res_id = question.res_id
                          AND message.id > question.message_id
                          AND (message.mail_activity_type_id IS NOT NULL
                               OR (message.message_type IN %(answered)s AND message.is_internal IS NOT TRUE
                                   AND subtype.internal IS NOT TRUE))
                        UNION ALL
                       SELECT action.done_on, action.done_by_id
                         FROM retail_action action
                        WHERE action.partner_id = question.partner_id AND action.company_id = question.company_id
                          AND action.state = 'done' AND action.done_on >= question.asked_at
                        ORDER BY moment LIMIT 1) answer ON TRUE
                WHERE question.id = ANY(%(questions)s)""",
            answered=ANSWERED,
            questions=questions.ids,
        )

    @staticmethod
    def _sql_is_staff(author) -> SQL:
        return SQL(
            "EXISTS (SELECT FROM res_users users WHERE users.partner_id = %s AND NOT users.share)", author
        )
