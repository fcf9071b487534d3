import { App, Chart } from 'cdk8s';
import { ConfigMap, EnvValue, Probe } from 'cdk8s-plus-27';
import type { CanaryPairProps, TrackOptions } from '../../../lib';
import { type Tree, track, tutorial } from './trees';

// The tutorial's release with canaries that fail, each in a different way.

interface Badness {
  /** Changes to the canary's pods. */
  readonly pod?: Partial<TrackOptions>;
  /** Environment variables of the demo: `told` for the canary's pods, `allTold` for all pods. */
  readonly told?: Readonly<Record<string, string>>;
  readonly allTold?: Readonly<Record<string, string>>;
}

/** Properties of the pair that differ from the tutorial's. */
type Shape = Partial<CanaryPairProps>;

function withBadCanary({ pod = {}, told = {}, allTold = {} }: Badness, isRouted: boolean, shape: Shape = {}): Tree {
  const good = track('canary-2-dep', '1.1', 'red');
  const settings = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, EnvValue.fromValue(value)]));
  return tutorial({
    isRouted,
    env: allTold,
    pair: { ...shape, canary: { ...good, ...pod, env: { ...good.env, ...settings, ...pod.env } } },
  });
}

/** The canary exits shortly after each start. */
export const crashing = (isRouted = false, shape?: Shape) => withBadCanary({ told: { DEMO_CRASH_AFTER: '1s' } }, isRouted, shape);

/** The canary exits shortly after each start, before it is ready. */
export const crashingAtStart = (isRouted = false, shape?: Shape) =>
  withBadCanary({ told: { DEMO_CRASH_AFTER: '1s', DEMO_START_DELAY: '1h' } }, isRouted, shape);

/** The canary's image is not in the registry. */
export const imageMissing = (isRouted = false, shape?: Shape) =>
  withBadCanary({ pod: { image: 'scubakiz/servicedemo:missing' } }, isRouted, shape);

/** The canary's image name is invalid. A synth would reject it, so the name is edited in the output, as a user could do by hand. */
export const imageNameInvalid = (isRouted = false, shape?: Shape) =>
  imageMissing(isRouted, shape).changed((text) => text.replaceAll('scubakiz/servicedemo:missing', 'scubakiz/ServiceDemo:1.1'));

/** The canary runs but never becomes ready. */
export const neverReady = (isRouted = false, shape?: Shape) => withBadCanary({ told: { DEMO_START_DELAY: '1h' } }, isRouted, shape);

/** No node can run the canary. */
export const unschedulable = (isRouted = false, shape?: Shape) =>
  withBadCanary({ pod: { nodeSelector: { disk: 'none-has-it' } } }, isRouted, shape);

/** The canary needs a ConfigMap that does not exist. */
export function configMissing(isRouted = false, shape?: Shape): Tree {
  const missing = ConfigMap.fromConfigMapName(new Chart(new App(), 'unrecognized'), 'settings', 'missing-settings');
  return withBadCanary({ pod: { env: { SETTING: EnvValue.fromConfigMap(missing, 'setting') } } }, isRouted, shape);
}

/** The canary takes three times as long as stable for every request. */
export const slow = (isRouted = false) => withBadCanary({ allTold: { DEMO_LATENCY: '40ms' }, told: { DEMO_LATENCY: '120ms' } }, isRouted);

/** The canary fails a share of its requests, but its readiness probe succeeds. */
export const erring = (isRouted = false, share = '0.2') =>
  withBadCanary({ pod: { readiness: Probe.fromHttpGet('/healthz', { port: 80 }) }, told: { DEMO_ERROR_SHARE: share } }, isRouted);

/** The canaries whose failure shows in the state of their pods, by name. */
export const BAD_PODS = { crashing, crashingAtStart, imageMissing, imageNameInvalid, neverReady, unschedulable, configMissing } as const;
