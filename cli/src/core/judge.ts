import { Fraction } from '../../../lib/core/fraction';
import { chance, count, percent, time } from './amounts';
import { fisherGreater, lowerBound, trialsFor, upperBound } from './binomial';
import type { Check, Evidence, Latency, Verdict, VersionEvidence } from './evidence';
import { quantileBounds, totalOf, valuesFor } from './quantiles';

/**
 * What a gate asks of evidence. A check fails where what was seen would be rarer than its level by chance, and passes where
 * the evidence is enough to exclude what it is there to find; anything between is inconclusive.
 */
export interface JudgeOptions {
  /** The chance that a rollout whose canary is as good as stable fails any check at any stage. Default 0.01. */
  readonly alpha?: number;
  /** How many stages are judged in the rollout: the level is divided by it. Default 1. */
  readonly stages?: number;
  /**
   * Which look at this stage this is, from 1, where an inconclusive verdict is followed by another look. Look k may spend
   * 1 / (k (k + 1)) of the level, so that all of them together spend it once, however many there are. Default: the only one.
   */
  readonly look?: number;
  /** Answers that a version must have before its times are compared. Default 50. */
  readonly leastRequests?: number;
  /** How much more often than stable the canary would have to fail for a pass to be wrong: it is excluded at 95 %. Default 0.05. */
  readonly errorMargin?: number;
  /** An excess of errors that is too small to fail, however sure it is. Default 0.001. */
  readonly errorTolerance?: number;
  /**
   * The largest error rate that the canary may have, whatever stable has: the check fails where the canary's lower bound is
   * above it. Default: none, and 0.05 where stable should have no traffic to be compared with.
   */
  readonly errorLimit?: number;
  /** How much longer than stable's the canary's 95th percentile may be, as a share of it. Default 0.25. */
  readonly latencyTolerance?: number;
  /** A difference of 95th percentiles that is too small to fail, in milliseconds. Default 5. */
  readonly latencySlack?: number;
  /** Whether the share must agree; false where the source cannot show it. Default true: without it the verdict is inconclusive. */
  readonly isShareJudged?: boolean;
  /** A level of its own for the share. Default: that of the other checks. */
  readonly shareAlpha?: number;
  /** Whether the canary should have all traffic, so that stable is nothing to compare with. Default: what the evidence's expected share says. */
  readonly isAlone?: boolean;
  /** What was seen at the last stage at which stable had traffic, for where it has none now. Default: times are not compared there. */
  readonly before?: Evidence;
}

const DEFAULTS = {
  alpha: 0.01,
  stages: 1,
  leastRequests: 50,
  errorMargin: 0.05,
  errorTolerance: 0.001,
  latencyTolerance: 0.25,
  latencySlack: 5,
  isShareJudged: true,
};

/** The level at which what a pass must exclude is excluded. A pass needs all checks, so it is not divided among them. */
const SURE = 0.05;

/** The error limit where there is nothing to compare with. */
const ALONE_LIMIT = 0.05;

type Optional = 'look' | 'shareAlpha' | 'errorLimit' | 'before' | 'isAlone';
type Settings = Required<Omit<JudgeOptions, Optional>> & Pick<JudgeOptions, Optional>;

/**
 * What follows from evidence: one verdict of a fixed sample, at the end of a hold. Levels are divided (Bonferroni) among the
 * checks and the stages. No data is never a pass.
 */
export function judge(evidence: Evidence | undefined, options: JudgeOptions = {}): Verdict {
  const settings: Settings = { ...DEFAULTS, ...defined(options) };
  const stable = evidence?.versions.find(({ track }) => track === 'stable');
  const canary = evidence?.versions.find(({ track }) => track === 'canary');
  if (!evidence || !stable || !canary || stable.requests + canary.requests === 0) {
    const unknown = evidence?.unknown.requests ?? 0;
    const why = unknown === 0 ? 'there is no evidence' : `none of ${count(unknown)} requests was answered by a version of this release`;
    return { verdict: 'inconclusive', checks: [{ name: 'requests', verdict: 'inconclusive', why }] };
  }
  const isAlone = settings.isAlone ?? (evidence.share !== undefined && Fraction.parse(evidence.share.expected).equals(Fraction.ONE));
  const control = isAlone ? settings.before?.versions.find(({ track, latency }) => track === 'stable' && latency?.counts) : stable;
  const limit = settings.errorLimit ?? (isAlone ? ALONE_LIMIT : undefined);
  const { unknown } = evidence;
  const checks: ((alpha: number) => Check)[] = [
    ...(isAlone ? [] : [(alpha: number) => errorsAgainstStable(canary, stable, unknown.requests, alpha, settings)]),
    ...(limit === undefined ? [] : [(alpha: number) => errorsAgainstLimit(canary, unknown.requests, limit, alpha)]),
    ...(control ? [(alpha: number) => latency(canary, control, isAlone, alpha, settings)] : []),
    ...(settings.isShareJudged ? [(alpha: number) => share(evidence, settings.shareAlpha ?? alpha)] : []),
  ];
  const { alpha, stages, look } = settings;
  const level = alpha / checks.length / stages / (look === undefined ? 1 : look * (look + 1));
  const made = checks.map((check) => check(level));
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
function errorsAgainstStable(canary: VersionEvidence, stable: VersionEvidence, unknown: number, alpha: number, settings: Settings): Check {
  const name = 'errors';
  const test = (errors: number, requests: number) => fisherGreater(errors, requests, stable.errors, stable.requests);
  const p = test(canary.errors, canary.requests);
  const numbers = `canary ${errorsOf(canary)}, stable ${errorsOf(stable)}`;
  if (p <= alpha && canary.errorRate - stable.errorRate > settings.errorTolerance) {
    return { name, verdict: 'fail', why: `${numbers}; p = ${chance(p)}` };
  }
  const missing = [canary, stable].find(({ requests }) => requests === 0);
  if (missing) {
    return { name, verdict: 'inconclusive', why: `${numbers}; ${missing.track} answered no request` };
  }
  const limit = Math.min(1, stable.errorRate + settings.errorMargin);
  const excluded = `an excess of ${percent(settings.errorMargin)}`;
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

/** Bounds of the 95th percentiles by order statistics: the canary's lower one above stable's upper one, tolerance included. */
function latency(canary: VersionEvidence, stable: VersionEvidence, isBefore: boolean, alpha: number, settings: Settings): Check {
  const name = 'latency p95';
  const control = isBefore ? 'stable before' : 'stable';
  const numbers = `canary ${latencyText(canary.latency)}, ${control} ${latencyText(stable.latency)}`;
  const inconclusive = (why: string): Check => ({ name, verdict: 'inconclusive', why: `${numbers}; ${why}` });
  const [counts, others] = [canary.latency?.counts ?? [], stable.latency?.counts ?? []];
  // The two bounds are wrong together at most as often as this.
  const tail = alpha / 2;
  const { lower } = quantileBounds(counts, 0.95, tail);
  const { upper } = quantileBounds(others, 0.95, tail);
  const least = Math.max(settings.leastRequests, valuesFor(0.95, tail));
  if (totalOf(counts) < settings.leastRequests || lower === undefined) {
    return inconclusive(`it takes ${count(settings.leastRequests)} answers of the canary, and there are ${count(totalOf(counts))}`);
  }
  if (totalOf(others) < least || upper === undefined) {
    return inconclusive(`it takes ${count(least)} answers of stable, and there are ${count(totalOf(others))}`);
  }
  const most = Math.max(upper * (1 + settings.latencyTolerance), upper + settings.latencySlack);
  const bounds = `the canary's is ${time(lower)} or more and stable's ${time(upper)} or less`;
  return lower > most
    ? { name, verdict: 'fail', why: `${numbers}; ${bounds}` }
    : { name, verdict: 'pass', why: `${numbers}; not longer by more than ${percent(settings.latencyTolerance)} for sure: ${bounds}` };
}

function share({ share: seen }: Evidence, alpha: number): Check {
  const name = 'share';
  if (!seen) {
    return { name, verdict: 'inconclusive', why: 'the share that the canary should have is not known' };
  }
  const expected = Fraction.parse(seen.expected).times(100).toRounded(2);
  const why = `canary ${percent(seen.seen)}, expected ${expected} %; p = ${chance(seen.pValue)}`;
  return { name, verdict: seen.pValue < alpha ? 'fail' : 'pass', why };
}

function errorsOf({ errors, requests, errorRate }: VersionEvidence): string {
  return `${percent(errorRate)} (${count(errors)} of ${count(requests)})`;
}

function latencyText(found: Latency | undefined): string {
  return found ? time(found.p95) : 'no time';
}

function unnamed(unknown: number): string {
  return `${count(unknown)} requests have no answer of either version, which is too much if they were the canary's`;
}

/** Without what is undefined, so that defaults stay. */
function defined(options: JudgeOptions): JudgeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
