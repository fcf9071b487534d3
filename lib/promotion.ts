import { ApiObject } from 'cdk8s';
import { PROMOTED, PROMOTED_UP } from './core/folders';
import { Json, JsonObject } from './core/yaml';
import { DEPLOYMENT_LABEL } from './core/labels';
import { StageRenderer, renderWith } from './staged-value';
import { CanaryTrack, Track } from './track';

/** How the new version becomes the stable one. */
export enum Promotion {
  /**
   * The canary's Deployment becomes the stable one, and the old one is drained: the pods that were tested stay. In the next
   * release its block moves to `stable`, name and all, and the new version takes the name that is free.
   */
  SWAP = 'swap',
  /**
   * The stable Deployment takes the canary's pod template and comes up while the canary serves; then the canary is drained.
   * The names stay the same, so dashboards and alerts that use them keep working. The pods that serve in the end are new ones.
   */
  ROLL = 'roll',
}

/** Whether the stable Deployment of a rolled promotion runs the canary's template in a folder. */
export function isRolled(folder: string): boolean {
  return folder === PROMOTED || folder === PROMOTED_UP;
}

/** The canary's pod template, as it is written, patches included, outside of any synth. */
export function templateOf(canary: CanaryTrack): Json {
  const object = ApiObject.of(canary);
  const json = renderWith(new StageRenderer(), canary.node.root, () => object.toJson() as { spec: { template: Json } });
  return json.spec.template;
}

/** A pod template for another Deployment: wherever it names its own, it names that one. */
export function handOver(template: Json, from: Track, to: Track): Json {
  if (Array.isArray(template)) {
    return template.map((item) => handOver(item, from, to));
  }
  if (template === null || typeof template !== 'object') {
    return template;
  }
  const entries = Object.entries(template).map(([key, value]) => [
    key,
    key === DEPLOYMENT_LABEL && value === from.name ? to.name : handOver(value, from, to),
  ]);
  return Object.fromEntries(entries) as JsonObject;
}
