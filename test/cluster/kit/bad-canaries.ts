import { App, Chart } from 'cdk8s';
import { ConfigMap, EnvValue, Probe } from 'cdk8s-plus-27';
import { CanaryPairProps, TrackOptions } from '../../../lib';
import { Tree, track, tutorial } from './trees';

// The tutorial's release with a canary that fails, each in a way of its own.

interface Badness {
  /** What is wrong with the canary's pods. */
  readonly pod?: Partial<TrackOptions>;
  /** What the demo is told in the canary's pods, and in all. */
  readonly told?: Readonly<Record<string, string>>;
  readonly allTold?: Readonly<Record<string, string>>;
}

/** The rest of the pair, where it is not the tutorial's. */
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

/** Exits a while after it started, again and again. */
export const crashing = (isRouted = false, shape?: Shape) => withBadCanary({ told: { DEMO_CRASH_AFTER: '1s' } }, isRouted, shape);

/** The same, before it was ready once. */
export const crashingAtStart = (isRouted = false, shape?: Shape) =>
  withBadCanary({ told: { DEMO_CRASH_AFTER: '1s', DEMO_START_DELAY: '1h' } }, isRouted, shape);

/** Its image is not in the registry. */
export const imageMissing = (isRouted = false, shape?: Shape) =>
  withBadCanary({ pod: { image: 'scubakiz/servicedemo:missing' } }, isRouted, shape);

/** Its image has no name that an image can have. A synth would refuse it, and a hand would not. */
export const imageNameInvalid = (isRouted = false, shape?: Shape) =>
  imageMissing(isRouted, shape).changed((text) => text.replaceAll('scubakiz/servicedemo:missing', 'scubakiz/ServiceDemo:1.1'));

/** It runs, and never takes requests. */
export const neverReady = (isRouted = false, shape?: Shape) => withBadCanary({ told: { DEMO_START_DELAY: '1h' } }, isRouted, shape);

/** There is no node for it. */
export const unschedulable = (isRouted = false, shape?: Shape) =>
  withBadCanary({ pod: { nodeSelector: { disk: 'none-has-it' } } }, isRouted, shape);

/** It is configured by what is not there. */
export function configMissing(isRouted = false, shape?: Shape): Tree {
  const missing = ConfigMap.fromConfigMapName(new Chart(new App(), 'unrecognized'), 'settings', 'missing-settings');
  return withBadCanary({ pod: { env: { SETTING: EnvValue.fromConfigMap(missing, 'setting') } } }, isRouted, shape);
}

/** It takes three times as long as stable for every request. */
export const slow = (isRouted = false) => withBadCanary({ allTold: { DEMO_LATENCY: '40ms' }, told: { DEMO_LATENCY: '120ms' } }, isRouted);

/** It fails a share of its requests, and is healthy as far as its probe can tell. */
export const erring = (isRouted = false, share = '0.2') =>
  withBadCanary({ pod: { readiness: Probe.fromHttpGet('/healthz', { port: 80 }) }, told: { DEMO_ERROR_SHARE: share } }, isRouted);

/** Those whose pods say that they are bad, by how. */
export const BAD_PODS = { crashing, crashingAtStart, imageMissing, imageNameInvalid, neverReady, unschedulable, configMissing } as const;
