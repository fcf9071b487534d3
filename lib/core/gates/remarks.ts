import { type Remark, warning } from '../finding';
import type { PlannedStage } from '../plan';
import { percent } from '../format-share';
import { stageNeed } from './planner';
import { type GatesEntry, testsOf } from './settings';

/** Reports the stages whose gates would not decide within the time that is allowed, because too few requests are measured. */
export function gateRemarks(stages: readonly PlannedStage[], gatesAt: (stage: PlannedStage, index: number) => GatesEntry): Remark[] {
  const tests = testsOf(stages.map(gatesAt));
  return stages.flatMap((stage, index) => {
    const { folder, achieved } = stage;
    const gates = gatesAt(stage, index);
    const { traffic } = gates;
    if (traffic === undefined) {
      return [];
    }
    const share = Number(achieved.numerator) / Number(achieved.denominator);
    const need = stageNeed(gates, share, tests);
    const seconds = need?.seconds ?? 0;
    return need === undefined || seconds <= traffic.longestHoldSeconds
      ? []
      : [
          warning(
            'stage-undecided',
            `${folder}: with ${percent(achieved)} of ${traffic.requestsPerSecond} requests per second, its gates need about ${hours(seconds)} (${Math.max(need.pass, need.fail).toLocaleString('en-US')} requests), more than the longestHold of ${hours(traffic.longestHoldSeconds)}; measure more requests, start with a larger weight, or raise errorMargin (${gates.errors.margin})`,
          ),
        ];
  });
}

function hours(seconds: number): string {
  return seconds >= 7_200 ? `${Math.round(seconds / 360) / 10} h` : seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
}
