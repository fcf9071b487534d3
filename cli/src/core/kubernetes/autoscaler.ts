import { quantityOf } from '../../../../lib/core/quantity';
import { type Resource, at, countAt, listAt, textAt } from '../resource';
import type { PlanObject } from './objects';

/** What a HorizontalPodAutoscaler knows about its Deployment. */
export interface AutoscalerStatus {
  readonly min: number;
  readonly max: number;
  /**
   * The load of the Deployment in pods: its pods times the largest ratio of a metric to its target, as the autoscaler itself computes the
   * count that it wants, before its bounds. Not an integer; undefined if the autoscaler has no metrics.
   */
  readonly load: number | undefined;
  /** Why the autoscaler does nothing; undefined if it works. */
  readonly stopped: string | undefined;
}

/** The path of a Deployment's count. */
export const REPLICAS_PATH = ['spec', 'replicas'] as const;

/** Whether autoscalers set the count of a Deployment: some folders of its plan leave the count out. */
export function isAutoscaled({ ref, manifests }: Pick<PlanObject, 'ref' | 'manifests'>): boolean {
  return ref.kind === 'Deployment' && [...manifests.values()].some(lacksCount);
}

/** Whether a manifest leaves the count of its Deployment to an autoscaler. */
export function lacksCount(manifest: Resource): boolean {
  return manifest['kind'] === 'Deployment' && at(manifest, ...REPLICAS_PATH) === undefined;
}

export function autoscalerStatus(autoscaler: Resource): AutoscalerStatus {
  const active = listAt(autoscaler, 'status', 'conditions').find((condition) => condition['type'] === 'ScalingActive');
  return {
    min: (at(autoscaler, 'spec', 'minReplicas') as number | undefined) ?? 1,
    max: countAt(autoscaler, 'spec', 'maxReplicas'),
    load: loadOf(autoscaler),
    stopped:
      active?.['status'] === 'False' && textAt(active, 'reason') !== 'ScalingDisabled'
        ? (textAt(active, 'message') ?? textAt(active, 'reason') ?? 'no reason')
        : undefined,
  };
}

function loadOf(autoscaler: Resource): number | undefined {
  const current = listAt(autoscaler, 'status', 'currentMetrics');
  const ratios = listAt(autoscaler, 'spec', 'metrics').flatMap((metric) => {
    const source = sourceOf(metric);
    const found = source && current.map(sourceOf).find((one) => one?.key === source.key);
    const ratio = found && ratioOf(found.values['current'] as Resource | undefined, source.values['target'] as Resource | undefined);
    return ratio === undefined ? [] : [ratio];
  });
  return ratios.length === 0 ? undefined : countAt(autoscaler, 'status', 'currentReplicas') * Math.max(...ratios);
}

/** The fields of a metric in a specification or a status, and a key that is equal in both. */
function sourceOf(metric: Resource): { readonly key: string; readonly values: Resource } | undefined {
  const type = textAt(metric, 'type') ?? '';
  const values = metric[`${type.slice(0, 1).toLowerCase()}${type.slice(1)}`] as Resource | undefined;
  const name = textAt(values, 'name') ?? textAt(values, 'metric', 'name');
  return values && { key: JSON.stringify([type, name, textAt(values, 'container'), at(values, 'metric', 'selector')]), values };
}

function ratioOf(current: Resource | undefined, target: Resource | undefined): number | undefined {
  for (const field of ['averageUtilization', 'averageValue', 'value']) {
    const [is, wanted] = [numberOf(current?.[field]), numberOf(target?.[field])];
    if (is !== undefined && wanted !== undefined && wanted > 0) {
      return is / wanted;
    }
  }
  return undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : typeof value === 'string' ? quantityOf(value) : undefined;
}
