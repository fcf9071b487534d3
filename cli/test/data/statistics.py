"""Writes statistics.json: values that SciPy and mpmath compute, for test/statistics.test.ts."""
import json, itertools
from scipy import stats
import scipy
from mpmath import mp, mpf, binomial as C, betainc as BI
mp.dps = 40
def at_most(k, n, p): return float(sum(C(n, i) * mpf(p)**i * (1 - mpf(p))**(n - i) for i in range(0, k + 1)))
def bound_root(k, n, a, lower):
    # The share at which the tail is alpha, by bisection in 40 digits.
    lo, hi = mpf(0), mpf(1)
    f = (lambda p: BI(k, n - k + 1, 0, p, regularized=True)) if lower else (lambda p: 1 - BI(k + 1, n - k, 0, p, regularized=True))
    for _ in range(130):
        m = (lo + hi) / 2
        v = f(m)
        if (v < a) == lower: lo = m
        else: hi = m
    return float(lo)
cp = []
for n in [1, 2, 10, 37, 100, 900, 3000]:
    for k in sorted({0, 1, n // 10, n // 2, n - 1, n}):
        if k > n: continue
        for conf in [0.95, 0.9992]:
            a = mpf((1 - conf) / 2)
            cp.append([k, n, conf, 0.0 if k == 0 else bound_root(k, n, a, True), 1.0 if k == n else bound_root(k, n, a, False)])
bt = []
for n in [1, 7, 50, 100, 1000, 2000]:
    for p in [0.1, 0.25, 0.5, 1/3, 0.01, 0.9]:
        for k in sorted({0, 1, round(n * p), max(0, round(n * p) - max(1, n // 20)), min(n, round(n * p) + max(1, n // 20)), n}):
            bt.append([k, n, p, stats.binomtest(k, n, p).pvalue])
fi = []
for n, m in [(10, 90), (100, 900), (204, 1796), (50, 50), (1000, 9000)]:
    for k, j in [(0, 0), (1, 0), (3, 1), (5, 10), (9, 2), (min(n, 41), 0), (min(n, 30), 30)]:
        K, N = k + j, n + m
        lo = sum(C(K, i) * C(N - K, n - i) for i in range(k, min(K, n) + 1)) / C(N, n)
        fi.append([k, n, j, m, float(lo)])
am = [[k, n, p, at_most(k, n, p)] for n in [5, 100, 500] for p in [0.05, 0.5, 0.95] for k in sorted({0, n // 20, n // 2, n - 1, n})]
json.dump({'madeWith': f'scipy {scipy.__version__} (binomialTest), mpmath in 40 digits (the rest), by statistics.py',
  'clopperPearson': cp, 'binomialTest': bt, 'fisherGreater': fi, 'binomialAtMost': am}, open('statistics.json', 'w'))
