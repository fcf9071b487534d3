import { ApiObject } from 'cdk8s';
import { PROMOTED, PROMOTED_UP } from './core/folders';
import { Json, JsonObject } from './core/yaml';
import { DEPLOYMENT_LABEL } from './core/labels';
import { StageRenderer, renderWith } from './staged-value';
import { CanaryTrack, Track } from './track';

/** How the new version becomes the stable one. */
export enum Promotion {
  /**
   * The canary's Deployment becomes the stable one and keeps its pods, which were tested; the old Deployment is drained. In the next
   * release, the canary's block moves to `stable` together with its name, and the new version takes the free name.
   */
  SWAP = 'swap',
  /**
   * The stable Deployment takes the canary's pod template and becomes ready while the canary serves; then the canary is drained.
   * The names stay the same, so dashboards and alerts that use them keep working. The pods that serve in the end are new ones.
   */
  ROLL = 'roll',
}

/** Whether, with `Promotion.ROLL`, the stable Deployment runs the canary's template in a folder. */
export function isRolled(folder: string): boolean {
  return folder === PROMOTED || folder === PROMOTED_UP;
}

/** Renders the canary's pod template outside a synth, with the user's patches. */
export function templateOf(canary: CanaryTrack): Json {
  const object = ApiObject.of(canary);
  const json = renderWith(new StageRenderer(), canary.node.root, () => object.toJson() as { spec: { template: Json } });
  return json.spec.template;
}

/** Copies a pod template to another Deployment: replaces the Deployment's name in its label, wherever the label occurs. */
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
