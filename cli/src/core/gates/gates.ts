import type { Block } from '../../../../lib/core/gates/bernoulli';
import { ALONE_LIMIT, BASE_ERROR_RATE, type GatesEntry } from '../../../../lib/core/gates/settings';
import { formatEstimate, formatLatency } from '../text/format-duration';
import { count, rate } from '../text/format-number';
import type { Check, Verdict } from '../traffic/evidence';
import { together } from './fixed-sample';
import { type Times, UNBOUNDED, lowerEnds, quantileName, quantileOf, totalOf, upperEnds } from '../statistics/quantiles';
import { type CarriedEvidence, NOTHING_CARRIED } from './carried';
import { ErrorTest, LimitTest, type Limits } from './error-test';
import { LatencyTest, type SlowCount } from './latency-test';
import { quantileSequence } from './quantile-sequence';
import { rateBounds } from './rate-sequence';
import { ShareTest } from './share-test';

/** The measurements of one interval, as the input of the gates. */
export interface GateBlock extends Block {
  /** The number of requests that belong to no version. */
  readonly unknown: number;
  /** The length of the interval; undefined for a record of an older version. */
  readonly seconds?: number;
  /** The share that the canary should have had, from 0 to 1; undefined if it is not known. */
  readonly expected: number | undefined;
  /** Responses that took longer than thresholds that were chosen before; see `SlowCounter`. */
  readonly slow?: readonly SlowCount[];
  /** The quantiles at which the canary's latency was proven to be within the margin when this block ended, for the first time. */
  readonly within?: readonly number[];
}

/** The settings and the data of a stage's gates, which suffice to recompute their verdict. */
export interface GateLog {
  readonly settings: GatesEntry;
  /** The number of tests over which the level is divided. */
  readonly tests: number;
  /** Whether the canary had all traffic. */
  readonly isAlone: boolean;
  /** The evidence of the stages before; undefined if there was none. */
  readonly carried?: CarriedEvidence;
  readonly blocks: readonly GateBlock[];
}

/** The evidence of a check, as natural logarithms, and the words for its results. */
interface GateEvidence {
  readonly pass: number;
  readonly fail: number;
  readonly passed: string;
  readonly failed: string;
  /** The duration of the measurement so far; undefined if it is not known. */
  readonly seconds: number | undefined;
}

interface LimitText {
  /** Whether the limits come from what stable showed before. */
  readonly isOfStable: boolean;
  /** The limit, and why it is the limit. */
  readonly text: string;
}

/** The part of a test's level for an error of the bound on stable's earlier rate. */
const LEVEL_OF_BOUND = 0.001;

/** The latencies of all responses since the stage began, by version. */
export interface GateTimes {
  readonly stable: Times;
  readonly canary: Times;
}

/**
 * The gates of one stage. The caller may evaluate them after every block, as often as it likes: over the whole rollout, their verdicts are
 * wrong with the stated probability. A canary fails if one gate fails, and passes if all gates pass.
 */
export class StageGates {
  private readonly errors: ErrorTest;
  private readonly limit: LimitTest | undefined;
  /** The limits of the canary's own error rate, and the words for them; undefined if there is none. */
  private readonly limits: (Limits & LimitText) | undefined;
  private readonly share: ShareTest;
  private readonly slower: LatencyTest | undefined;
  private readonly blocks: GateBlock[] = [];
  private readonly answered = { stable: 0, canary: 0 };
  /** The quantiles that passed. The bounds of a quantile hold at all times together, so what they proved once stays proven. */
  private readonly within = new Set<number>();
  /** The natural logarithm of the evidence that a failure needs. */
  private readonly threshold: number;

  /**
   * @param tests the number of tests of the rollout, over which the level is divided; see `testsOf`
   * @param isAlone whether the canary has all traffic, so that there is no stable to compare it with
   * @param isTold whether to compute bounds of the difference for the text of a verdict, which takes most of the time
   * @param carried the evidence of the stages before
   */
  constructor(
    private readonly settings: GatesEntry,
    tests: number,
    private readonly isAlone: boolean,
    isTold = true,
    private readonly before = NOTHING_CARRIED,
  ) {
    const { capital } = before;
    const { errors, traffic } = settings;
    const baseRate = traffic?.errorRate ?? BASE_ERROR_RATE;
    this.errors = new ErrorTest({ tolerance: errors.tolerance, margin: errors.margin, baseRate }, isTold, capital.errors);
    this.limits = this.limitsOf(tests);
    const { limits } = this;
    this.limit = limits && new LimitTest(limits, Math.min(baseRate, limits.enough), limits.isOfStable ? capital.errors : capital.limit);
    this.share = new ShareTest(capital.share);
    this.slower = settings.latency && !isAlone ? new LatencyTest(quantilesOf(settings), capital.latency) : undefined;
    this.threshold = Math.log(tests / settings.alpha) - Math.log1p(-LEVEL_OF_BOUND);
  }

  /** @param times the latencies of all responses up to the end of this block; undefined if the block was logged, and has what they showed */
  add(block: GateBlock, times?: GateTimes): void {
    if (block.stable.requests + block.canary.requests + block.unknown === 0) {
      return;
    }
    const within = block.within ?? this.provenBy(times);
    within.forEach((quantile) => this.within.add(quantile));
    this.blocks.push(within.length > 0 ? { ...block, within } : block);
    const unanswered = { requests: block.unknown, share: this.shareOfUnanswered(block.expected) };
    this.errors.add(block, unanswered, block.seconds);
    this.limit?.add(block.canary, unanswered, block.seconds);
    this.slower?.add(block.slow ?? [], block.seconds);
    if (block.expected !== undefined) {
      const { stable, canary } = block;
      this.share.add(stable.requests + canary.requests, canary.requests, block.expected, block.unknown, block.seconds);
    }
    this.answered.stable += block.stable.requests;
    this.answered.canary += block.canary.requests;
  }

  /**
   * Returns the part of a block's unanswered requests that is counted as the canary's: its expected share, or its part of the answers before
   * while that is not known. All of them count if no share is checked, or the canary's answers were found to be missing from its share.
   */
  private shareOfUnanswered(expected: number | undefined): number {
    const { stable, canary } = this.answered;
    if (this.isAlone || !this.settings.share || stable + canary === 0 || this.share.logMissing >= this.passes) {
      return 1;
    }
    return expected ?? canary / (stable + canary);
  }

  /**
   * Returns the limits of the canary's own error rate. If it has all the traffic, there is no stable beside it, so its rate is compared with
   * bounds of what stable showed at the stages before, plus the margin. The capital goes on from the comparison with stable: as long as the
   * bound holds, its factors are e-values under the same hypothesis, and the bound is wrong with a small part of the level.
   */
  private limitsOf(tests: number): (Limits & LimitText) | undefined {
    const { errors, alpha, beta } = this.settings;
    const { stable } = this.before;
    const fixed = errors.limit ?? (this.isAlone ? ALONE_LIMIT : undefined);
    if (fixed === undefined || errors.limit !== undefined || stable.requests === 0) {
      return fixed === undefined ? undefined : { most: fixed, enough: fixed, isOfStable: false, text: rate(fixed) };
    }
    const [, high] = rateBounds(stable, (LEVEL_OF_BOUND * alpha) / tests);
    const [low] = rateBounds(stable, beta / 2);
    const most = Math.min(1, high + errors.margin);
    const text = `${rate(most)}, because stable had ${rate(stable.errors / stable.requests)} before`;
    return { most, enough: Math.min(1, low + errors.margin), isOfStable: true, text };
  }

  /** Returns the quantiles at which latencies prove for the first time that the canary is within the margin. */
  private provenBy(times: GateTimes | undefined): readonly number[] {
    const { latency } = this.settings;
    return latency && this.slower && times
      ? latency.quantiles.filter((quantile) => !this.within.has(quantile) && this.boundsOf(quantile, latency, times).isWithin)
      : [];
  }

  /** Returns the bounds of a quantile of both versions, and whether they prove that the canary's is within the margin of stable's. */
  private boundsOf(quantile: number, latency: NonNullable<GatesEntry['latency']>, { stable, canary }: GateTimes) {
    // Each bound gets half of the level, so that the two bounds of a comparison hold together at the whole level.
    const level = this.settings.beta / 2;
    const [ofCanary, ofStable] = [quantileSequence(canary, quantile, level), quantileSequence(stable, quantile, level)];
    const isWithin = ofCanary.upper !== undefined && ofStable.lower !== undefined && isMargin(ofCanary.upper, ofStable.lower, latency);
    return { ofCanary, ofStable, isWithin };
  }

  /** Whether any gate has failed. */
  get isRefuted(): boolean {
    const { threshold } = this;
    return (
      (!this.isAlone && this.errors.logWorse >= threshold) ||
      (this.limit?.logAbove ?? 0) >= threshold ||
      (this.slower?.logSlower ?? 0) >= threshold ||
      (this.settings.share && this.share.logWrong >= threshold)
    );
  }

  /** The evidence for the stages that follow. */
  get carried(): CarriedEvidence {
    const { capital, stable } = this.before;
    const { requests, errors } = this.errors.counts.stable;
    return {
      capital: {
        ...capital,
        errors: this.errors.capital.state,
        share: this.share.capital.state,
        ...(this.limit && { [this.limits!.isOfStable ? 'errors' : 'limit']: this.limit.capital.state }),
        ...(this.slower && { latency: this.slower.capital.state }),
      },
      stable: { requests: stable.requests + requests, errors: stable.errors + errors },
    };
  }

  /** All blocks that were added, which suffice to recompute every number of a verdict. */
  get log(): readonly GateBlock[] {
    return this.blocks;
  }

  /** @param seconds the duration of the measurement so far, from which the rest is estimated; undefined if it is not known */
  verdict(times: GateTimes | undefined, seconds?: number): Verdict {
    const checks = [
      ...(this.isAlone ? [] : [this.errorCheck(seconds)]),
      ...(this.limit ? [this.limitCheck(this.limit, seconds)] : []),
      ...(this.settings.latency && this.slower ? this.latencyChecks(this.settings.latency, this.slower, times) : []),
      ...(this.settings.share ? [this.shareCheck(seconds)] : []),
    ];
    return { verdict: together(checks), checks };
  }

  /** The natural logarithm of the evidence that a pass needs. */
  private get passes(): number {
    return Math.log(1 / this.settings.beta);
  }

  /** Formats the evidence for a pass and for a failure, and what they show. */
  private evidenceText({ pass, fail, passed, failed, seconds }: GateEvidence): string {
    const toFail = ofNeeded(fail, this.threshold, 'fail');
    if (fail >= this.threshold) {
      return `${failed}: evidence ${toFail}`;
    }
    const toPass = ofNeeded(pass, this.passes, 'pass');
    return pass >= this.passes
      ? `${passed}: evidence ${toPass}; ${toFail}`
      : `not decided: evidence ${toPass}${restText(pass, this.passes, seconds)}; ${toFail}`;
  }

  private errorCheck(seconds: number | undefined): Check {
    const { errors } = this.settings;
    const { stable, canary } = this.errors.counts;
    const [low, high] = this.errors.bounds(this.settings.alpha);
    const numbers = `canary ${ratio(canary.errors, canary.requests)}, stable ${ratio(stable.errors, stable.requests)}${unansweredText(this.errors.unknown)}`;
    const evidence = this.evidenceText({
      pass: this.errors.logFine,
      fail: this.errors.logWorse,
      passed: 'not worse by the margin',
      failed: errors.tolerance === 0 ? 'worse than stable' : 'worse than stable by more than the tolerance',
      seconds,
    });
    const why = `${numbers}, difference ${signed(low)} to ${signed(high)}, margin ${rate(errors.margin)}; ${evidence}`;
    return decide('errors', this.errors.logWorse >= this.threshold, this.errors.logFine >= this.passes, why);
  }

  private limitCheck(limit: LimitTest, seconds: number | undefined): Check {
    const { errors, requests } = limit.counts;
    const numbers = `canary ${ratio(errors, requests)}, limit ${this.limits!.text}`;
    // Half of the level of a pass is spent on the bound of stable's rate.
    const below = this.limits!.isOfStable ? limit.logBelow - Math.LN2 : limit.logBelow;
    const evidence = this.evidenceText({
      pass: below,
      fail: limit.logAbove,
      passed: 'below the limit',
      failed: 'above the limit',
      seconds,
    });
    const why = `${numbers}; ${evidence}`;
    return decide('error limit', limit.logAbove >= this.threshold, below >= this.passes, why);
  }

  /** The quantiles share the evidence that the canary is slower. If it is enough, the quantile with the most evidence fails. */
  private latencyChecks(latency: NonNullable<GatesEntry['latency']>, slower: LatencyTest, times: GateTimes | undefined): Check[] {
    const { quantiles } = latency;
    const evidence = quantiles.map((quantile) => slower.logAt(quantile));
    const worst = slower.logSlower >= this.threshold ? quantiles[evidence.indexOf(Math.max(...evidence))] : undefined;
    return quantiles.map((quantile) => this.latencyCheck(quantile, latency, quantile === worst, slower.logSlower, times));
  }

  private latencyCheck(
    quantile: number,
    latency: NonNullable<GatesEntry['latency']>,
    isSlower: boolean,
    logSlower: number,
    times: GateTimes | undefined,
  ): Check {
    const { tolerance, margin, slackMilliseconds: slack } = latency;
    const name = `latency ${quantileName(quantile)}`;
    const [stable, canary] = [times?.stable ?? [], times?.canary ?? []];
    const [some, others] = [totalOf(upperEnds(canary)), totalOf(upperEnds(stable))];
    if (some === 0 || others === 0) {
      return {
        name,
        verdict: 'inconclusive',
        why: `both versions need latencies: ${count(some)} of the canary, ${count(others)} of stable`,
      };
    }
    const { ofCanary: least, ofStable: most, isWithin } = this.boundsOf(quantile, latency, { stable, canary });
    const isFine = isWithin || this.within.has(quantile);
    const from = (bounds: { readonly lower: number | undefined; readonly upper: number | undefined }) =>
      `${bounds.lower === undefined ? '0' : formatLatency(bounds.lower)} to ${bounds.upper === undefined ? 'unknown' : formatLatency(bounds.upper)}`;
    const [canaryEnds, stableEnds] = [endsOf(canary, quantile), endsOf(stable, quantile)];
    const numbers = `canary ${between(canaryEnds)} (${from(least)}), stable ${between(stableEnds)} (${from(most)})`;
    // Equal versions share a bucket. If the ends of that bucket are further apart than the margin, no number of responses makes a pass.
    const tooWide = !isMargin(stableEnds[1], stableEnds[0], latency)
      ? `; stable's bucket is too wide for a margin of ${rate(margin)}, so equal versions cannot pass`
      : '';
    const state = isSlower
      ? `longer by more than ${rate(tolerance)}`
      : isFine
        ? `${isWithin ? '' : 'was proven to be '}within the margin of ${rate(margin)}${slack > 0 ? ` or ${formatLatency(slack)}` : ''}`
        : `not decided: an increase of more than ${rate(margin)} is not excluded`;
    const elsewhere = !isSlower && logSlower >= this.threshold ? ', most of it at another percentile' : '';
    const why = `${numbers}; ${state}; evidence ${ofNeeded(logSlower, this.threshold, 'fail')}${elsewhere}${tooWide}`;
    return decide(name, isSlower, isFine, why);
  }

  private shareCheck(seconds: number | undefined): Check {
    const { requests, canary, expected } = this.share.counts;
    if (requests === 0) {
      return { name: 'share', verdict: 'inconclusive', why: "the canary's expected share is not known, or no version answered" };
    }
    const evidence = this.evidenceText({
      pass: this.share.logRight,
      fail: this.share.logWrong,
      passed: 'close to the expected share',
      failed: 'not the expected share',
      seconds,
    });
    const why = `canary ${ratio(canary, requests)}, expected ${rate(expected)}; ${evidence}`;
    return decide('share', this.share.logWrong >= this.threshold, this.share.logRight >= this.passes, why);
  }
}

/** Whether a latency is longer than another by no more than the margin or the slack. */
function isMargin(longer: number, shorter: number, { margin, slackMilliseconds: slack }: NonNullable<GatesEntry['latency']>): boolean {
  return longer <= Math.max(shorter * (1 + margin), shorter + slack);
}

/** Returns the quantiles at which slow responses are counted: those that are compared, so that a failure names what is longer. */
export function quantilesOf({ latency }: GatesEntry): readonly number[] {
  return latency?.quantiles ?? [];
}

/** Returns the ends of the bucket that contains a quantile. Both are the same if each latency is known. */
function endsOf(times: Times, quantile: number): readonly [number, number] {
  return [quantileOf(lowerEnds(times), quantile) ?? 0, quantileOf(upperEnds(times), quantile) ?? 0];
}

function between([lower, upper]: readonly [number, number]): string {
  return lower === upper
    ? formatLatency(upper)
    : upper === UNBOUNDED
      ? `more than ${formatLatency(lower)}`
      : `between ${formatLatency(lower)} and ${formatLatency(upper)}`;
}

/** Returns a check. It fails if the canary is worse, even if there is also evidence for a pass. */
function decide(name: string, isWorse: boolean, isFine: boolean, why: string): Check {
  return { name, verdict: isWorse ? 'fail' : isFine ? 'pass' : 'inconclusive', why };
}

function ratio(some: number, all: number): string {
  return `${all === 0 ? 'no requests' : rate(some / all)} (${count(some)} of ${count(all)})`;
}

function unansweredText({ requests, charged }: ErrorTest['unknown']): string {
  const some = Number(charged.toPrecision(2));
  return requests === 0 ? '' : `, ${count(requests)} requests without an answer, ${count(some)} of them counted as its errors`;
}

function signed(difference: number): string {
  return `${difference > 0 ? '+' : ''}${rate(difference)}`;
}

/**
 * Formats evidence and the amount that is needed as e-values, from their natural logarithms: `0.6 of the 240 needed to fail`,
 * `62 to pass (20 needed)`.
 */
function ofNeeded(log: number, needed: number, result: 'pass' | 'fail'): string {
  return log >= needed
    ? `${eValue(log)} to ${result} (${eValue(needed)} needed)`
    : `${eValue(log)} of the ${eValue(needed)} needed to ${result}`;
}

/** The part of the needed evidence, from 0 to 1, below which an estimate of the remaining time is too uncertain to show. */
const LEAST_FOR_ESTIMATE = 0.2;

/** Estimates the time until the evidence is enough. The logarithm of evidence grows about in proportion to the number of requests. */
function restText(log: number, needed: number, seconds: number | undefined): string {
  return seconds === undefined || log < LEAST_FOR_ESTIMATE * needed ? '' : `, about ${formatEstimate(seconds * (needed / log - 1))} to go`;
}

function eValue(log: number): string {
  const value = Math.exp(log);
  return value >= 1e6 ? (Number.isFinite(value) ? value.toExponential(0) : '∞') : String(Number(value.toPrecision(2)));
}
