from odoo import fields, models
from odoo.tools import SQL

from ..effect.sums import Sums

# so many days customers are followed after the draw, and looked at before it
WINDOWS = (30, 60, 90, 180)
MEASURES = ("revenue", "contribution")
FIGURES = ("", "_squares", "_before", "_before_squares", "_products")
READERS_OF_CONTRIBUTION = "retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor"


class RetailEffectSums(models.AbstractModel):
    """What customers of a group brought, as sums over them that can be added up further; those without count as 0.

    Per measure: what each brought in the window and in the as long time before it, the squares of both, and their
    product. Company currency, and its square.
    """

    _name = "retail.effect.sums"
    _description = "Sums over customers"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    strategy_id = fields.Many2one("retail.strategy", required=True, readonly=True, ondelete="cascade")
    as_of = fields.Date(string="Counted for", readonly=True)
    window_days = fields.Integer(readonly=True, aggregator=None)
    customers = fields.Integer(readonly=True)
    revenue = fields.Float(readonly=True)
    revenue_squares = fields.Float(readonly=True)
    revenue_before = fields.Float(readonly=True)
    revenue_before_squares = fields.Float(readonly=True)
    revenue_products = fields.Float(readonly=True)
    # revenue minus contribution is the cost
    contribution = fields.Float(readonly=True, groups=READERS_OF_CONTRIBUTION)
    contribution_squares = fields.Float(readonly=True, groups=READERS_OF_CONTRIBUTION)
    contribution_before = fields.Float(readonly=True, groups=READERS_OF_CONTRIBUTION)
    contribution_before_squares = fields.Float(readonly=True, groups=READERS_OF_CONTRIBUTION)
    contribution_products = fields.Float(readonly=True, groups=READERS_OF_CONTRIBUTION)

    def _get_measures(self):
        """Those that the reader may see, the one that matters first."""
        may_read = self._has_field_access(self._fields["contribution"], "read")
        return ("contribution", "revenue") if may_read else ("revenue",)

    @staticmethod
    def _get_figures(measure):
        """Names of the fields of a ``measure``, in the order of :class:`Sums`."""
        return [f"{measure}{figure}" for figure in FIGURES]

    def _read_sums(self, domain, groupby, measures, aggregates=()):
        """``[(values of groupby, {measure: Sums}, values of aggregates)]`` of the rows of ``domain`` (1 query)."""
        names = [name for measure in measures for name in self._get_figures(measure)]
        rows = self._read_group(
            domain, groupby, [*aggregates, "customers:sum", *(f"{name}:sum" for name in names)]
        )
        first = len(groupby) + len(aggregates)
        return [
            (
                row[: len(groupby)],
                {
                    measure: Sums(row[first], *row[first + 1 + len(FIGURES) * place :][: len(FIGURES)])
                    for place, measure in enumerate(measures)
                },
                row[len(groupby) : first],
            )
            for row in rows
        ]

    def _sql_columns(self) -> SQL:
        """The names of the sums, and :meth:`_sql_sums` in the same order."""
        names = ("customers", *(name for measure in MEASURES for name in self._get_figures(measure)))
        return SQL(", ").join(map(SQL.identifier, names))

    @staticmethod
    def _sql_sums() -> SQL:
        """Over customers who brought ``brought.revenue`` and ``brought.revenue_before``, and contribution alike."""
        return SQL(
            "count(*), %s",
            SQL(", ").join(
                SQL(
                    """sum(COALESCE(%(amount)s, 0)), sum(COALESCE(%(amount)s ^ 2, 0)),
                       sum(COALESCE(%(before)s, 0)), sum(COALESCE(%(before)s ^ 2, 0)),
                       sum(COALESCE(%(amount)s * %(before)s, 0))""",
                    amount=SQL.identifier("brought", measure),
                    before=SQL.identifier("brought", f"{measure}_before"),
                )
                for measure in MEASURES
            ),
        )

    @staticmethod
    def _sql_amounts(is_after: SQL) -> SQL:
        """What the purchases ``fact`` of a customer come to, those that are ``is_after`` the start apart."""
        return SQL(", ").join(
            SQL(
                """COALESCE(sum(%(amount)s) FILTER (WHERE %(is_after)s), 0)::float8 AS %(name)s,
                   COALESCE(sum(%(amount)s) FILTER (WHERE NOT %(is_after)s), 0)::float8 AS %(before)s""",
                amount=SQL.identifier("fact", measure),
                is_after=is_after,
                name=SQL.identifier(measure),
                before=SQL.identifier(f"{measure}_before"),
            )
            for measure in MEASURES
        )

    @staticmethod
    def _sql_spans() -> SQL:
        """Rows (days), one for each window."""
        return SQL("(SELECT unnest(%s::int4[]) AS days)", list(WINDOWS))
