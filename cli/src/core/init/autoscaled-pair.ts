import type { JsonObject } from '../../../../lib/core/yaml';
import { replacedAutoscaler } from './autoscaler';
import { declareAutoscaling } from './autoscaling';
import { autoscalerRemarks, checkAutoscaler } from './check-autoscaler';
import type { Declaration, Patch } from './declaration';
import type { Expression } from './expression';
import { textsIn } from './json';
import { keptMetadata } from './metadata';
import type { Selection } from './select';
import { metadataOf, titleOf } from './workload';

/** What an autoscaler makes of a pair. */
export interface AutoscaledPair {
  /** The property `autoscaling`. */
  readonly properties: Expression;
  readonly patches: readonly Patch[];
  /** The autoscalers of the app, as the program names them. */
  readonly autoscalers: readonly string[];
  /** Whether only stable is autoscaled, so that the promotion must be a roll. */
  readonly isRolled: boolean;
  readonly accepted: Readonly<Record<string, string>>;
  /** The name of the autoscaler that must be deleted before the first apply. */
  readonly replaced?: string;
}

interface Context {
  readonly hasCanary: boolean;
  /** The finding if the selector of the stable Deployment also matches the pods of the new version. */
  readonly shared: Readonly<Record<string, string>>;
  readonly declaration: Declaration;
}

/**
 * Declares the autoscaler of the selection; undefined if it has none.
 *
 * @throws CliError if no pair can have it
 */
export function autoscaledPair(selection: Selection, { hasCanary, shared, declaration }: Context): AutoscaledPair | undefined {
  const { autoscaler, workload, limitRanges } = selection;
  if (!autoscaler) {
    return undefined;
  }
  const isRouted = selection.route !== undefined;
  const surroundings = { workload, isRouted, isSelectorShared: Object.keys(shared).length > 0, limitRanges };
  const reason = checkAutoscaler(autoscaler, surroundings);
  declaration.remarks.push(...autoscalerRemarks(autoscaler, surroundings, hasCanary));
  const left = leftMetadata(autoscaler);
  if (left.length > 0) {
    declaration.differences.push(`${titleOf(autoscaler)}: the labels and annotations ${left.join(', ')} are left out`);
  }
  return {
    ...declareAutoscaling(autoscaler),
    autoscalers: ['pair.stable.autoscaler!', ...(isRouted && hasCanary ? ['pair.canary!.autoscaler!'] : [])],
    isRolled: hasCanary && !isRouted,
    accepted: reason === undefined ? {} : { 'no-resource-request': reason },
    replaced: replacedAutoscaler(autoscaler, workload),
  };
}

/** The pair's autoscalers have no labels and annotations of their own. */
function leftMetadata(autoscaler: JsonObject): string[] {
  const { labels, annotations } = metadataOf(autoscaler);
  return [labels, annotations].flatMap((texts) => Object.keys(keptMetadata(textsIn(texts))));
}
