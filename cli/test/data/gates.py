"""Writes gates.json: values that SciPy and mpmath compute, for test/gates-scipy.test.ts.

The test compares closely with mpmath's values. SciPy's values come from other formulas and other code, so they reveal a mistake in
this script; it writes nothing if the two differ.
"""
import json
import scipy
from mpmath import mp, mpf, beta, betainc, binomial, findroot, log, log1p, quad
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit, rel_entr
from scipy.stats import betabinom, nchypergeom_fisher

mp.dps = 50


def agree(got, expected, tolerance, what):
    if not abs(got - expected) <= tolerance * max(1, abs(expected)):
        raise SystemExit(f'{what}: SciPy {got}, mpmath {expected}')


# The conditional likelihood ratio of a block, given how many errors it has in all.
RATIOS = [1.5, 2, 3.5, 7, 20, 100, 1.01]


def log_odds(s, c, k, y, ratio):
    ways = {j: binomial(c, j) * binomial(s, k - j) for j in range(max(0, k - s), min(k, c) + 1)}
    return log(mpf(ratio) ** y * sum(ways.values()) / sum(way * mpf(ratio) ** j for j, way in ways.items()))


def odds():
    sizes = [(1, 1), (1, 4), (3, 2), (9, 1), (10, 10), (20, 3), (50, 50), (90, 10), (99, 1), (10, 190), (300, 300), (900, 100), (1500, 1500),
             (2970, 30), (400, 3600)]
    n = 0
    for s, c in sizes:
        total = s + c
        for k in sorted({1, 2, max(1, total // 100), max(1, total // 20), total // 2, total - 1} & set(range(1, total))):
            least, most = max(0, k - s), min(k, c)
            middle = min(most, max(least, round(k * c / total)))
            # Alternate between likely values and the ends of the range, and cycle through the ratios.
            for y in sorted({[least, most, min(most, middle + 2)][n % 3], middle}):
                ratio = RATIOS[n % len(RATIOS)]
                n += 1
                value = log_odds(s, c, k, y, ratio)
                # Each table is given by all requests, the canary's requests and the errors.
                p, p1 = (float(nchypergeom_fisher.pmf(y, total, c, k, of)) for of in (ratio, 1))
                # SciPy's probabilities are limited to the range of doubles, and are sums that begin in the middle.
                by_scipy = None
                if min(p, p1) > 1e-200:
                    by_scipy = float(log(mpf(p) / mpf(p1)))
                    agree(by_scipy, value, 1e-8, f'odds {s, c, k, y, ratio}')
                yield [s, c, k, y, ratio, float(value), by_scipy]


# The nearest rates of a null hypothesis, and the evidence of a block against them.
def kl(a, b):
    a, b = mpf(a), mpf(b)
    return (a * log(a / b) if a else 0) + ((1 - a) * (log1p(-a) - log1p(-b)) if a < 1 else 0)


# The rates of a null hypothesis stay at least this far from 0 and 1.
EDGE = 1e-7


def ends(bet, difference, edge):
    """The range of stable's rate: between the rates nearest for each version alone, and within the edges."""
    least, most = max(edge, edge - difference), min(1 - edge, 1 - edge - difference)
    return [min(most, max(least, x)) for x in sorted((bet[0], bet[1] - difference))]


def nearest(bet, difference, s, c):
    """The root of the derivative, multiplied so that it is a polynomial. The distance is convex, so there is one root."""
    d = mpf(difference)
    slope = lambda x: s * (x - bet[0]) * (x + d) * (1 - x - d) + c * (x + d - bet[1]) * x * (1 - x)
    low, high = ends((mpf(bet[0]), mpf(bet[1])), d, mpf(EDGE))
    if slope(low) >= 0 or slope(high) <= 0:
        return low if slope(low) >= 0 else high
    return findroot(slope, (low, high), solver='anderson', tol=mpf(10) ** -80, maxsteps=500)


def by_optimizer(bet, difference, s, c):
    """The least distance by SciPy's bounded minimiser, which uses no slopes. Over log odds, because it stops at half the digits."""
    def distance(t):
        x, rest = expit(t), expit(-t)
        of_stable = rel_entr(bet[0], x) + rel_entr(1 - bet[0], rest)
        return float(s * of_stable + c * (rel_entr(bet[1], x + difference) + rel_entr(1 - bet[1], rest - difference)))
    bounds = [logit(x) for x in ends(bet, difference, EDGE)]
    return minimize_scalar(distance, bounds=bounds, method='bounded', options={'xatol': 1e-12, 'maxiter': 1000})


def log_ratio(n, k, a, b):
    return k * (log(mpf(a)) - log(b)) + (n - k) * (log1p(-mpf(a)) - log1p(-b))


BLOCKS = [(1, 1, 0, 0), (1, 1, 0, 1), (1, 1, 1, 0), (9, 1, 0, 1), (20, 5, 1, 0), (50, 50, 0, 3), (90, 10, 1, 1), (1800, 200, 20, 2), (7, 2000, 1, 41), (3, 2, 3, 2)]
BETS = [
    (0.01, 0.01, 0.05), (0.01, 0.05, 0), (0.01, 0.02, 0), (0.01, 0.06, 0.01), (0.001, 0.01, 0.0007), (0.2, 0.1, 0), (0.2, 0.1, -0.05),
    (0.02, 0.02, -0.01), (0.5, 0.5, 0.2), (0.3, 0.9, 0.5), (0.95, 0.97, 0.01), (0.0002, 0.0002, 0.0025), (0.0001, 0.9, 0.05), (0.99, 0.5, -0.5),
    (0.05, 0.051, 0.0025), (0.01, 0.01, 0.5), (1e-6, 1e-6, 0.05), (1e-6, 0.04, 0.0007), (0.999999, 0.999999, -0.05), (1e-6, 1e-6, -0.0007),
]


def differences():
    n = 0
    for s, c, errors, more in BLOCKS:
        for stable, canary, difference in BETS[n % 2::2]:
            x = nearest((stable, canary), difference, s, c)
            found = by_optimizer((stable, canary), difference, s, c)
            least = s * kl(stable, x) + c * kl(canary, x + mpf(difference))
            agree(found.fun, least, 1e-10, f'nearest {stable, canary, difference, s, c}')
            value = log_ratio(s, errors, stable, x) + log_ratio(c, more, canary, x + mpf(difference))
            yield [s, errors, c, more, stable, canary, difference, float(x), float(least), float(value)]
        n += 1


# One rate against a limit, divergences, and the growth rate of evidence.
def one():
    for n, k in [(1, 0), (1, 1), (50, 0), (50, 3), (1000, 12), (4000, 4000), (30000, 290)]:
        for bet, limit in [(0.06, 0.05), (0.69, 0.05), (0.0001, 0.05), (0.000001, 0.01), (0.999999, 0.5), (0.0100001, 0.01)]:
            value = log_ratio(n, k, bet, mpf(limit))
            yield [n, k, bet, limit, float(value)]


def divergences():
    for a in [0, 1e-6, 0.01, 0.3, 0.5, 0.999, 1]:
        for b in [1e-7, 0.0100001, 0.3, 0.31, 0.9999]:
            value = kl(a, b)
            agree(float(rel_entr(a, b) + rel_entr(1 - a, 1 - b)), value, 1e-12, f'divergence {a, b}')
            yield [a, b, float(value)]


def growths():
    for share in [0.01, 0.1, 0.5, 0.9]:
        for stable, canary, difference in BETS[:16:2]:
            weights = (1 - mpf(share), mpf(share))
            x = nearest((stable, canary), difference, *weights)
            value = weights[0] * kl(stable, x) + weights[1] * kl(canary, x + mpf(difference))
            agree(by_optimizer((stable, canary), difference, 1 - share, share).fun, value, 1e-12, f'growth {stable, canary, difference, share}')
            yield [stable, canary, difference, share, float(value)]


# The mixture of likelihood ratios over the rates on one side of a quantile.
def log_part(u, v, q):
    """The integral of x^(u - 1) (1 - x)^(v - 1) from 0 to q: DLMF 8.17.8, a series without negative terms (mpmath's series cancels)."""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -40 or (u + v + n) * q > u + 1 + n:
        term *= (u + v + n) * q / (u + 1 + n)
        total += term
        n += 1
    return u * log(q) + v * log1p(-q) - log(u) + log(total)


def log_side(k, n, q, side):
    q = mpf(q)
    if side == 'above':
        k, q = n - k, 1 - q
    a, b = 20 * q, 20 * (1 - q)
    return log_part(k + a, n - k + b, q) - log_part(a, b, q) - k * log(q) - (n - k) * log1p(-q)


def sides():
    n_rows = 0
    for q in [0.5, 0.95, 0.99]:
        for n in [1, 20, 100, 1000, 5000, 40000]:
            spread = (n * q * (1 - q)) ** 0.5
            counts = {0, n} if n <= 100 else set()
            for deviations in [-6, -3, -1, 0, 2, 5]:
                counts.add(min(n, max(0, round(n * q + deviations * spread))))
            for k in sorted(counts):
                for side in (['below', 'above'] if n_rows % 3 else ['above', 'below']):
                    n_rows += 1
                    if n > 20 and n_rows % 2 == 0:
                        continue
                    value = log_side(k, n, q, side)
                    yield [k, n, q, side, float(value)]


def tails():
    """Cases in which the probability of the side is smaller than any double."""
    for k, n, q, side in [(900, 1000, 0.01, 'below'), (0, 1000, 0.95, 'above'), (9000, 10000, 0.5, 'below'), (60000, 100000, 0.5, 'below')]:
        yield [k, n, q, side, float(log_side(k, n, q, side))]


def check_sides(rows):
    """Both sides together are the beta-binomial distribution, which SciPy has. A few rows are checked by numerical integration as well."""
    for k, n, q in sorted({(k, n, q) for k, n, q, _, _ in rows}):
        if n > 5000:
            continue
        a, b = 20 * mpf(q), 20 * (1 - mpf(q))
        below = betainc(a, b, 0, q, regularized=True)
        whole = below * mp.e ** log_side(k, n, q, 'below') + (1 - below) * mp.e ** log_side(k, n, q, 'above')
        by_scipy = betabinom.logpmf(k, n, float(a), float(b))
        agree(by_scipy, log(whole * binomial(n, k)) + k * log(mpf(q)) + (n - k) * log1p(-mpf(q)), 1e-9, f'sides {k, n, q}')
    for k, n, q, side, value in rows:
        if n == 100:
            ends = [0, mpf(q) / 2, q] if side == 'below' else [q, (1 + mpf(q)) / 2, 1]
            density = lambda x: x ** (20 * mpf(q) - 1) * (1 - x) ** (20 * (1 - mpf(q)) - 1)
            ratio = lambda x: (x / mpf(q)) ** k * ((1 - x) / (1 - mpf(q))) ** (n - k)
            agree(float(log(quad(lambda x: density(x) * ratio(x), ends) / quad(density, ends))), value, 1e-9, f'side {k, n, q, side}')


rows = {
    'odds': list(odds()),
    'differences': list(differences()),
    'one': list(one()),
    'divergences': list(divergences()),
    'growths': list(growths()),
    'sides': list(sides()),
    'tails': list(tails()),
}
check_sides(rows['sides'])
made_with = f'mpmath in {mp.dps} digits, and scipy {scipy.__version__} (the last column of odds, and to check the rest), by gates.py'
json.dump({'madeWith': made_with, **rows}, open('gates.json', 'w'))
