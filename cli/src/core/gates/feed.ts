import type { Answers } from '../../../../lib/core/gates/bernoulli';
import type { GatesEntry } from '../../../../lib/core/gates/settings';
import type { Evidence } from '../traffic/evidence';
import { type Counts, type Times, lowerEnds, timesOf, upperEnds } from '../statistics/quantiles';
import { type GateBlock, quantilesOf } from './gates';
import { SlowCounter } from './latency-test';

interface Seen extends Answers {
  readonly times: Times;
}

const NOTHING: Seen = { requests: 0, errors: 0, times: [] };

/** Splits growing evidence into blocks. Each block has the data since the previous one. */
export class GateFeed {
  private seen = { stable: NOTHING, canary: NOTHING };
  private unknown = 0;
  private readonly slow: SlowCounter | undefined;

  constructor(settings: GatesEntry) {
    this.slow = settings.latency && new SlowCounter(quantilesOf(settings), settings.latency.tolerance, settings.latency.slackMilliseconds);
  }

  /**
   * Returns the next block.
   *
   * @param evidence all evidence so far
   * @param expected the canary's share that was expected since the previous block, from 0 to 1; undefined if it is not known
   * @param seconds the time since the previous block
   */
  next(evidence: Evidence, expected: number | undefined, seconds: number): GateBlock {
    const now = { stable: seenOf(evidence, 'stable'), canary: seenOf(evidence, 'canary') };
    const since = (track: 'stable' | 'canary'): Seen => ({
      requests: now[track].requests - this.seen[track].requests,
      errors: now[track].errors - this.seen[track].errors,
      times: timesSince(now[track].times, this.seen[track].times),
    });
    const [stable, canary] = [since('stable'), since('canary')];
    const unknown = evidence.unknown.requests - this.unknown;
    this.seen = now;
    this.unknown = evidence.unknown.requests;
    const slow = this.slow?.add({ stable: stable.times, canary: canary.times });
    const answers = ({ requests, errors }: Seen): Answers => ({ requests, errors });
    return { stable: answers(stable), canary: answers(canary), unknown, seconds, expected, ...(slow && slow.length > 0 ? { slow } : {}) };
  }
}

function seenOf(evidence: Evidence, track: 'stable' | 'canary'): Seen {
  const row = evidence.versions.find((version) => version.track === track);
  return row ? { requests: row.requests, errors: row.errors, times: timesOf(row.latency) } : NOTHING;
}

function timesSince(now: Times, before: Times): Times {
  const upTo = countsSince(upperEnds(now), upperEnds(before));
  return 'upTo' in now ? { upTo, above: countsSince(now.above, lowerEnds(before)) } : upTo;
}

/** Returns the numbers of responses by latency that were added. */
export function countsSince(now: Counts, before: Counts): Counts {
  const known = new Map(before);
  return now.flatMap(([time, count]) => {
    const added = count - (known.get(time) ?? 0);
    return added > 0 ? [[time, added] as const] : [];
  });
}
