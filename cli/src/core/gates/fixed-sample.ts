import { Fraction } from '../../../../lib/core/fraction';
import { ALONE_LIMIT, GatesEntry } from '../../../../lib/core/gates/settings';
import { chance, count, percent, time } from '../text/format-number';
import { fisherGreater, lowerBound, trialsFor, upperBound } from '../statistics/binomial';
import type { Check, Evidence, Latency, Verdict, VersionEvidence } from '../traffic/evidence';
import { quantileBounds, quantileName, quantileOf, totalOf, valuesFor } from '../statistics/quantiles';
import { SHARE_LEVEL } from '../traffic/share-count';

/** The chance that a measurement of a canary as good as stable fails any of its checks; the share has a level of its own. */
const LEVEL = 0.01;

/** The level at which what a pass must exclude is excluded. A pass needs all checks, so it is not divided among them. */
const SURE = 0.05;

/** An excess of errors that is too small to fail, however sure it is. */
const SMALL_EXCESS = 0.001;

/** Answers that a version must have before its times are compared. */
const LEAST_ANSWERS = 50;

/**
 * What follows from evidence of a size that was settled before: a check fails where what was seen would be rarer than its level by
 * chance, and passes where the evidence is enough to exclude what it is there to find; anything between is inconclusive. The level is
 * divided among the checks (Bonferroni). No data is never a pass. Who looks more than once needs the gates instead.
 *
 * @param gates what is asked, of the same settings as the gates: margins, tolerances, limits, which quantiles, and whether times and
 *   the share are asked about at all. Its levels are of a whole rollout and not of this.
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
  // Where the canary should have all traffic, stable is nothing to compare with.
  const isAlone = evidence.share !== undefined && Fraction.parse(evidence.share.expected).equals(Fraction.ONE);
  const { errors, latency, share } = gates;
  const limit = errors.limit ?? (isAlone ? ALONE_LIMIT : undefined);
  const checks: ((alpha: number) => Check)[] = [
    ...(isAlone ? [] : [(alpha: number) => errorsAgainstStable(canary, stable, unknown.requests, alpha, errors)]),
    ...(limit === undefined ? [] : [(alpha: number) => errorsAgainstLimit(canary, unknown.requests, limit, alpha)]),
    ...(latency && !isAlone
      ? latency.quantiles.map((quantile) => (alpha: number) => latencyCheck(canary, stable, quantile, alpha, latency))
      : []),
    ...(share ? [() => shareCheck(evidence)] : []),
  ];
  const made = checks.map((check) => check(LEVEL / checks.length));
  return { verdict: together(made), checks: made };
}

/** All must pass for a pass; one that fails is enough to fail. */
export function together(checks: readonly Check[]): Verdict['verdict'] {
  const has = (verdict: Verdict['verdict']) => checks.some((check) => check.verdict === verdict);
  return has('fail') ? 'fail' : has('inconclusive') || checks.length === 0 ? 'inconclusive' : 'pass';
}

/**
 * Fisher's exact test, canary worse than stable. Requests that nobody can be charged with are the canary's for a pass, and
 * nobody's for a failure: a canary that dies without an answer must not pass because its failures have no name.
 */
function errorsAgainstStable(
  canary: VersionEvidence,
  stable: VersionEvidence,
  unknown: number,
  alpha: number,
  settings: GatesEntry['errors'],
): Check {
  const name = 'errors';
  const test = (errors: number, requests: number) => fisherGreater(errors, requests, stable.errors, stable.requests);
  const p = test(canary.errors, canary.requests);
  const numbers = `canary ${errorsOf(canary)}, stable ${errorsOf(stable)}`;
  if (p <= alpha && canary.errorRate - stable.errorRate > Math.max(settings.tolerance, SMALL_EXCESS)) {
    return { name, verdict: 'fail', why: `${numbers}; p = ${chance(p)}` };
  }
  const missing = [canary, stable].find(({ requests }) => requests === 0);
  if (missing) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${missing.track} answered no request` };
  }
  const limit = Math.min(1, stable.errorRate + settings.margin);
  const excluded = `an excess of ${percent(settings.margin)}`;
  const tooFew = notExcluded(canary, limit, excluded);
  if (tooFew) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${tooFew}` };
  }
  if (unknown > 0 && test(canary.errors + unknown, canary.requests + unknown) <= alpha) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${unnamed(unknown)}` };
  }
  return { name, verdict: 'pass', why: `${numbers}; p = ${chance(p)}, and ${excluded} is excluded` };
}

/** The canary's own error rate: too high for sure, low enough for sure, or neither. */
function errorsAgainstLimit(canary: VersionEvidence, unknown: number, limit: number, alpha: number): Check {
  const name = 'error limit';
  const numbers = `canary ${errorsOf(canary)}, limit ${percent(limit)}`;
  const lower = lowerBound(canary.errors, canary.requests, alpha);
  if (lower > limit) {
    return { name, verdict: 'fail', why: `${numbers}; at least ${percent(lower)}` };
  }
  const tooFew = notExcluded(canary, limit, 'more than the limit');
  if (tooFew) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${tooFew}` };
  }
  if (unknown > 0 && lowerBound(canary.errors + unknown, canary.requests + unknown, alpha) > limit) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${unnamed(unknown)}` };
  }
  return { name, verdict: 'pass', why: `${numbers}; at most ${percent(upperBound(canary.errors, canary.requests, SURE))}` };
}

/** Why an error rate above a limit cannot be excluded yet; undefined where it can. */
function notExcluded({ errors, requests }: VersionEvidence, limit: number, what: string): string | undefined {
  if (requests > 0 && upperBound(errors, requests, SURE) <= limit) {
    return undefined;
  }
  const needed = neededFor(errors / Math.max(1, requests), limit);
  return needed === undefined
    ? `${what} cannot be excluded at this error rate`
    : `${what} is not excluded yet, which takes about ${count(needed)} requests of the canary`;
}

/** About how many requests it takes at this error rate for the upper bound to be at most the limit; undefined where none are enough. */
function neededFor(rate: number, limit: number): number | undefined {
  for (let requests = trialsFor(limit, SURE); requests < 1e7; requests = Math.ceil(requests * 1.1)) {
    if (upperBound(Math.ceil(rate * requests), requests, SURE) <= limit) {
      return requests;
    }
  }
  return undefined;
}

/** Bounds of a quantile by order statistics: the canary's lower one above stable's upper one, tolerance included. */
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
  // The two bounds are wrong together at most as often as this.
  const tail = alpha / 2;
  const { lower } = quantileBounds(counts, quantile, tail);
  const { upper } = quantileBounds(others, quantile, tail);
  const least = Math.max(LEAST_ANSWERS, valuesFor(quantile, tail));
  if (totalOf(counts) < LEAST_ANSWERS || lower === undefined) {
    return inconclusive(`it takes ${count(LEAST_ANSWERS)} answers of the canary, and there are ${count(totalOf(counts))}`);
  }
  if (totalOf(others) < least || upper === undefined) {
    return inconclusive(`it takes ${count(least)} answers of stable, and there are ${count(totalOf(others))}`);
  }
  const most = Math.max(upper * (1 + tolerance), upper + slack);
  const bounds = `the canary's is ${time(lower)} or more and stable's ${time(upper)} or less`;
  return lower > most
    ? { name, verdict: 'fail', why: `${numbers}; ${bounds}` }
    : { name, verdict: 'pass', why: `${numbers}; not longer by more than ${percent(tolerance)} for sure: ${bounds}` };
}

function shareCheck({ share: seen }: Evidence): Check {
  const name = 'share';
  if (!seen) {
    return { name, verdict: 'inconclusive', why: 'the share that the canary should have is not known' };
  }
  const expected = Fraction.parse(seen.expected).times(100).toRounded(2);
  const why = `canary ${percent(seen.seen)}, expected ${expected} %; p = ${chance(seen.pValue)}`;
  return { name, verdict: seen.pValue < SHARE_LEVEL ? 'fail' : 'pass', why };
}

function errorsOf({ errors, requests, errorRate }: VersionEvidence): string {
  return `${percent(errorRate)} (${count(errors)} of ${count(requests)})`;
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
  return seen === undefined ? 'no time' : time(seen);
}

function unnamed(unknown: number): string {
  return `${count(unknown)} requests have no answer of either version, which is too much if they were the canary's`;
}
