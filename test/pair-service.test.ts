import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
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

describe('several Services of one pair', () => {
  const ports = [{ port: 9090 }];
  const peers = { name: 'shop-peers', clusterIP: 'None', ports };
  const service = pairProps().service!;
  const pod = { image: 'shop:1.0', ports: [{ number: 8080 }, { number: 9090, name: 'metrics' }] };
  const several = (more: Partial<CanaryPairProps>, and?: (chart: Chart, pair: CanaryPair) => void) => synth({ service, pod, ...more }, and);

  test('are in every folder, and select the pods of both tracks', () => {
    const outside = { name: 'shop-public', type: kplus.ServiceType.LOAD_BALANCER, ports: [{ port: 443, targetPort: 8080 }] };
    const output = several({ namespace: 'web', additionalServices: [peers, outside] });
    for (const folder of output.folders()) {
      const services = output.objects(folder).filter(({ kind }) => kind === 'Service');
      expect(services.map(({ metadata }) => metadata)).toMatchObject(
        ['shop', 'shop-peers', 'shop-public'].map((name) => ({ name, namespace: 'web' })),
      );
      services.forEach(({ spec }) => expect(spec.selector).toEqual({ app: 'shop' }));
    }
    expect(output.object('stage-10', 'Service', 'shop-peers').spec).toMatchObject({ clusterIP: 'None', ports: [{ port: 9090 }] });
    expect(output.plan.pairs[0]).toMatchObject({ service: 'shop' });
  });

  test('can be patched, and are checked as the first one is', () => {
    expect(() =>
      several({ additionalServices: [peers] }, (_, { additionalServices: [first] }) =>
        ApiObject.of(first!).addJsonPatch(JsonPatch.add('/spec/selector/track', 'stable')),
      ),
    ).toThrow('Service shop-peers, spec.selector: got {"app":"shop","track":"stable"} from a patch');
    const { findings } = several({ additionalServices: [{ name: 'shop-admin', ports: [{ port: 9999 }] }] }).plan;
    expect(findings.find(({ code }) => code === 'undeclared-port')!.message).toContain('additionalServices[0].ports[0].targetPort');
  });

  test('are not divided by a route, which is a finding', () => {
    const { findings } = several(
      { additionalServices: [peers] },
      (chart, pair) => void new IstioVirtualService(chart, 'route', { pair }),
    ).plan;
    expect(findings.find(({ code }) => code === 'service-bypasses-route')!.message).toContain('Service shop-peers selects the pods of');
  });

  test('can stand beside a pair without a main one, and select no pods of others either', () => {
    const worker = { service: undefined, name: 'worker', additionalServices: [peers] };
    expect(several(worker).plan.pairs[0]).toMatchObject({ service: 'worker', hasService: false });
    const template = { metadata: { labels: { app: 'worker' } }, spec: { containers: [] } };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'import' }, spec: { template } };
    expect(() => several(worker, (chart) => void new ApiObject(chart, 'job', job))).toThrow(
      'Service shop-peers also selects the pods of Job',
    );
  });

  test.each([
    [[{ ...peers, name: 'shop' }], 'additionalServices[0].name: got "shop"; must differ from the names of the other Services of the pair'],
    [[peers, peers], 'additionalServices[1].name: got "shop-peers"; must differ from the names of the other Services of the pair'],
    [[{ ...peers, ports: [] }], 'additionalServices[0].ports: got []; must have at least one port'],
    [[{ ...peers, type: 'ExternalName' }], 'additionalServices[0].type: got "ExternalName"; must not be ExternalName'],
    [peers, 'additionalServices: got {"name":"shop-peers","clusterIP":"None","ports":[{"port":9090}]}; must be a list'],
    [[null], 'additionalServices[0]: got null; must be an object'],
  ])('%j is refused', (additionalServices: any, message) => {
    expect(() => several({ additionalServices })).toThrow(message);
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
