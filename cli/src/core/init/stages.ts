import type { Declaration } from './declaration';
import type { Selection } from './select';
import { titleOf } from './workload';

/** The weights of the library's default stages that a pair may have whose canary has a fixed count. */
const BELOW_ALL = [10, 25, 50];

/** The least weight at which the canary has as many pods as stable keeps. */
const HALF = 50;

/**
 * The weights of the stages in percent; undefined for the default. If stable alone is autoscaled, they end below 100 %, but not below one
 * half: stable takes the new version while it serves, and its strategy may stop pods first, for which the canary must stand in.
 *
 * @param asked what the user asks for, whose last weight is 100
 */
export function stageWeights(
  { workload, autoscaler, route }: Selection,
  asked: readonly number[] | undefined,
  declaration: Declaration,
): readonly number[] | undefined {
  const weights = asked ?? risingWeights(workload.weights);
  if (!autoscaler || route) {
    return weights;
  }
  const below = (weights ?? BELOW_ALL).filter((weight) => weight < 100);
  const ending = (below.at(-1) ?? 0) < HALF ? [...below, HALF] : below;
  if (weights) {
    declaration.remarks.push(
      `the stages are ${ending.join(', ')} %: ${titleOf(autoscaler)} scales ${workload.title}, and no route divides its requests, so the canary has a fixed count, and the last stage is below 100 % and at least ${HALF} %`,
    );
  }
  return ending;
}

/** The weights of an Argo Rollout or a Flagger Canary, which may fall and may end below 100. */
function risingWeights(weights: readonly number[] = []): readonly number[] | undefined {
  const rising = weights.filter(
    (weight, index, all) => weight > 0 && weight < 100 && all.slice(0, index).every((before) => before < weight),
  );
  return rising.length === 0 ? undefined : [...rising, 100];
}
