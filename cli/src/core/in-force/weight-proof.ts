import { Fraction } from '../../../../lib/core/fraction';
import type { Evidence, SeenAnswer } from './evidence';
import { type Move, type Signs, type Track, checkAlpha, signsOf } from './move';
import { runLength } from './run-length';
import { ShareEvidence, expectedAnswers } from './share-evidence';
import { VersionRun } from './version-run';

/** The probability of saying 'in force' while a proxy serves the old weight, unless another one is asked for. */
export const DEFAULT_ALPHA = Fraction.of(1, 100);

/** How one request ended, with a connection of its own. */
export type Answer =
  /** The answer names its version, whatever its status: the request has reached that version. `ageSeconds` is its `Age` header. */
  | { readonly kind: 'version'; readonly version: Track; readonly ageSeconds?: number }
  /** No answer, or one that does not name one of the two versions: `refused`, `status 503`, `no version in the answer`. */
  | { readonly kind: 'unknown'; readonly why: string; readonly ageSeconds?: number };

/** What is counted of a vantage point's requests. */
export interface ProofCounts {
  /** The answers that named their version and came from no cache. */
  readonly stable: number;
  readonly canary: number;
  /** The others by reason. Each of them is counted once; none of them is evidence for the new weight. */
  readonly uncounted: Readonly<Record<string, number>>;
}

/** What the answers at one vantage point say about the new weight. */
export type Proof = (
  | { readonly kind: 'nothing to prove' }
  | {
      readonly kind: 'in force';
      /** When the first and the last request of the proof began. */
      readonly sinceMs: number;
      readonly untilMs: number;
    }
  /** The last answers are those of a proxy that serves the old weight. During propagation this is no failure. */
  | { readonly kind: 'contradicted'; readonly missing: number }
  | {
      readonly kind: 'waiting';
      /** The estimated number of further answers until the proof, if the new weight is in force now. */
      readonly missing: number;
    }
) & { readonly move: Move; readonly counts: ProofCounts };

/** The most reasons that are counted apart, so that responses cannot fill the memory. */
const MOST_REASONS = 20;

const CACHED = 'from a cache';
const OTHER_REASONS = 'other reasons';

interface Request {
  readonly startedAtMs: number;
  answer?: Answer;
}

/**
 * Decides from requests through one vantage point whether a weight is in force: the address of a gateway, or one of its proxy pods.
 *
 * If at least one of the k proxies serves the old weight and the others the new one, the probability that this ever says 'in force' is at
 * most alpha, whenever one looks and however long the proxy stays stale. It assumes that each request has a connection of its own, which
 * reaches each of the k proxies with a probability of at least 1 / k, and that a proxy which serves the new weight does not return to the
 * old one. {@link VersionRun} and {@link ShareEvidence} say why the bound holds.
 *
 * - Answers count in the order in which their requests began. If they counted as they arrive, the faster version would be counted first, and
 *   answers of the old weight could be missing because they are slow. So each request that began must end, at the latest by a timeout.
 * - An answer that names no version is never evidence for the new weight, and it breaks a run: a stale proxy that sends requests to a broken
 *   version answers by just such errors. An answer from a cache has met no proxy, or an earlier one, and is left out.
 * - It proves that no proxy serves the old weight, and nothing of other weights: the share gate compares the share itself.
 */
export class WeightProof {
  private readonly signs: Signs | undefined;
  private readonly evidence: Evidence | undefined;
  /** The requests whose answers do not count yet, in the order in which they began. */
  private readonly open = new Map<number, Request>();
  private requests = 0;
  private lastStartMs = -Infinity;
  private provenUntilMs: number | undefined;
  private readonly versions = { stable: 0, canary: 0 };
  private readonly uncounted = new Map<string, number>();

  /** @throws if a share, the number of proxies or alpha is out of its range */
  constructor(
    private readonly move: Move,
    alpha: Fraction = DEFAULT_ALPHA,
  ) {
    checkAlpha(alpha);
    this.signs = signsOf(move);
    this.evidence = this.signs && evidenceOf(this.signs, alpha);
  }

  /**
   * Notes that a request begins, after the new weight was written.
   *
   * @param atMs milliseconds of one monotonic clock
   * @returns its number, for {@link end}
   * @throws if a later request has begun already
   */
  begin(atMs: number): number {
    if (atMs < this.lastStartMs) {
      throw new Error(`atMs: got ${atMs}; must be at least ${this.lastStartMs}, when the request before began`);
    }
    this.lastStartMs = atMs;
    this.requests += 1;
    this.open.set(this.requests, { startedAtMs: atMs });
    return this.requests;
  }

  /** Notes how a request ended. A request that ended already is ignored. */
  end(request: number, answer: Answer): void {
    const ended = this.open.get(request);
    if (ended === undefined || ended.answer !== undefined) {
      return;
    }
    ended.answer = answer;
    for (const [number, { startedAtMs, answer: next }] of this.open) {
      if (next === undefined) {
        return;
      }
      this.open.delete(number);
      this.count(next, startedAtMs);
    }
  }

  get proof(): Proof {
    const about = { move: this.move, counts: { ...this.versions, uncounted: Object.fromEntries(this.uncounted) } };
    const { evidence } = this;
    if (evidence === undefined) {
      return { kind: 'nothing to prove', ...about };
    }
    if (evidence.isProven) {
      return { kind: 'in force', sinceMs: evidence.sinceMs!, untilMs: this.provenUntilMs!, ...about };
    }
    return { kind: evidence.speaksForStale ? 'contradicted' : 'waiting', missing: evidence.missing, ...about };
  }

  private count(answer: Answer, startedAtMs: number): void {
    if ((answer.ageSeconds ?? 0) > 0) {
      this.countReason(CACHED);
      return;
    }
    if (answer.kind === 'unknown') {
      this.countReason(answer.why);
    } else {
      this.versions[answer.version] += 1;
    }
    const { evidence } = this;
    if (evidence === undefined) {
      return;
    }
    evidence.add({ speaksFor: this.meaningOf(answer), startedAtMs });
    this.provenUntilMs = evidence.isProven ? (this.provenUntilMs ?? startedAtMs) : undefined;
  }

  private meaningOf(answer: Answer): SeenAnswer['speaksFor'] {
    if (answer.kind === 'unknown') {
      return 'unclear';
    }
    return answer.version === this.signs?.favored ? 'new weight' : 'old weight';
  }

  private countReason(why: string): void {
    const reason = this.uncounted.has(why) || this.uncounted.size < MOST_REASONS ? why : OTHER_REASONS;
    this.uncounted.set(reason, (this.uncounted.get(reason) ?? 0) + 1);
  }
}

function evidenceOf(signs: Signs, alpha: Fraction): Evidence {
  return signs.inForce.equals(Fraction.ONE) ? new VersionRun(signs, alpha) : new ShareEvidence(signs, alpha);
}

/**
 * Returns the number of answers that the proof of a move needs if the weight is in force from the first one on: exact for a move to 0 or 1,
 * the mean for others; 0 if the weights are equal.
 */
export function requestsNeeded(move: Move, alpha: Fraction = DEFAULT_ALPHA): number {
  checkAlpha(alpha);
  const signs = signsOf(move);
  if (signs === undefined) {
    return 0;
  }
  return signs.inForce.equals(Fraction.ONE) ? runLength(signs.oneStale, alpha.times(Fraction.of(1, 2))) : expectedAnswers(signs, alpha);
}
