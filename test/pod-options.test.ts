import { type Chart, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryPair, type PodOptions, PodSecurity, Probes } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';

const synth = (pod: PodOptions, change: (pair: CanaryPair, chart: Chart) => void = () => undefined) =>
  synthesize(inChart((chart) => change(new CanaryPair(chart, 'shop', pairProps({ pod: { ...pairProps().pod, ...pod } })), chart)));

const podOf = (pod: PodOptions, change?: (pair: CanaryPair) => void) =>
  synth(pod, change).object('stage-0', 'Deployment', 'shop-a').spec.template.spec;

const main = (pod: PodOptions) => podOf(pod).containers[0];

describe('probes', () => {
  test('the default readiness probe connects to the first TCP port', () => {
    const udp = { number: 53, protocol: kplus.Protocol.UDP };
    expect(main({ ports: [udp, { number: 8080 }] }).readinessProbe.tcpSocket).toEqual({ port: 8080 });
    expect(main({ ports: [{ number: 132, protocol: kplus.Protocol.SCTP }, udp] })).not.toHaveProperty('readinessProbe');
  });

  test('no probe can be set in place of the default, of a shared one and of one of cdk8s-plus', () => {
    expect(main({ readiness: Probes.none() })).not.toHaveProperty('readinessProbe');
    const output = synthesize(
      inChart((chart) => {
        const pod = { ...pairProps().pod, liveness: kplus.Probe.fromCommand(['true']) };
        new CanaryPair(chart, 'shop', pairProps({ pod, canary: { ...pairProps().canary!, liveness: Probes.none() } }));
      }),
    );
    expect(output.object('stage-0', 'Deployment', 'shop-a').spec.template.spec.containers[0]).toHaveProperty('livenessProbe');
    expect(output.object('stage-0', 'Deployment', 'shop-b').spec.template.spec.containers[0]).not.toHaveProperty('livenessProbe');
    const sidecars = [{ name: 'proxy', image: 'proxy:1', portNumber: 15000, startup: Probes.none() }];
    expect(podOf({ sidecars }).containers[1]).not.toHaveProperty('startupProbe');
  });

  test('a probe can name a port and set headers', () => {
    const readiness = Probes.fromHttpGet('/healthz', { portName: 'web', headers: { Host: 'shop' }, periodSeconds: Duration.seconds(5) });
    expect(main({ ports: [{ number: 8080, name: 'web' }], readiness }).readinessProbe).toEqual({
      failureThreshold: 3,
      httpGet: { path: '/healthz', port: 'web', scheme: 'HTTP', httpHeaders: [{ name: 'Host', value: 'shop' }] },
      periodSeconds: 5,
    });
    expect(main({ liveness: Probes.fromTcpSocket() }).livenessProbe).toEqual({ failureThreshold: 3, tcpSocket: { port: 8080 } });
    expect(main({ startup: Probes.fromHttpGet('/') }).startupProbe.httpGet).toEqual({ path: '/', port: 8080, scheme: 'HTTP' });
  });

  test('a probe can ask the gRPC health check, in any container', () => {
    const probe = Probes.fromGrpc({ port: 9090, service: 'shop' });
    expect(main({ readiness: probe }).readinessProbe).toEqual({ failureThreshold: 3, grpc: { port: 9090, service: 'shop' } });
    expect(podOf({ sidecars: [{ name: 'proxy', image: 'proxy:1', liveness: probe }] }).containers[1].livenessProbe.grpc.port).toBe(9090);
    const added = podOf({}, ({ stable }) => stable.deployment.addContainer({ name: 'proxy', image: 'proxy:1', liveness: probe }));
    expect(added.containers[1].livenessProbe.grpc.port).toBe(9090);
  });
});

describe('containers beside the main one', () => {
  const container = { name: 'other', image: 'other:1' };
  const standard = {
    imagePullPolicy: 'IfNotPresent',
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
  };

  test.each([
    ['a sidecar', { sidecars: [container] }, undefined, 'containers'],
    ['an init container', { initContainers: [container] }, undefined, 'initContainers'],
    ['an added container', {}, ({ stable }: CanaryPair) => void stable.deployment.addContainer(container), 'containers'],
    ['an added init container', {}, ({ stable }: CanaryPair) => void stable.deployment.addInitContainer(container), 'initContainers'],
  ])('%s has the defaults of the main one for resources, pulling and security', (_, pod, change, list) => {
    const other = podOf(pod, change)[list].find(({ name }: { name: string }) => name === 'other');
    expect(other).toMatchObject({ ...standard, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } });
    expect(other.resources).toEqual(standard.resources);
  });

  test('a sidecar keeps what it sets', () => {
    const sidecars = [{ ...container, imagePullPolicy: kplus.ImagePullPolicy.ALWAYS, resources: { cpu: { request: kplus.Cpu.units(1) } } }];
    expect(podOf({ sidecars }).containers[1]).toMatchObject({ imagePullPolicy: 'Always', resources: { requests: { cpu: '1' } } });
  });
});

describe('capabilities', () => {
  test('can be dropped without the restricted standard, and kept with it', () => {
    const sidecars = [{ name: 'other', image: 'other:1' }];
    const { containers } = podOf({ security: PodSecurity.IMAGE, dropAllCapabilities: true, sidecars });
    expect(containers.map(({ securityContext }: any) => securityContext)).toEqual(
      Array.from({ length: 2 }, () => ({ capabilities: { drop: ['ALL'] } })),
    );
    expect(main({ dropAllCapabilities: false }).securityContext).not.toHaveProperty('capabilities');
    expect(main({ security: PodSecurity.IMAGE })).not.toHaveProperty('securityContext');
  });
});

test('one patch changes the Deployments of both tracks, and of a pair at rest', () => {
  const patch = JsonPatch.add('/spec/template/spec/priorityClassName', 'high');
  const output = synth({}, (pair) => pair.patchTracks(patch));
  for (const name of ['shop-a', 'shop-b']) {
    expect(output.object('stage-0', 'Deployment', name).spec.template.spec.priorityClassName).toBe('high');
  }
  const rest = synthesize(inChart((chart) => new CanaryPair(chart, 'shop', pairProps({ canary: undefined })).patchTracks(patch)));
  expect(rest.object('stage-0', 'Deployment').spec.template.spec.priorityClassName).toBe('high');
  expect(() => synth({}, (pair) => pair.patchTracks(JsonPatch.add('/spec/replicas', 5)))).toThrow('spec.replicas: got 5 from a patch');
});

test('a Service can have two IP families, a policy for outside clients, and target ports by name', () => {
  const output = synthesize(
    inChart((chart) => {
      const pod = { image: 'shop:1.0', ports: [{ number: 8080, name: 'web' }] };
      const service: any = {
        name: 'shop',
        type: 'LoadBalancer',
        ports: [{ port: 80, targetPortName: 'web' }],
        externalTrafficPolicy: 'Local',
        ipFamilies: ['IPv6', 'IPv4'],
        ipFamilyPolicy: 'PreferDualStack',
      };
      new CanaryPair(chart, 'shop', pairProps({ pod, service, accept: { 'sticky-service': 'few clients' } }));
    }),
  );
  expect(output.object('stage-0', 'Service').spec).toMatchObject({
    externalTrafficPolicy: 'Local',
    ipFamilies: ['IPv6', 'IPv4'],
    ipFamilyPolicy: 'PreferDualStack',
    ports: [{ port: 80, targetPort: 'web' }],
  });
});
