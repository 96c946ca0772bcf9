from datetime import timedelta

from odoo import api, models

from .retail_backtest import AUC_BAR, ECE_BAR, GINI_LEAD, TOTAL_ERROR_BAR

# three years of weekly back-tests; what is older stays in the list
LIMIT = 156
FIELDS = (
    "as_of",
    "window_end",
    "horizon_weeks",
    "model_rung",
    "customer_count",
    "gini_value",
    "gini_rfm",
    "gini_monetary",
    "capture_top10",
    "auc",
    "ece",
    "total_error",
    "calibration",
)


class RetailBacktestPage(models.AbstractModel):
    """What the page of back-tests shows: how good value and risk were, over time and in words. Computes nothing anew.

    Those of the current root company, through the reader's own rights. Gini, AUC, shares and errors 0-1 as on
    ``retail.backtest``.
    """

    _name = "retail.backtest.page"
    _description = "Page of back-tests"

    @api.readonly
    @api.model
    def get_data(self):
        """Everything the page shows, in some 10 queries whatever the number of customers.

        :return: dict with ``backtests``, the newest first, one of each day and horizon; ``bars``, on whose wrong side
            a figure warns; ``first``, only without any back-test: when the first one comes
        :raise AccessError: the user may not read back-tests
        """
        self.env["retail.backtest"].check_access("read")
        company = self.env.company.root_id
        backtests = self._get_backtests(company)
        return {
            "backtests": [self._describe(backtest) for backtest in backtests],
            "bars": {
                "gini_lead": GINI_LEAD,
                "auc": AUC_BAR,
                "ece": ECE_BAR,
                "total_error": TOTAL_ERROR_BAR,
            },
            "first": None if backtests else self._get_first(company),
        }

    def _get_backtests(self, company):
        """The latest of each day and horizon: a full run tests a day once more."""
        Backtest = self.env["retail.backtest"]
        found = Backtest.search([("company_id", "=", company.id)], limit=LIMIT)
        newest = {}
        for backtest in found:
            newest.setdefault((backtest.as_of, backtest.horizon_weeks), backtest)
        return Backtest.union(*newest.values())

    def _describe(self, backtest):
        """The figures; ``sentences``, what they say; ``warnings``, those that break their bar, with advice."""
        return {
            "id": backtest.id,
            **{name: backtest[name] for name in FIELDS},
            "sentences": backtest._get_summary_lines(),
            "warnings": [
                {"figure": figure, "words": words, "advice": self._advise(figure, backtest)}
                for figure, words in backtest._get_warnings().items()
            ],
        }

    def _advise(self, figure, backtest):
        """What a manager makes of a figure on the wrong side of its bar."""
        if figure == "total_error":
            return self._advise_on_total(backtest)
        return {
            "gini_value": self.env._(
                "The order by value is still usable, but small differences in rank mean little. Where customers buy "
                "seldom or with the seasons, try a longer half-life in a draft of the segmentation policy."
            ),
            "auc": self.env._(
                "Look at a customer's own rhythm before you call because of a red light. With few repeat customers or "
                "a strong season this is common; a longer horizon often helps."
            ),
            "ece": self.env._(
                "Who is more likely to stay away than whom still holds, the percentages do not. A promotion, a closed "
                "store or a season changes how often people come. The percentages are adjusted every week; when they "
                "stay off for longer than a month, see whether purchases are missing."
            ),
        }[figure]

    def _advise_on_total(self, backtest):
        if backtest.total_error > 0:
            return self.env._(
                "Do not budget with the expected revenue: less came. Look for what ended since: a season, a store, a "
                "large customer."
            )
        return self.env._(
            "Do not budget with the expected revenue: more came. Look for what is new since: a season, a promotion, a "
            "large customer."
        )

    def _get_first(self, company):
        """Purchases must reach back by one horizon: ``day``, from which on they do; None while nobody has bought."""
        [(first_day,)] = self.env["retail.profile"]._read_group(
            [("company_id", "=", company.id)], [], ["first_purchase_date:min"]
        )
        weeks = self.env["retail.dashboard"]._get_horizon(company)["weeks"]
        return {
            "first_purchase_date": first_day or None,
            "horizon_weeks": weeks,
            "day": first_day + timedelta(weeks=weeks) if first_day else None,
        }
