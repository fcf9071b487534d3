import { ApiObject, type Chart } from 'cdk8s';
import { CanaryPair, type CanaryPairProps, IstioVirtualService } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';

// A pair whose Service somebody else writes, and a pair without a Service.

const synth = (more: Partial<CanaryPairProps>, and: (chart: Chart, pair: CanaryPair) => void = () => undefined) =>
  synthesize(inChart((chart) => and(chart, new CanaryPair(chart, 'shop', pairProps({ service: undefined, ...more })))));

describe('a Service that somebody else writes', () => {
  const output = synth({ serviceName: 'shop' }, (chart, pair) => void new IstioVirtualService(chart, 'route', { pair }));

  test('is in no folder, and in the plan by its name', () => {
    output.folders().forEach((folder) => expect(output.objects(folder).map(({ kind }) => kind)).not.toContain('Service'));
    expect(output.plan.pairs[0]).toMatchObject({ service: 'shop' });
    expect(output.plan.pairs[0]).not.toHaveProperty('hasService');
  });

  test('names the host of a route, and the label of the pods', () => {
    expect(output.object('stage-10', 'DestinationRule').spec.host).toBe('shop');
    expect(output.object('stage-10', 'VirtualService').spec.hosts).toEqual(['shop']);
    expect(output.object('stage-0', 'Deployment', 'shop-a').spec.selector.matchLabels.app).toBe('shop');
  });

  test('selects no pods of others either', () => {
    const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [] } };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'import' }, spec: { template } };
    expect(() => synth({ serviceName: 'shop' }, (chart) => void new ApiObject(chart, 'job', job))).toThrow(
      'Service shop also selects the pods of Job import',
    );
  });
});

describe('a pair without a Service', () => {
  test('has a name, which the plan has in place of a Service', () => {
    const output = synth({ name: 'worker', pod: { image: 'worker:1.0' }, accept: { 'no-readiness-probe': 'it reads a queue' } });
    expect(output.plan.pairs[0]).toMatchObject({ service: 'worker', hasService: false, router: 'pods' });
    expect(output.objects('stage-10').map(({ kind }) => kind)).toEqual(['Deployment', 'Deployment']);
    expect(output.object('stage-0', 'Deployment', 'shop-a').spec.selector.matchLabels.app).toBe('worker');
  });

  test('cannot be routed, and says so where its Service is asked for', () => {
    expect(() => synth({ name: 'worker' }, (chart, pair) => void new IstioVirtualService(chart, 'route', { pair }))).toThrow(
      'pair: got "chart/shop"; must have a Service to be routed to; try service or serviceName',
    );
    expect(() => synth({ name: 'worker' }, (_, { service }) => service)).toThrow(
      '[chart/shop] service: the pair has no Service of its own; set service to have one',
    );
  });
});

test('a pair has one of the three names', () => {
  expect(() => synth({ serviceName: 'shop', name: 'worker' })).toThrow(
    'name: got "worker"; must be left out, because serviceName names the pair; try one of the two',
  );
  expect(() => synth({ service: pairProps().service, serviceName: 'shop' })).toThrow(
    'serviceName: got "shop"; must be left out, because service names the pair; try one of the two',
  );
  expect(() => synth({ name: '1' })).toThrow('name: got "1"; must start with a letter');
  expect(() => synth({})).toThrow('service: got undefined; must be an object');
});
