import { type Evidence, type Verdict, secondsOf } from '../../../cli/src/core/traffic/evidence';
import { StageGates } from '../../../cli/src/core/gates/gates';
import { timesOf } from '../../../cli/src/core/statistics/quantiles';
import type { RecordedStage } from '../../../cli/src/core/rollout/record';
import type { Ended } from '../../support/command';

/** The last result that `monitor -o json` prints. */
export interface Seen {
  readonly status: number | null;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly notes: readonly string[];
  readonly readings: readonly { source: string; rows: readonly Record<string, unknown>[]; examples?: Record<string, readonly string[]> }[];
}

/** Reads the last result. Throws if `monitor` printed nothing. */
export function seenIn({ status, stdout, stderr }: Ended): Seen {
  const last = stdout.trim().split('\n').at(-1)!;
  if (last === '') {
    throw new Error(`kubectl canary monitor ended with ${status} and said nothing: ${stderr}`);
  }
  return { status, ...(JSON.parse(last) as Omit<Seen, 'status'>) };
}

/** The verdicts of the checks, by name. */
export const checksOf = ({ verdict }: Pick<Seen, 'verdict'>) =>
  Object.fromEntries(verdict.checks.map((check) => [check.name, check.verdict]));

/** Computes the verdict of a stage again from its record: the blocks of the gates, and the latencies. */
export function verdictAgain({ gates, evidence }: RecordedStage): Verdict {
  const { settings, tests, isAlone, carried, blocks } = gates!;
  const asked = new StageGates(settings, tests, isAlone, true, carried);
  blocks.forEach((block) => asked.add(block));
  const times = (track: string) => timesOf(evidence!.versions.find((row) => row.track === track)!.latency);
  return asked.verdict({ stable: times('stable'), canary: times('canary') }, secondsOf(evidence!));
}
