import { Fraction } from '../../../../lib/core/fraction';
import { ALONE_LIMIT, type GatesEntry } from '../../../../lib/core/gates/settings';
import { formatLatency } from '../text/format-duration';
import { count, probability, rate } from '../text/format-number';
import { binomialAtMost, fisherGreater, lowerBound, trialsFor, upperBound } from '../statistics/binomial';
import type { Check, Evidence, Latency, Verdict, VersionEvidence } from '../traffic/evidence';
import { quantileBounds, quantileName, quantileOf, totalOf, valuesFor } from '../statistics/quantiles';
import { SHARE_LEVEL, numberOf } from '../traffic/share-count';

/** The probability that a canary as good as stable fails any of its checks. The share has a level of its own. */
const LEVEL = 0.01;

/** The level at which a pass excludes a harm. A pass needs all checks, so the level is not divided among them. */
const SURE = 0.05;

/** The excess of the canary's error rate over stable's, from 0 to 1, that is too small for a failure, however certain it is. */
const SMALL_EXCESS = 0.001;

/** The number of responses that a version must have before its latencies are compared. */
const LEAST_ANSWERS = 50;

/**
 * Returns the verdict on evidence whose size was fixed in advance. A check fails if chance alone would produce the observation less often
 * than the level of the check, and passes if the evidence excludes the harm that the check looks for; otherwise it is inconclusive. The
 * level is divided among the checks (Bonferroni). Missing data is never a pass. To look at the evidence more than once, use the gates.
 *
 * @param gates the settings, the same as for the gates: margins, tolerances, limits, quantiles, and whether latencies and the share are
 *   checked at all. The levels in them are for a whole rollout and do not apply here.
 */
export function fixedSampleVerdict(evidence: Evidence, gates: GatesEntry): Verdict {
  const stable = evidence.versions.find(({ track }) => track === 'stable');
  const canary = evidence.versions.find(({ track }) => track === 'canary');
  const { unknown } = evidence;
  if (!stable || !canary || stable.requests + canary.requests === 0) {
    const why =
      unknown.requests === 0
        ? 'there is no evidence'
        : `none of ${count(unknown.requests)} requests was answered by a version of this release`;
    return { verdict: 'inconclusive', checks: [{ name: 'requests', verdict: 'inconclusive', why }] };
  }
  // If the canary should have all traffic, there is no stable to compare it with.
  const isAlone = evidence.share !== undefined && Fraction.parse(evidence.share.expected).equals(Fraction.ONE);
  const { errors, latency, share } = gates;
  const limit = errors.limit ?? (isAlone ? ALONE_LIMIT : undefined);
  const ofCanary = unansweredOfCanary(evidence, canary, stable);
  const unanswered = { stable: unknown.requests - ofCanary, canary: ofCanary };
  const checks: ((alpha: number) => Check)[] = [
    ...(isAlone ? [] : [(alpha: number) => errorsAgainstStable(canary, stable, unanswered, alpha, errors)]),
    ...(limit === undefined ? [] : [(alpha: number) => errorsAgainstLimit(canary, ofCanary, limit, alpha)]),
    ...(latency && !isAlone
      ? latency.quantiles.map((quantile) => (alpha: number) => latencyCheck(canary, stable, quantile, alpha, latency))
      : []),
    ...(share ? [() => shareCheck(evidence)] : []),
  ];
  const made = checks.map((check) => check(LEVEL / checks.length));
  return { verdict: together(made), checks: made };
}

/** Combines checks: all of them must pass for a pass, and one failure is enough for a failure. */
export function together(checks: readonly Check[]): Verdict['verdict'] {
  const has = (verdict: Verdict['verdict']) => checks.some((check) => check.verdict === verdict);
  return has('fail') ? 'fail' : has('inconclusive') || checks.length === 0 ? 'inconclusive' : 'pass';
}

/**
 * Returns how many requests without an answer a pass counts as the canary's errors: its expected share of them. All of them count if the
 * share is not known, or the canary has fewer answers than chance explains: it may leave requests without an answer.
 */
function unansweredOfCanary({ share, unknown }: Evidence, canary: VersionEvidence, stable: VersionEvidence): number {
  const expected = share === undefined ? 1 : numberOf(Fraction.parse(share.expected));
  const isMissing = binomialAtMost(canary.requests, canary.requests + stable.requests, expected) <= SURE;
  return isMissing ? unknown.requests : Math.ceil(expected * unknown.requests);
}

/**
 * Applies Fisher's exact test for a canary that is worse than stable. A failure ignores requests that belong to no version, and a pass counts
 * them as errors: a canary that crashes without a response must not pass because its failures name no version.
 */
function errorsAgainstStable(
  canary: VersionEvidence,
  stable: VersionEvidence,
  unanswered: { readonly stable: number; readonly canary: number },
  alpha: number,
  settings: GatesEntry['errors'],
): Check {
  const name = 'errors';
  const test = (errors: number, requests: number) => fisherGreater(errors, requests, stable.errors, stable.requests);
  const p = test(canary.errors, canary.requests);
  const numbers = `canary ${errorsOf(canary)}, stable ${errorsOf(stable)}`;
  if (p <= alpha && canary.errorRate - stable.errorRate > Math.max(settings.tolerance, SMALL_EXCESS)) {
    return { name, verdict: 'fail', why: `${numbers}; p = ${probability(p)}` };
  }
  const missing = [canary, stable].find(({ requests }) => requests === 0);
  if (missing) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${missing.track} answered no request` };
  }
  const limit = Math.min(1, stable.errorRate + settings.margin);
  const excluded = `an excess of ${rate(settings.margin)}`;
  const tooFew = notExcluded(canary, limit, excluded);
  if (tooFew) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${tooFew}` };
  }
  const all = (version: VersionEvidence, lost: number) => [version.errors + lost, version.requests + lost] as const;
  const isLost = unanswered.canary > 0 && fisherGreater(...all(canary, unanswered.canary), ...all(stable, unanswered.stable)) <= alpha;
  if (isLost) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${unnamed(unanswered.canary)}` };
  }
  return { name, verdict: 'pass', why: `${numbers}; p = ${probability(p)}, and ${excluded} is excluded` };
}

/** Checks the canary's own error rate: certainly too high, certainly low enough, or neither. */
function errorsAgainstLimit(canary: VersionEvidence, unknown: number, limit: number, alpha: number): Check {
  const name = 'error limit';
  const numbers = `canary ${errorsOf(canary)}, limit ${rate(limit)}`;
  const lower = lowerBound(canary.errors, canary.requests, alpha);
  if (lower > limit) {
    return { name, verdict: 'fail', why: `${numbers}; the true rate is at least ${rate(lower)}` };
  }
  const tooFew = notExcluded(canary, limit, 'more than the limit');
  if (tooFew) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${tooFew}` };
  }
  if (unknown > 0 && lowerBound(canary.errors + unknown, canary.requests + unknown, alpha) > limit) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${unnamed(unknown)}` };
  }
  return {
    name,
    verdict: 'pass',
    why: `${numbers}; the true rate is at most ${rate(upperBound(canary.errors, canary.requests, SURE))}`,
  };
}

/** Returns why an error rate above a limit cannot be excluded yet, or undefined if it can. */
function notExcluded({ errors, requests }: VersionEvidence, limit: number, what: string): string | undefined {
  if (requests > 0 && upperBound(errors, requests, SURE) <= limit) {
    return undefined;
  }
  const needed = neededFor(errors / Math.max(1, requests), limit);
  return needed === undefined
    ? `${what} cannot be excluded at this error rate`
    : `too few requests to exclude ${what}; about ${count(needed)} of the canary are needed`;
}

/**
 * Returns about how many requests it takes at this error rate for the upper bound to be at most the limit; undefined if no number is
 * enough.
 */
function neededFor(rate: number, limit: number): number | undefined {
  for (let requests = trialsFor(limit, SURE); requests < 1e7; requests = Math.ceil(requests * 1.1)) {
    if (upperBound(Math.ceil(rate * requests), requests, SURE) <= limit) {
      return requests;
    }
  }
  return undefined;
}

/** Compares bounds of a quantile by order statistics: fails if the canary's lower one is above stable's upper one, with the tolerance. */
function latencyCheck(
  canary: VersionEvidence,
  stable: VersionEvidence,
  quantile: number,
  alpha: number,
  { tolerance, slackMilliseconds: slack }: NonNullable<GatesEntry['latency']>,
): Check {
  const name = `latency ${quantileName(quantile)}`;
  const numbers = `canary ${latencyText(canary.latency, quantile)}, stable ${latencyText(stable.latency, quantile)}`;
  const inconclusive = (why: string): Check => ({ name, verdict: 'inconclusive', why: `${numbers}; ${why}` });
  const [counts, others] = [canary.latency?.counts ?? [], stable.latency?.counts ?? []];
  // Each bound gets half of the level, so that both together hold at the whole level.
  const tail = alpha / 2;
  const { lower } = quantileBounds(counts, quantile, tail);
  const { upper } = quantileBounds(others, quantile, tail);
  const least = Math.max(LEAST_ANSWERS, valuesFor(quantile, tail));
  if (totalOf(counts) < LEAST_ANSWERS || lower === undefined) {
    return inconclusive(`${count(LEAST_ANSWERS)} responses of the canary are needed, and there are ${count(totalOf(counts))}`);
  }
  if (totalOf(others) < least || upper === undefined) {
    return inconclusive(`${count(least)} responses of stable are needed, and there are ${count(totalOf(others))}`);
  }
  const most = Math.max(upper * (1 + tolerance), upper + slack);
  const bounds = `the canary's ${quantileName(quantile)} is at least ${formatLatency(lower)}, and stable's at most ${formatLatency(upper)}`;
  return lower > most
    ? { name, verdict: 'fail', why: `${numbers}; ${bounds}` }
    : { name, verdict: 'pass', why: `${numbers}; no proven increase of more than ${rate(tolerance)}: ${bounds}` };
}

function shareCheck({ share: seen }: Evidence): Check {
  const name = 'share';
  if (!seen) {
    return { name, verdict: 'inconclusive', why: "the canary's expected share is not known" };
  }
  const expected = Fraction.parse(seen.expected).times(100).toRounded(2);
  const why = `canary ${rate(seen.seen)}, expected ${expected} %; p = ${probability(seen.pValue)}`;
  return { name, verdict: seen.pValue < SHARE_LEVEL ? 'fail' : 'pass', why };
}

function errorsOf({ errors, requests, errorRate }: VersionEvidence): string {
  return `${rate(errorRate)} (${count(errors)} of ${count(requests)})`;
}

/** The percentiles that evidence states are exact; its counts are rounded up by less than 1 %. */
function latencyText(found: Latency | undefined, quantile: number): string {
  const stated =
    found &&
    new Map([
      [0.5, found.p50],
      [0.95, found.p95],
      [0.99, found.p99],
    ]).get(quantile);
  const seen = stated ?? quantileOf(found?.counts ?? [], quantile);
  return seen === undefined ? 'no latency' : formatLatency(seen);
}

function unnamed(unknown: number): string {
  return `${count(unknown)} requests got no response from either version, which is too many if they were the canary's`;
}
