"""MBG/NBD: will a customer buy again, and how often? Fitted by MAP, standard library only.

A customer is a triple (x, tx, T), time in **weeks**: repeat purchase days, weeks from the first to the last purchase
day, weeks from the first purchase day to the as-of date. A *cell* is (x, tx, T, customers): so many share the triple.

The model: while active a customer buys as a Poisson process whose rate is Gamma(r, alpha) over the customers (alpha in
weeks), and after every purchase, the first one included, leaves for good with a probability that is Beta(a, b).

Sources: Batislam, Denizel, Filiztekin (2007), "Empirical validation and comparison of models for customer base
analysis", IJRM 24, 201-209; Hoppe, Wagner (2007), "Customer base analysis: the case for a central variant of the
Betageometric/NBD model", Marketing JRM 29, 75-90; Fader, Hardie, Lee (2005), "Counting your customers the easy way",
Marketing Science 24, 275-284 (BG/NBD, the same without dropout at the first purchase).
"""

import math
import random
from collections import Counter, defaultdict
from typing import NamedTuple

SAMPLE_LIMIT = 20_000
SAMPLE_SEED = 20_260_101
# a = 1 is a removable singularity of the expectation: stay this far off it.
SINGULARITY_MARGIN = 1e-4
# The transformed parameters stay within +-12 (e^12 = 163,000): plain maximum likelihood runs away on small shops, and
# beyond it differences of lgamma drown in rounding.
BOUND = 12.0


class Parameters(NamedTuple):
    """r: shape of the purchase rates; alpha: their scale, weeks; a, b: Beta of the probability to leave."""

    r: float
    alpha: float
    a: float
    b: float


class Calibration(NamedTuple):
    """`logit(calibrated) = intercept + slope * logit(q)`; (0, 1) changes nothing."""

    intercept: float
    slope: float


IDENTITY = Calibration(0.0, 1.0)

# Weak prior, time in weeks, measured on real retail data; mean and standard deviation of the normal distributions of
# ln r, ln alpha, logit(a / (a + b)), ln(a + b). It is counted once, like one more observation, whatever the size
# of the shop.
PRIOR = ((math.log(0.75), 0.7), (math.log(5), 1.0), (-2.2, 1.5), (math.log(5), 1.0))


# Parameters <-> transformed space ------------------------------------------------------------------------------------


def _from_transformed(point):
    ln_r, ln_alpha, logit_share, ln_total = point
    total = math.exp(ln_total)
    return Parameters(
        r=math.exp(ln_r),
        alpha=math.exp(ln_alpha),
        a=total * _logistic(logit_share),
        b=total * _logistic(-logit_share),
    )


def _logistic(value):
    """Underflows to 0, never overflows."""
    if value < 0:
        return math.exp(value) / (1 + math.exp(value)) if value > -700 else 0.0
    return 1 / (1 + math.exp(-value))


# The mode of the prior: what a shop too small to fit is scored with ("prior-only risk").
PRIOR_PARAMETERS = _from_transformed([mean for mean, _deviation in PRIOR])


# Fit -----------------------------------------------------------------------------------------------------------------


def fit(cells, with_prior=True):
    """Return the Parameters that maximise likelihood (and prior: MAP) over `cells`.

    `cells` is an iterable of (x, tx, T, customers), times in weeks.

    Deterministic, and finite for any cells. Plain maximum likelihood (`with_prior=False`) is for tests: on small shops
    it ends at the bound of the search. Some 2 seconds for 20,000 cells; use `sample_cells` above that.
    Raises ValueError without cells and for cells that no customer can have.
    """
    return Fitter().fit(cells, with_prior)


class Fitter:
    """Fits shops that differ little, for example one shop month after month.

    Each search begins where the one before ended, with the curvature it found there, and needs a third of the steps.
    """

    def __init__(self):
        self._point = [mean for mean, _deviation in PRIOR]
        self._inverse = _unit_matrix(len(PRIOR))

    def fit(self, cells, with_prior=True):
        """As the function `fit`."""
        groups = _group_by_x(cells)
        customers = sum(cell[2] for group in groups.values() for cell in group)
        self._point, self._inverse = _minimise(
            lambda point: _objective(point, groups, customers, with_prior), self._point, self._inverse
        )
        return _from_transformed(self._point)


def sample_cells(cells, limit=SAMPLE_LIMIT, seed=SAMPLE_SEED):
    """Return `cells` when there are at most `limit`, else the cells of `limit` customers drawn with a fixed seed.

    Customers are drawn without replacement; the result does not depend on the order of `cells`.
    """
    cells = sorted(cells)
    if len(cells) <= limit:
        return cells
    counts = [int(customers) for *_triple, customers in cells]
    triples = [tuple(triple) for *triple, _customers in cells]
    drawn = random.Random(seed).sample(triples, limit, counts=counts)
    return sorted((*triple, customers) for triple, customers in Counter(drawn).items())


def log_likelihood(parameters, cells):
    """Log-likelihood of the cells without the prior; raises ValueError as `fit` does."""
    return _log_likelihood_and_gradient(Parameters(*parameters), _group_by_x(cells))[0]


def _group_by_x(cells):
    """{x: [(tx, T, customers)]}: the gamma functions depend on x only."""
    groups = defaultdict(list)
    for x, tx, T, customers in cells:
        if not (0 <= x < math.inf and 0 <= tx <= T < math.inf and 0 < customers < math.inf):
            raise ValueError(f"Not a customer: x={x}, tx={tx}, T={T}, customers={customers}.")
        groups[x].append((float(tx), float(T), float(customers)))
    if not groups:
        raise ValueError("There are no customers to fit the model on.")
    return dict(sorted(groups.items()))


def _log_likelihood_and_gradient(parameters, groups):
    """(LL, its derivatives by r, alpha, a, b).

    Batislam et al. (2007): L = G(r+x)/G(r) alpha^r (alpha+T)^-(r+x) * B(a, b+x+1)/B(a, b) * (1 + odds), where
    odds = a/(b+x) ((alpha+T)/(alpha+tx))^(r+x) are those of having left, so that P(alive) = 1 / (1 + odds).
    """
    r, alpha, a, b = parameters
    value, by_r, by_alpha, by_a, by_b = 0.0, 0.0, 0.0, 0.0, 0.0
    for x, group in groups.items():
        k = r + x
        customers, logs, left, by_k, by_scale = _sum_over_group(
            group, k, alpha, math.log(a) - math.log(b + x)
        )
        value += logs + customers * (
            math.lgamma(k)
            - math.lgamma(r)
            + r * math.log(alpha)
            + math.lgamma(a + b)
            - math.lgamma(a + b + x + 1)
            + math.lgamma(b + x + 1)
            - math.lgamma(b)
        )
        psi_total = _digamma(a + b) - _digamma(a + b + x + 1)
        by_r += by_k + customers * (_digamma(k) - _digamma(r) + math.log(alpha))
        by_alpha += by_scale + customers * r / alpha
        by_a += left / a + customers * psi_total
        by_b += -left / (b + x) + customers * (psi_total + _digamma(b + x + 1) - _digamma(b))
    return value, (by_r, by_alpha, by_a, by_b)


def _sum_over_group(group, k, alpha, log_ratio):
    """The part of one x that differs by cell: here the time of a fit is spent, hence inlined.

    Returns customers, sum of -k ln(alpha+T) + ln(1+odds), expected customers who left, and the derivatives by k
    and alpha.
    """
    log, log1p, exp = math.log, math.log1p, math.exp
    total = logs = left = by_k = by_scale = 0.0
    for tx, T, customers in group:
        end, last = alpha + T, alpha + tx
        log_end = log(end)
        gap = log_end - log(last)
        log_odds = log_ratio + k * gap
        if log_odds > 0:
            odds = exp(-log_odds)
            gone = 1 / (1 + odds)
            logs += customers * (log_odds + log1p(odds) - k * log_end)
        else:
            odds = exp(log_odds)
            gone = odds / (1 + odds)
            logs += customers * (log1p(odds) - k * log_end)
        total += customers
        left += customers * gone
        by_k += customers * (gone * gap - log_end)
        by_scale -= customers * k * ((1 - gone) / end + gone / last)
    return total, logs, left, by_k, by_scale


def _objective(point, groups, customers, with_prior):
    """(-(LL + log prior) / customers, its gradient) in transformed space."""
    parameters = _from_transformed(point)
    r, alpha, a, b = parameters
    value, (by_r, by_alpha, by_a, by_b) = _log_likelihood_and_gradient(parameters, groups)
    total = a + b
    gradient = [by_r * r, by_alpha * alpha, (by_a - by_b) * a * b / total, by_a * a + by_b * b]
    if with_prior:
        for index, (mean, deviation) in enumerate(PRIOR):
            distance = (point[index] - mean) / deviation
            value -= distance * distance / 2
            gradient[index] -= distance / deviation
    return -value / customers, [
        _slope_inside_box(-by / customers, place) for by, place in zip(gradient, point)
    ]


def _slope_inside_box(slope, place):
    """0 where the way down leads out of the box: what stands at a bound and is pushed on stays there."""
    return 0.0 if place <= -BOUND and slope > 0 or place >= BOUND and slope < 0 else slope


def _digamma(value):
    """Derivative of lgamma for value > 0: recurrence up to 10, then the asymptotic series (error below 1e-13)."""
    result = 0.0
    while value < 10:
        result -= 1 / value
        value += 1
    square = 1 / (value * value)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return result + math.log(value) - 0.5 / value - series


# Minimisation: BFGS (Nocedal, Wright, Numerical Optimization, ch. 6) with backtracking, inside a box ----------------


def _minimise(function, point, inverse, tolerance=1e-9, iterations=300):
    """Return the point of the lowest value found and the inverse Hessian there; `function` returns (value, gradient).

    `inverse` is what is thought of it at the start.
    """
    value, slope = function(point)
    for _iteration in range(iterations):
        if max(map(abs, slope)) < tolerance:
            break
        found = _search_line(function, point, value, slope, _descent(inverse, slope))
        if (
            found is None
        ):  # the curvature misled: once more along the gradient, then it is as low as floats can tell
            inverse = _unit_matrix(len(point))
            found = _search_line(function, point, value, slope, _descent(inverse, slope))
        if found is None or value - found[1] <= 1e-14 * max(1.0, abs(value)):
            break
        step = [new - old for new, old in zip(found[0], point)]
        bend = [new - old for new, old in zip(found[2], slope)]
        inverse = _update_inverse(inverse, step, bend)
        point, value, slope = found
    return point, inverse


def _search_line(function, point, value, slope, direction):
    """(point, value, gradient) of the first halved step that lowers the value enough, None when none does."""
    length = min(1.0, 2.0 / max(map(abs, direction)))
    for _attempt in range(25):
        candidate = [max(-BOUND, min(BOUND, old + length * move)) for old, move in zip(point, direction)]
        expected = sum(s * (new - old) for s, new, old in zip(slope, candidate, point))
        new_value, new_slope = function(candidate)
        if candidate != point and new_value <= value + 1e-4 * expected and new_value < value:
            return candidate, new_value, new_slope
        length /= 2
    return None


def _descent(inverse, slope):
    return [-sum(cell * s for cell, s in zip(row, slope)) for row in inverse]


def _unit_matrix(size):
    return [[float(row == column) for column in range(size)] for row in range(size)]


def _update_inverse(inverse, step, bend):
    """BFGS update of the inverse Hessian; left alone where the curvature is not positive."""
    curvature = sum(s * y for s, y in zip(step, bend))
    if curvature <= 1e-18:
        return inverse
    size = range(len(step))
    bent = [sum(inverse[i][j] * bend[j] for j in size) for i in size]
    scale = (1 + sum(bend[i] * bent[i] for i in size) / curvature) / curvature
    return [
        [
            inverse[i][j] + scale * step[i] * step[j] - (bent[i] * step[j] + step[i] * bent[j]) / curvature
            for j in size
        ]
        for i in size
    ]


# Predictions ---------------------------------------------------------------------------------------------------------


def probability_alive(parameters, x, tx, T):
    """P(alive) = 1 / (1 + a/(b+x) ((alpha+T)/(alpha+tx))^(r+x)) (Batislam et al. 2007). Never show 1 - this as risk."""
    r, alpha, a, b = parameters
    log_odds_left = math.log(a) - math.log(b + x) + (r + x) * (math.log(alpha + T) - math.log(alpha + tx))
    return _logistic(-log_odds_left)


def probability_inactive(parameters, x, tx, T, horizon):
    """q: the probability of no purchase within the next `horizon` weeks.

    1 - P(alive) (1 - ((alpha+T)/(alpha+T+h))^(r+x))
    """
    r, alpha, _a, _b = parameters
    buys_if_alive = -math.expm1(-(r + x) * math.log1p(horizon / (alpha + T)))
    return 1 - probability_alive(parameters, x, tx, T) * buys_if_alive


def expected_purchases(parameters, x, tx, T, horizon):
    """Expected purchase days within the next `horizon` weeks (Batislam et al. 2007, Hoppe and Wagner 2007)."""
    return probability_alive(parameters, x, tx, T) * purchase_factor(parameters, x, T, horizon)


def purchase_factor(parameters, x, T, horizon):
    """Expected purchase days if alive: `expected_purchases = probability_alive * purchase_factor`.

    (a+b+x)/(a-1) * (1 - (1-z)^(r+x) 2F1(r+x, b+x+1; a+b+x; z)) with z = h/(alpha+T+h). It depends on (x, T) only, so
    tabulate it and join: some 50,000 a second.
    """
    r, alpha, a, b = parameters
    if abs(a - 1) < SINGULARITY_MARGIN:
        a = 1 + SINGULARITY_MARGIN if a >= 1 else 1 - SINGULARITY_MARGIN
    z = horizon / (alpha + T + horizon)
    log_rest = -math.log1p(horizon / (alpha + T))  # ln(1 - z), exact near z = 0
    missed = _scaled_hypergeometric(r + x, b + x + 1, a + b + x, z, log_rest)
    return max(0.0, (a + b + x) / (a - 1) * (1 - missed))


def hypergeometric(first, second, third, z):
    """Gauss's 2F1(first, second; third; z) for 0 <= z < 1 and positive arguments, to some ten digits.

    Digits are lost where first or second lies far above third; in the model third - first = a + b - r and
    third - second = a - 1.
    """
    return _scaled_hypergeometric(first, second, third, z, math.log1p(-z)) * (1 - z) ** -first


def _scaled_hypergeometric(first, second, third, z, log_rest):
    """(1-z)^first * 2F1(first, second; third; z), without overflow.

    Where first + second > third the series grows without limit towards z = 1; Euler's transformation
    2F1(A, B; C; z) = (1-z)^(C-A-B) 2F1(C-A, C-B; C; z) (Abramowitz, Stegun 15.3.3) leaves one that does not.
    """
    if first + second > third:
        return math.exp((third - second) * log_rest) * _series(third - first, third - second, third, z)
    return math.exp(first * log_rest) * _series(first, second, third, z)


def _series(first, second, third, z):
    """Gauss's series, summed until the terms stop mattering."""
    total = term = 1.0
    for n in range(1_000_000):
        ratio = (first + n) * (second + n) / ((third + n) * (n + 1)) * z
        term *= ratio
        total += term
        # The rest is at most about |term| / (1 - z), once the ratio has come near its limit z.
        if abs(term) <= 1e-15 * abs(total) * (1 - z) and abs(ratio) < 1:
            break
    return total


# Recalibration -------------------------------------------------------------------------------------------------------


def recalibrate(probabilities, outcomes, weights=None):
    """Return the Calibration that makes `probabilities` fit `outcomes`: a logistic regression on logit(q), by IRLS.

    Cox (1958), "Two further applications of a model for binary regression", Biometrika 45. `outcomes` are 1
    (no purchase in the window), 0, or the share of a group that `weights` counts the customers of.
    IDENTITY where nothing can be learned: one outcome only, no spread in q, a slope that is not positive, separation.
    """
    rows = list(zip(map(_logit, probabilities), outcomes, weights or [1.0] * len(probabilities)))
    intercept, slope = 0.0, 0.0
    for _iteration in range(50):
        step = _newton_step(rows, intercept, slope)
        if step is None:
            return IDENTITY
        intercept, slope = intercept + step[0], slope + step[1]
        if max(abs(intercept), abs(slope)) > 20:  # separated outcomes, or a diverging step
            return IDENTITY
        if max(map(abs, step)) < 1e-10:
            break
    return Calibration(intercept, slope) if slope > 0 else IDENTITY


def calibrated(probability, calibration):
    """The recalibrated probability, q kept inside (0, 1).

    In SQL `1 / (1 + exp(-intercept) * power((1 - q) / q, slope))`.
    """
    intercept, slope = calibration
    return _logistic(intercept + slope * _logit(probability))


def _logit(probability):
    """q is kept within 1e-6 of certainty, so that one customer cannot outweigh all others."""
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(probability / (1 - probability))


def _newton_step(rows, intercept, slope):
    """Newton's step of the weighted log-likelihood; None where its matrix is singular."""
    g0 = g1 = h00 = h01 = h11 = 0.0
    for feature, outcome, weight in rows:
        expected = _logistic(intercept + slope * feature)
        error, spread = weight * (outcome - expected), weight * expected * (1 - expected)
        g0, g1 = g0 + error, g1 + error * feature
        h00, h01, h11 = h00 + spread, h01 + spread * feature, h11 + spread * feature * feature
    determinant = h00 * h11 - h01 * h01
    if determinant <= 1e-12 * h00 * h11 or not math.isfinite(determinant):
        return None
    return (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
