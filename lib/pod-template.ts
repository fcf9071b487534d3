import { ApiObject } from 'cdk8s';
import { DEPLOYMENT_LABEL } from './core/labels';
import type { Json, JsonObject } from './core/yaml';
import { StageRenderer, renderWith } from './staged-value';
import type { CanaryTrack, Track } from './track';

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
