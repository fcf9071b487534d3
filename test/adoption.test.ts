import type { Chart } from 'cdk8s';
import { CanaryPair, type CanaryPairProps, StableTrack, type TrackOptions } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';

// A Deployment that runs already is declared with its selector.

const LONG = `shop-${'a'.repeat(58)}`;

const adopted = (more: Partial<TrackOptions> = {}): Partial<CanaryPairProps> => ({
  stable: { name: LONG, version: '1.0', selector: { app: 'shop' }, containerName: 'app', ...more },
  accept: { 'shared-selector': 'it runs already' },
});

const findings = (more: Partial<TrackOptions> = {}) =>
  synthesize(inChart((chart) => new CanaryPair(chart, 'shop', pairProps(adopted(more)))))
    .plan.findings.filter(({ code }) => code === 'adopted-pods')
    .map(({ message }) => message);

test('a Deployment with a name of 63 characters can be adopted, and is in the plan', () => {
  const output = synthesize(inChart((chart) => new CanaryPair(chart, 'shop', pairProps(adopted()))));
  expect(output.object('stage-0', 'Deployment', LONG).spec.selector).toEqual({ matchLabels: { app: 'shop' } });
  expect(output.plan.pairs[0]!.stable.deployment).toBe(LONG);
});

test('so can one without a pair', () => {
  const track = (chart: Chart) =>
    new StableTrack(chart, 'shop', { ...adopted().stable!, image: 'shop:1.0', selectorLabels: { app: 'shop' } });
  expect(synthesize(inChart(track)).object('stage-0', 'Deployment').metadata.name).toBe(LONG);
});

test('a name of 64 characters, or a long one of a new Deployment, is refused', () => {
  expect(() => findings({ name: `${LONG}a` })).toThrow('at most 63 of them');
  expect(() => findings({ selector: undefined })).toThrow('at most 46 of them, so that Kubernetes does not truncate the names of its pods');
});

test('the synth says which pods an adoption restarts', () => {
  expect(findings()).toEqual([
    `${LONG} adopts a Deployment: the first apply of stage-0 adds the label version=1.0 to its pods, and so replaces all of them once; kubectl diff -f dist/stage-0 shows every change; accept the finding when they are expected`,
  ]);
});

test('the synth says that an apply merges containers with different names', () => {
  const [message] = findings({ containerName: undefined });
  expect(message).toContain('its container is called main; if the running one has another name, kubectl apply may run both');
  expect(message).toContain('set containerName to the name of the running container');
});

test('an adoption that changes nothing of that is not a finding', () => {
  expect(findings({ selector: { app: 'shop', version: '1.0' } })).toEqual([]);
});
