"""What the scoring must say, computed a second time: plain Python, slow and clear, for the tests of the SQL engine.

Shares no code with `scoring/mbg_nbd.py` and none with the SQL. The purchases are those of one company, in its currency;
times are weeks (days / 7). `as_of` is the last day seen; the window of a horizon h is the 7 h days after it:
as_of < day <= as_of + 7 h.
"""

import bisect
import datetime
import functools
import math
import statistics
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from scipy.integrate import quad
from scipy.special import beta as beta_function

RISK, STRATEGIC, KEY, TRANSACTIONAL = "risk", "strategic", "key", "transactional"


class Row(NamedTuple):
    """One purchase row. A return is negative, stands on the `day` it belongs to, and is known when it came in."""

    partner: object
    day: datetime.date
    known_on: datetime.date
    contribution: float
    revenue: float
    is_return: bool = False


class Profile(NamedTuple):
    """One customer as of a day; the fields named as in `retail.profile` mean the same."""

    first_purchase_date: datetime.date
    last_purchase_date: datetime.date
    purchase_days: int
    x: int
    tx: float
    T: float
    value: float
    revenue: float
    contribution: float
    value_percentile: float
    inactivity_risk: float
    unrounded_risk: float
    expected_purchases: float
    expected_revenue: float


class Policy(NamedTuple):
    """The defaults of scoring.md."""

    risk_enter: float = 0.50
    risk_leave_margin: float = 0.15
    strategic_enter: float = 90
    strategic_leave: float = 85
    key_enter: float = 70
    key_leave: float = 65


DEFAULT_POLICY = Policy()


def rounded(number, decimals):
    """As PostgreSQL's `round(number::numeric, decimals)` of a double: 15 significant digits, halves away from zero."""
    return float(Decimal(format(number, ".15g")).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


# Profiles ------------------------------------------------------------------------------------------------------------


def profiles(rows, as_of, parameters, half_life_weeks=26, horizon_weeks=13, calibration=(0.0, 1.0)):
    """{partner: Profile} of everybody with a purchase day; `parameters` = (r, alpha, a, b) of the MBG/NBD in weeks."""
    known = known_rows(rows, as_of)
    stories = {partner: story for partner, story in by_partner(known).items() if purchase_days(story)}
    values = {
        partner: rounded(ew_value(story, as_of, half_life_weeks), 2) for partner, story in stories.items()
    }
    revenues = {partner: math.fsum(row.revenue for row in story) for partner, story in stories.items()}
    days = {partner: len(purchase_days(story)) for partner, story in stories.items()}
    percentiles = dict(zip(values, percent_ranks(list(values.values()))))
    company_mean = math.fsum(revenues.values()) / sum(days.values()) if days else 0.0
    result = {}
    for partner, story in stories.items():
        first, last = min(purchase_days(story)), max(purchase_days(story))
        x, tx, T = days[partner] - 1, (last - first).days / 7, (as_of - first).days / 7
        risk = recalibrated(risk_of_inactivity(parameters, x, tx, T, horizon_weeks), calibration)
        expected = expected_purchases(parameters, x, tx, T, horizon_weeks)
        result[partner] = Profile(
            first_purchase_date=first,
            last_purchase_date=last,
            purchase_days=days[partner],
            x=x,
            tx=tx,
            T=T,
            value=values[partner],
            revenue=revenues[partner],
            contribution=round(math.fsum(row.contribution for row in story), 2),
            value_percentile=rounded(100 * percentiles[partner], 1),
            inactivity_risk=rounded(risk, 2),
            unrounded_risk=risk,
            expected_purchases=expected,
            # n * own mean is the customer's revenue: two purchases of the average customer are added to his own.
            expected_revenue=(revenues[partner] + 2 * company_mean) / (days[partner] + 2) * expected,
        )
    return result


def known_rows(rows, as_of):
    """What the shop knew at the end of `as_of`: neither later purchases nor returns that came in later."""
    return [row for row in rows if row.day <= as_of and row.known_on <= as_of]


def by_partner(rows):
    stories = {}
    for row in rows:
        stories.setdefault(row.partner, []).append(row)
    return stories


def purchase_days(story):
    """Days with at least one row that is not a return; an amount of zero counts."""
    return {row.day for row in story if not row.is_return}


def ew_value(story, as_of, half_life_weeks):
    """Each row's contribution weighs .5 ^ (age in days / (7 x half-life)), returns by the `day` they stand on."""
    return math.fsum(
        row.contribution * 0.5 ** ((as_of - row.day).days / (7 * half_life_weeks)) for row in story
    )


def percent_ranks(values):
    """Share of the others that are strictly lower (SQL's percent_rank: ties share one rank); 0 for one customer."""
    ordered = sorted(values)
    return [bisect.bisect_left(ordered, value) / max(len(ordered) - 1, 1) for value in values]


# The model -----------------------------------------------------------------------------------------------------------


def probability_alive(parameters, x, tx, T):
    r, alpha, a, b = parameters
    return 1 / (1 + a / (b + x) * ((alpha + T) / (alpha + tx)) ** (r + x))


def risk_of_inactivity(parameters, x, tx, T, horizon):
    r, alpha, _a, _b = parameters
    return 1 - probability_alive(parameters, x, tx, T) * (
        1 - ((alpha + T) / (alpha + T + horizon)) ** (r + x)
    )


def expected_purchases(parameters, x, tx, T, horizon):
    return probability_alive(parameters, x, tx, T) * purchases_if_alive(parameters, x, T, horizon)


@functools.cache
def purchases_if_alive(parameters, x, T, horizon):
    """By integration instead of 2F1. Who is alive has rate l ~ Gamma(r+x, alpha+T) and leaves with p ~ Beta(a, b+x+1)
    after each purchase, hence buys (1 - exp(-l p h)) / p times; the mean over l is
    (1 - (1 + p h/(alpha+T))^-(r+x)) / p.
    """
    r, alpha, a, b = parameters

    def mean_over_rates(p):
        return (
            -math.expm1(-(r + x) * math.log1p(p * horizon / (alpha + T))) / p
            if p
            else (r + x) * horizon / (alpha + T)
        )

    # quad's weight "alg" is p^(a-1) (1-p)^(b+x): the density of the Beta without its constant.
    # Without its constant the density is tiny for large b + x: only the relative error may end the integration.
    integral, _error = quad(
        mean_over_rates, 0, 1, weight="alg", wvar=(a - 1, b + x), limit=200, epsabs=0, epsrel=1e-10
    )
    return float(integral / beta_function(a, b + x + 1))


def recalibrated(probability, calibration):
    """logit(result) = intercept + slope * logit(q), q kept within 1e-6 of 0 and 1; (0, 1) leaves q as it is."""
    intercept, slope = calibration
    if (intercept, slope) == (0, 1):
        return probability
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-intercept) * ((1 - probability) / probability) ** slope)


def rung(customers, repeat_buyers, history_weeks):
    """The ladder for small shops; history counts from the company's first purchase day to as_of."""
    if customers < 100 or repeat_buyers < 30 or history_weeks < 13:
        return "rank"
    return "rough" if customers < 500 else "fitted"


def proposed_horizon(rows, as_of):
    """The first of 4, 13, 26, 52 weeks that is at least three times the median gap between purchase days, else 52."""
    gaps = []
    for story in by_partner(known_rows(rows, as_of)).values():
        days = sorted(purchase_days(story))
        gaps += [(later - earlier).days / 7 for earlier, later in zip(days, days[1:])]
    fitting = [weeks for weeks in (4, 13, 26) if gaps and weeks >= 3 * statistics.median(gaps)]
    return fitting[0] if fitting else 52


# The four segments ---------------------------------------------------------------------------------------------------


def decide(scored, previous=None, payment_high=(), policy=DEFAULT_POLICY):
    """{partner: (segment, reason)} for `scored` = {partner: Profile}.

    `previous`: computed segment of the last completed run with an earlier as_of; `payment_high`: partners whose payment
    risk is high now (`is_payment_risk_high`). Decided on the figures the profile shows: percentile to .1, q to .01.
    """
    previous = previous or {}
    median = statistics.median([profile.contribution for profile in scored.values()]) if scored else 0
    threshold = risk_threshold(scored, policy)
    return {
        partner: decide_one(
            profile, previous.get(partner), partner in payment_high, median, threshold, policy
        )
        for partner, profile in scored.items()
    }


def risk_threshold(scored, policy=DEFAULT_POLICY):
    """max(.50, mean q of the customers with at least two purchase days), to .0001 so that floats cannot decide."""
    risks = [
        Decimal(str(profile.inactivity_risk)) for profile in scored.values() if profile.purchase_days >= 2
    ]
    mean = sum(risks) / len(risks) if risks else 0
    return rounded(max(policy.risk_enter, mean), 4)


def decide_one(profile, previous, payment_is_high, median, threshold, policy):
    if is_inactivity_risk(profile, previous, median, threshold, policy):
        return RISK, "inactivity"
    segment = value_segment(profile, previous, policy)
    if payment_is_high and segment in (STRATEGIC, KEY):
        return RISK, "payment"
    return segment, "value"


def is_inactivity_risk(profile, previous, median, threshold, policy):
    """Who is in leaves only when q falls below the threshold minus .15: the median is asked at the entrance alone."""
    if profile.purchase_days < 2:
        return False
    if previous == RISK and profile.inactivity_risk >= round(threshold - policy.risk_leave_margin, 4):
        return True
    return profile.contribution >= median and profile.inactivity_risk >= threshold


def value_segment(profile, previous, policy):
    """A leave band protects who was in that segment or a higher one; who was at risk has no band."""
    percentile = profile.value_percentile
    if percentile >= (policy.strategic_leave if previous == STRATEGIC else policy.strategic_enter):
        return STRATEGIC
    if percentile >= (policy.key_leave if previous in (STRATEGIC, KEY) else policy.key_enter):
        return KEY
    return TRANSACTIONAL


def is_payment_risk_high(share_unpaid, open_overdue, was_high, policy_amount=0.0):
    """High from .30 with open overdue above the policy's amount; once high it ends only below .20."""
    if was_high:
        return share_unpaid >= 0.20
    return share_unpaid >= 0.30 and open_overdue > policy_amount


# The back-test -------------------------------------------------------------------------------------------------------


class BackTest(NamedTuple):
    """As `retail.backtest.evaluate` stores it. total_error is signed: +.05 forecasts 5 % too much."""

    gini_value: float
    gini_rfm: float
    gini_monetary: float
    capture_top10: float
    auc: float
    ece: float
    total_error: float
    customer_count: int


def back_test(rows, as_of, scored, horizon_weeks):
    """Compare `scored` = profiles(rows, as_of, ...) with what happened in the window.

    The population is everybody scored: all customers with a purchase day known at as_of, one-time buyers and those who
    never came back included. Window revenue counts all rows of the window, whenever they became known, as of today.
    """
    end = as_of + datetime.timedelta(days=7 * horizon_weeks)
    window = by_partner([row for row in rows if as_of < row.day <= end])
    revenue = {partner: math.fsum(row.revenue for row in window.get(partner, [])) for partner in scored}
    stayed_away = {partner: not purchase_days(window.get(partner, [])) for partner in scored}
    actual = [revenue[partner] for partner in scored]
    values = [profile.value for profile in scored.values()]
    risks = [profile.unrounded_risk for profile in scored.values()]
    outcomes = [stayed_away[partner] for partner in scored]
    return BackTest(
        gini_value=normalised_gini(values, actual),
        gini_rfm=normalised_gini(rfm_sums(scored.values()), actual),
        gini_monetary=normalised_gini([profile.revenue for profile in scored.values()], actual),
        capture_top10=capture_top10(values, actual),
        auc=auc(risks, outcomes),
        ece=expected_calibration_error(risks, outcomes),
        total_error=sum(profile.expected_revenue for profile in scored.values()) / sum(actual) - 1,
        customer_count=len(scored),
    )


def middle_ranks(scores):
    """1 for the lowest; tied scores share the mean of their ranks, i.e. the expectation over every order among them."""
    ordered = sorted(scores)
    return [
        (bisect.bisect_left(ordered, score) + 1 + bisect.bisect_right(ordered, score)) / 2 for score in scores
    ]


def normalised_gini(scores, actual):
    """Gini of the actual revenue in the order of the score, divided by that in its own order: 1 perfect, 0 chance.

    With N customers, middle rank k (1 = lowest) and revenue y: G(order) = sum(y (2 k - N - 1)) / (N sum(y)); the
    divisor N sum(y) cancels. Also called accuracy ratio of the cumulative gains curve.
    """

    def unscaled(ranks):
        return math.fsum(y * (2 * rank - len(actual) - 1) for y, rank in zip(actual, ranks))

    best = unscaled(middle_ranks(actual))
    return unscaled(middle_ranks(scores)) / best if best else 0.0


def capture_top10(scores, actual):
    """Share of the revenue of the ceil(N / 10) best-scored customers; ties at the edge count in proportion."""
    places = math.ceil(len(scores) / 10)
    edge = sorted(scores, reverse=True)[places - 1]
    above = [y for score, y in zip(scores, actual) if score > edge]
    tied = [y for score, y in zip(scores, actual) if score == edge]
    captured = math.fsum(above) + math.fsum(tied) * (places - len(above)) / len(tied)
    return captured / math.fsum(actual) if math.fsum(actual) else 0.0


def auc(scores, outcomes):
    """Probability that a customer with the outcome has a higher score than one without; a tie counts one half."""
    positives = sum(map(bool, outcomes))
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return 0.5
    ranks = math.fsum(rank for rank, outcome in zip(middle_ranks(scores), outcomes) if outcome)
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def expected_calibration_error(probabilities, outcomes, bins=10):
    """sum over ten bins of equal width of (customers in the bin / customers) * |mean q - share without a purchase|.

    Bin = least(floor(10 q), 9) (Guo et al. 2017, "On calibration of modern neural networks"), q as used, not rounded.
    """
    groups = {}
    for probability, outcome in zip(probabilities, outcomes):
        groups.setdefault(min(int(bins * probability), bins - 1), []).append(probability - bool(outcome))
    return math.fsum(abs(math.fsum(errors)) for errors in groups.values()) / len(probabilities)


def rfm_sums(scored):
    """Recency, frequency, monetary (last day, purchase days, revenue), each 1 to 5 by quintile, added: 3 to 15.

    Quintile = least(5, 1 + floor(5 * percent_rank)): equal customers get equal points.
    """
    scored = list(scored)
    columns = [
        [profile.last_purchase_date.toordinal() for profile in scored],
        [profile.purchase_days for profile in scored],
        [profile.revenue for profile in scored],
    ]
    return [sum(points) for points in zip(*map(quintiles, columns))]


def quintiles(values):
    ordered = sorted(values)
    others = max(len(ordered) - 1, 1)
    return [min(5, 1 + 5 * bisect.bisect_left(ordered, value) // others) for value in values]
