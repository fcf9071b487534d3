import { UsageError } from '../errors';
import type { Declaration } from './declaration';
import type { Selection } from './select';
import { titleOf } from './workload';

/** The weights of the library's default stages that a pair may have whose canary has a fixed count. */
const BELOW_ALL = [10, 25, 50];

/**
 * The weights of the stages in percent; undefined for the default. If stable alone is autoscaled, they end below 100 %.
 *
 * @param asked what the user asks for, whose last weight is 100
 * @throws UsageError if no stage of these would be left
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
  const why = `${titleOf(autoscaler)} scales ${workload.title}, and no route divides its requests`;
  if (below.length === 0) {
    throw new UsageError(`--stages: got ${weights!.join(',')}; must have a stage below 100, because ${why}; try --stages 50,100`);
  }
  if (asked) {
    declaration.remarks.push(`the stages end at ${below.at(-1)} % instead of 100 %, because ${why}: the canary has a fixed count`);
  }
  return below;
}

/** The weights of an Argo Rollout or a Flagger Canary, which may fall and may end below 100. */
function risingWeights(weights: readonly number[] = []): readonly number[] | undefined {
  const rising = weights.filter(
    (weight, index, all) => weight > 0 && weight < 100 && all.slice(0, index).every((before) => before < weight),
  );
  return rising.length === 0 ? undefined : [...rising, 100];
}
