import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { AutoscalingOptions } from './autoscaling';
import { PROMOTED, STAGE_0 } from './core/folders';
import type { JsonObject } from './core/yaml';
import * as kplus from './kplus';
import { replaceResource } from './kplus-overrides';
import { staged } from './staged-value';

/** The settings of a track's autoscaler that depend on its pair. */
export interface AutoscalerSettings {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly target: kplus.Deployment;
  readonly options: AutoscalingOptions;
  /** The fewest pods of the track in a folder; 0 if it receives no traffic. */
  readonly podsAt: (folder: string) => number;
  /** The stage if none is selected. */
  readonly fallback: () => string | undefined;
}

/**
 * The HorizontalPodAutoscaler of a track. Its minimum follows the stages. From the first stage until the promotion it does not scale down:
 * a stable track without traffic would shrink while a rollback still needs it, and a canary would shrink before its traffic comes.
 */
export class TrackAutoscaler extends kplus.HorizontalPodAutoscaler {
  protected override readonly apiObject: ApiObject;

  constructor(scope: Construct, id: string, { name, namespace, target, options, podsAt, fallback }: AutoscalerSettings) {
    super(scope, id, {
      target,
      minReplicas: options.min,
      maxReplicas: options.max,
      metrics: options.metrics,
      scaleUp: options.scaleUp,
      scaleDown: options.scaleDown,
    });
    const value = (path: string[], property: string, at: (folder: string) => unknown) =>
      staged({ owner: this, path, property, isList: false, at }, fallback);
    const whileMoving = (atRest: unknown) => (folder: string) =>
      folder === STAGE_0 || folder === PROMOTED ? atRest : kplus.ScalingStrategy.DISABLED;
    this.apiObject = replaceResource(this, { name, namespace }, (spec) => {
      const behavior = spec.behavior as { scaleDown: JsonObject };
      const path = ['spec', 'behavior', 'scaleDown', 'selectPolicy'];
      return {
        ...spec,
        // 0 would need the API server's feature gate HPAScaleToZero.
        minReplicas: value(['spec', 'minReplicas'], 'autoscaling.min', (folder) => Math.max(1, podsAt(folder))),
        behavior: {
          ...behavior,
          scaleDown: {
            ...behavior.scaleDown,
            selectPolicy: value(path, 'autoscaling.scaleDown', whileMoving(behavior.scaleDown.selectPolicy)),
          },
        },
      } as unknown as JsonObject;
    });
  }
}
