from odoo.tools import SQL

SALES = SQL.identifier("retail_trial_sales")
RATIOS = SQL.identifier("retail_trial_price_ratio")
NO_PRODUCT = 0


class TrialTerms:
    """What past purchases would have brought had each segment's strategy applied: an estimate, in company currency.

    Three terms, each against doing nothing; what the shop gains is positive:

    - price list: revenue times (price by the list / sales price - 1), product by product as the lists stand today;
      purchases without a product follow the list's discount on everything;
    - discount ceiling: what order lines were discounted beyond it;
    - points multiplier: revenue times points earned per unit of money, times what a point is worth when redeemed.

    Nobody's behaviour changes: who pays more buys as much. The tables are temporary and belong to the connection.
    """

    def __init__(self, env, company, facts, days):
        """
        :param facts: relation of the purchases with ``product_id``
        :param days: the days replayed, in order; month number n is what was bought after day n up to day n + 1
        """
        self.env = env
        self.company = company
        self.facts = facts
        self.days = days
        self.strategies = env["retail.strategy"].search([("company_id", "=", company.id)])
        self.point_cost = self._get_point_cost()

    def prepare(self):
        """One pass over the purchases and one over the discounted order lines."""
        self.forget(self.env)
        self._store_ratios()
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE %s AS %s; ANALYZE %s", SALES, self._sql_sales(), SALES)
        )

    @staticmethod
    def forget(env):
        """Drop the tables."""
        env.cr.execute(SQL("DROP TABLE IF EXISTS %s, %s", SALES, RATIOS))

    def sql_effects(self, position, segments) -> SQL:
        """Query (segment_id, store_id, revenue, price_effect, discount_effect, points_effect) of a month.

        ``segment_id`` is the one on trial; effects are those of its strategy less those of the segment so far.

        :param position: number of the month
        :param segments: query (partner_id, draft_segment_id, active_segment_id)
        """
        return SQL(
            """SELECT customer.draft_segment_id AS segment_id, sales.store_id, sum(sales.revenue) AS revenue,
                      sum(%(price)s) AS price_effect, sum(%(discount)s) AS discount_effect,
                      sum(%(points)s) AS points_effect
                 FROM (%(segments)s) customer JOIN %(sales)s sales ON sales.partner_id = customer.partner_id
                WHERE sales.position = %(position)s GROUP BY 1, 2""",
            segments=segments,
            sales=SALES,
            position=position,
            **{term: self._sql_difference(term) for term in ("price", "discount", "points")},
        )

    def _sql_difference(self, term) -> SQL:
        return SQL(
            "(%s - %s)",
            self._sql_effect(term, SQL.identifier("customer", "draft_segment_id")),
            self._sql_effect(term, SQL.identifier("customer", "active_segment_id")),
        )

    def _sql_effect(self, term, segment) -> SQL:
        """Effect of ``term`` on the row ``sales`` under the strategy of the ``segment``; 0 without one."""
        if not self.strategies:
            return SQL("0.0::float8")
        cases = SQL(" ").join(
            SQL("WHEN %s THEN %s", strategy.segment_id.id, self._sql_effect_of(term, strategy))
            for strategy in self.strategies
        )
        return SQL("CASE %s %s ELSE 0 END", segment, cases)

    def _sql_effect_of(self, term, strategy) -> SQL:
        if term == "points":
            return SQL("-sales.revenue * %s::float8", self.point_cost * strategy.points_multiplier)
        return SQL.identifier("sales", f"{term}_{strategy.id}")

    # ------------------------------------------------------------------ what was sold

    def _sql_sales(self) -> SQL:
        """Rows (partner_id, position, store_id, revenue, and of every strategy its price and discount effect)."""
        return SQL(
            """SELECT partner_id, position, store_id, sum(revenue) AS revenue %(sums)s
                 FROM (%(purchases)s UNION ALL %(discounts)s) sold
                WHERE position BETWEEN 0 AND %(last)s
                GROUP BY partner_id, position, store_id""",
            sums=self._sql_columns(lambda term, strategy: SQL("sum(%s)", self._name(term, strategy))),
            purchases=self._sql_purchases(),
            discounts=self._sql_discounts(),
            last=len(self.days) - 2,
        )

    def _sql_purchases(self) -> SQL:
        def effect(term, strategy):
            if term == "price":
                return SQL("fact.revenue * (COALESCE(ratio.%s, 1) - 1)", self._name("ratio", strategy))
            return SQL("0.0")

        return SQL(
            """SELECT fact.partner_id, %(position)s AS position, fact.store_id, fact.revenue %(effects)s
                 FROM %(facts)s fact
                 LEFT JOIN %(ratios)s ratio ON ratio.product_id = COALESCE(fact.product_id, %(no_product)s)""",
            position=self._sql_position(SQL.identifier("fact", "day")),
            effects=self._sql_columns(effect),
            facts=self.facts,
            ratios=RATIOS,
            no_product=NO_PRODUCT,
        )

    def _sql_discounts(self) -> SQL:
        """Lines of confirmed orders with a discount; what lies beyond the ceiling, untaxed, at the order's rate."""

        def effect(term, strategy):
            if term == "discount":
                return SQL("gross * GREATEST(discount - %s, 0) / 100", strategy.discount_ceiling)
            return SQL("0.0")

        Purchase = self.env["retail.purchase"]
        return SQL(
            """SELECT line.partner_id, line.position, line.store_id, 0.0 %(effects)s
                 FROM (SELECT partner.commercial_partner_id AS partner_id, %(position)s AS position,
                              warehouse.retail_store_id AS store_id, order_line.discount::float8 AS discount,
                              CASE WHEN order_line.discount < 100
                                   THEN order_line.price_subtotal::float8 / (1 - order_line.discount::float8 / 100)
                                   ELSE order_line.price_unit::float8 * order_line.product_uom_qty::float8 END
                                  / COALESCE(NULLIF(sale.currency_rate::float8, 0), 1) AS gross
                         FROM sale_order_line order_line
                         JOIN sale_order sale ON sale.id = order_line.order_id
                         %(join_company)s
                         JOIN res_partner partner ON partner.id = sale.partner_id
                         LEFT JOIN stock_warehouse warehouse ON warehouse.id = sale.warehouse_id
                        WHERE order_line.discount > 0 AND order_line.display_type IS NULL AND sale.state = 'sale'
                          AND sale.company_id = ANY(%(companies)s)) line""",
            effects=self._sql_columns(effect),
            position=self._sql_position(Purchase._sql_local_day(SQL.identifier("sale", "date_order"))),
            join_company=Purchase._sql_join_company(SQL.identifier("sale", "company_id")),
            companies=self.env["retail.profile.statistics"]._get_branches(self.company).ids,
        )

    def _sql_position(self, day) -> SQL:
        """Number of the month in which ``day`` lies, out of range before the first and after the last."""
        return SQL("width_bucket(%s - 1, %s::date[]) - 1", day, self.days)

    def _sql_columns(self, sql_effect) -> SQL:
        """The columns ``price_<strategy>`` and ``discount_<strategy>``, each after a comma."""
        return SQL("").join(
            SQL(", (%s)::float8 AS %s", sql_effect(term, strategy), self._name(term, strategy))
            for strategy in self.strategies
            for term in ("price", "discount")
        )

    @staticmethod
    def _name(term, strategy) -> SQL:
        return SQL.identifier(f"{term}_{strategy.id}")

    # ------------------------------------------------------------------ what the terms are worth

    def _store_ratios(self):
        """Table of what each product costs by each strategy's price list, as a share of its sales price."""
        products = self._get_products()
        columns = [[NO_PRODUCT, *products.ids]]
        columns += [self._get_ratios(strategy.pricelist_id, products) for strategy in self.strategies]
        names = [SQL.identifier("product_id")] + [
            self._name("ratio", strategy) for strategy in self.strategies
        ]
        types = [SQL("%s::int4[]", columns[0])] + [SQL("%s::float8[]", ratios) for ratios in columns[1:]]
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %(table)s AS SELECT * FROM unnest(%(arrays)s) ratio(%(names)s);"
                "ANALYZE %(table)s",
                table=RATIOS,
                arrays=SQL(", ").join(types),
                names=SQL(", ").join(names),
            )
        )

    def _get_products(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT product_id FROM %s WHERE day > %s AND product_id > 0",
                self.facts,
                self.days[0],
            )
        )
        return self.env["product.product"].browse(product_id for (product_id,) in rows).exists()

    def _get_ratios(self, pricelist, products):
        """Ratio for purchases without a product, then for each of ``products``."""
        if not pricelist:
            return [1.0] * (1 + len(products))
        prices = pricelist._get_products_price(products, 1.0, currency=self.company.currency_id)
        return [
            self._get_ratio_without_product(pricelist),
            *(
                prices[product.id] / product.lst_price if product.lst_price > 0 else 1.0
                for product in products
            ),
        ]

    @staticmethod
    def _get_ratio_without_product(pricelist):
        """The list's discount on everything; 1 where it has none."""
        rules = pricelist.item_ids.filtered(
            lambda rule: (
                rule.applied_on == "3_global"
                and rule.min_quantity <= 1
                and rule.compute_price == "percentage"
            )
        )
        return 1 - rules[:1].percent_price / 100

    def _get_point_cost(self):
        """What the points earned on one unit of money are worth when redeemed, at a multiplier of 1."""
        programs = self.env["loyalty.program"].search(
            [("program_type", "=", "loyalty"), ("company_id", "in", (False, self.company.id))]
        )
        return sum(self._get_earned(program) * self._get_worth(program) for program in programs)

    @staticmethod
    def _get_earned(program):
        """Points per unit of money; rules by order or by piece say nothing about money."""
        rules = program.rule_ids.filtered(lambda rule: rule.reward_point_mode == "money")
        return max(rules.mapped("reward_point_amount"), default=0.0)

    @staticmethod
    def _get_worth(program):
        """Money a point brings when redeemed for a discount in money; the best of the program's rewards."""
        worth = []
        for reward in program.reward_ids.filtered(lambda reward: reward.reward_type == "discount"):
            if reward.discount_mode == "per_point":
                worth.append(reward.discount)
            elif reward.discount_mode == "per_order" and reward.required_points:
                worth.append(reward.discount / reward.required_points)
        return max(worth, default=0.0)
