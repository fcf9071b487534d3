import { ApiObject, App, Chart, Duration, JsonPatch, Lazy, Size, Testing, YamlOutputType } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  CanaryApp,
  CanaryPair,
  IstioVirtualService,
  PodSecurity,
  PreStop,
  Promotion,
  SessionAffinity,
  StableTrack,
  Stages,
  Tolerance,
  TopologySpread,
  Weight,
} from '../lib';
import { type Output, type Written, byNameWithoutDigest, inChart, pairProps, synthesize } from './support/apps';

const minimal = () => synthesize(inChart((chart) => new CanaryPair(chart, 'shop', pairProps())));

const routed = (more = {}) =>
  synthesize(
    inChart((chart) => {
      const pair = new CanaryPair(chart, 'shop', pairProps());
      new IstioVirtualService(chart, 'route', { pair, match: [{ headers: { 'user-group': { exact: 'beta' } } }], ...more });
    }),
  );

const deployments = (output: Output, folder: string) => output.objects(folder).filter(({ kind }) => kind === 'Deployment');
const replicas = (output: Output, folder: string) => deployments(output, folder).map(({ spec }) => spec.replicas);
const identities = (objects: Written[]) => objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);

describe('a pair', () => {
  test('consists of Service, stable and canary in every folder', () => {
    const output = minimal();
    expect(output.folders()).toEqual([
      'stage-0',
      'stage-10-up',
      'stage-10',
      'stage-50',
      'stage-100',
      'promoted',
      'rollback/from-stage-100',
    ]);
    for (const folder of output.folders()) {
      expect(identities(output.objects(folder))).toEqual(['Service//shop', 'Deployment//shop-a', 'Deployment//shop-b']);
    }
  });

  test('has the replicas of the plan', () => {
    const output = minimal();
    expect(Object.fromEntries(output.folders().map((folder) => [folder, replicas(output, folder).join(':')]))).toEqual({
      'stage-0': '3:0',
      'stage-10-up': '9:0',
      'stage-10': '9:1',
      'stage-50': '3:3',
      'stage-100': '0:6',
      promoted: '0:3',
      'rollback/from-stage-100': '3:6',
    });
  });

  test('differs between stages only in replicas, role and stage: pod templates and selectors never change', () => {
    const output = minimal();
    const frozen = ({ metadata, spec: { replicas: _, ...spec } }: Written) => ({ name: metadata.name, spec });
    for (const folder of output.folders()) {
      expect(deployments(output, folder).map(frozen)).toEqual(deployments(output, 'stage-0').map(frozen));
      expect(output.object(folder, 'Service')).toEqual(output.object('stage-0', 'Service'));
      expect(deployments(output, folder).map(({ metadata }) => metadata.annotations['cdk8s-canary/stage'])).toEqual([folder, folder]);
    }
  });

  test('changes roles only at the promotion', () => {
    const output = minimal();
    const roles = (folder: string) => deployments(output, folder).map(({ metadata }) => metadata.labels.track);
    expect(roles('promoted')).toEqual(['canary', 'stable']);
    output
      .folders()
      .filter((folder) => folder !== 'promoted')
      .forEach((folder) => expect(roles(folder)).toEqual(['stable', 'canary']));
  });

  test('has disjoint selectors, and a Service that selects both tracks', () => {
    const output = minimal();
    const [stable, canary] = deployments(output, 'stage-10') as [Written, Written];
    const matches = (selector: Record<string, string>, { spec }: Written) =>
      Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value);
    expect(matches(stable.spec.selector.matchLabels, stable)).toBe(true);
    expect(matches(canary.spec.selector.matchLabels, canary)).toBe(true);
    expect(matches(stable.spec.selector.matchLabels, canary)).toBe(false);
    expect(matches(canary.spec.selector.matchLabels, stable)).toBe(false);
    const { selector } = output.object('stage-10', 'Service').spec;
    expect(selector).toEqual({ app: 'shop' });
    expect(matches(selector, stable) && matches(selector, canary)).toBe(true);
  });

  test('contains nothing from cdk8s-plus that depends on the construct path', () => {
    const deep = synthesize((app) => new CanaryPair(new Chart(new Chart(app, 'outer'), 'inner'), 'unrecognized', pairProps()));
    const template = (output: Output) => deployments(output, 'stage-0').map(({ spec }) => spec);
    expect(template(deep)).toEqual(template(minimal()));
    expect(JSON.stringify(template(deep))).not.toContain('metadata.addr');
  });

  test('follows the restricted Pod Security Standard, sleeps before it stops, and is ready when its port is', () => {
    const pod = minimal().object('stage-0', 'Deployment', 'shop-a').spec.template.spec;
    expect(pod).toEqual({
      automountServiceAccountToken: false,
      containers: [
        {
          image: 'shop:1.0',
          imagePullPolicy: 'IfNotPresent',
          lifecycle: { preStop: { sleep: { seconds: 10 } } },
          name: 'main',
          ports: [{ containerPort: 8080 }],
          readinessProbe: { failureThreshold: 3, tcpSocket: { port: 8080 } },
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
        },
      ],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 40,
      topologySpreadConstraints: [
        {
          labelSelector: { matchLabels: { 'cdk8s-canary/deployment': 'shop-a' } },
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
        },
      ],
    });
  });

  test('accepts all properties that production needs', () => {
    const output = synthesize(
      inChart((chart) => {
        const config = new kplus.ConfigMap(chart, 'config', { metadata: { name: 'shop-config' }, data: { motd: 'hello\nworld\n' } });
        const secret = kplus.Secret.fromSecretName(chart, 'secret', 'shop-secret');
        const account = new kplus.ServiceAccount(chart, 'account', { metadata: { name: 'shop' } });
        const cache = kplus.Volume.fromEmptyDir(chart, 'cache', 'cache');
        new CanaryPair(chart, 'shop', {
          ...pairProps(),
          namespace: 'shops',
          tolerance: Tolerance.points(2),
          pod: {
            containerName: 'server',
            image: 'shop:1.0',
            imagePullPolicy: kplus.ImagePullPolicy.ALWAYS,
            command: ['/shop'],
            args: ['--verbose'],
            workingDir: '/srv',
            ports: [{ number: 8080, name: 'http', protocol: kplus.Protocol.TCP }],
            env: {
              PLAIN: kplus.EnvValue.fromValue('1e3'),
              FROM_CONFIG: kplus.EnvValue.fromConfigMap(config, 'motd'),
              FROM_SECRET: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }),
              ZONE: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.POD_LABEL, { key: 'version' }),
            },
            envFrom: [kplus.Env.fromConfigMap(config)],
            resources: {
              cpu: { request: kplus.Cpu.millis(50), limit: kplus.Cpu.units(1) },
              memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
            },
            readiness: kplus.Probe.fromHttpGet('/ready', { port: 8080 }),
            liveness: kplus.Probe.fromTcpSocket({ port: 8080 }),
            startup: kplus.Probe.fromCommand(['true']),
            preStop: PreStop.exec(['sleep', '5']),
            terminationGracePeriod: Duration.minutes(1),
            securityContext: { user: 1000, readOnlyRootFilesystem: false, capabilities: { add: [kplus.Capability.NET_BIND_SERVICE] } },
            podSecurityContext: { fsGroup: 2000 },
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            topologySpread: [TopologySpread.preferZones(), TopologySpread.require('kubernetes.io/hostname', 2)],
            serviceAccount: account,
            automountServiceAccountToken: true,
            volumeMounts: [{ path: '/cache', volume: cache }],
            sidecars: [{ name: 'proxy', image: 'proxy:2', resources: {}, securityContext: { user: 1001 } }],
            initContainers: [{ name: 'migrate', image: 'shop:1.0', resources: {} }],
            podLabels: { team: 'blue' },
            podAnnotations: { note: 'any text: at all' },
          },
          service: {
            name: 'shop',
            type: kplus.ServiceType.NODE_PORT,
            ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: kplus.Protocol.TCP }],
            sessionAffinity: SessionAffinity.CLIENT_IP,
            sessionAffinityTimeout: Duration.minutes(5),
            appProtocol: 'http',
            labels: { tier: 'front' },
            annotations: { 'example.org/lb': 'internal' },
          },
          stable: {
            name: 'shop-a',
            version: '1.0',
            labels: { owner: 'me' },
            annotations: { why: 'because' },
            minReady: Duration.seconds(5),
            progressDeadline: Duration.minutes(2),
            revisionHistoryLimit: 1,
            strategy: kplus.DeploymentStrategy.rollingUpdate({ maxSurge: kplus.PercentOrAbsolute.percent(50) }),
          },
        });
      }),
    );
    expect(output.files['stage-10/chart.k8s.yaml']).toMatchSnapshot();
  });

  test('sets no security context if security is left to the image', () => {
    const output = synthesize(
      inChart(
        (chart) =>
          new CanaryPair(chart, 'shop', pairProps({ pod: { image: 'shop:1.0', ports: [{ number: 8080 }], security: PodSecurity.IMAGE } })),
      ),
    );
    expect(output.files['stage-0/chart.k8s.yaml']).not.toContain('securityContext');
    expect(output.plan.findings.map(({ code, level }) => `${level} ${code}`)).toEqual(['info not-restricted', 'info not-restricted']);
  });

  test('accepts manual splits', () => {
    const stages = [{ weight: Weight.percent(10), split: { stable: 18, canary: 2 } }, { weight: Weight.percent(100) }];
    const output = synthesize(inChart((chart) => new CanaryPair(chart, 'shop', pairProps({ stages }))));
    expect(replicas(output, 'stage-10')).toEqual([18, 2]);
  });
});

describe('releases follow each other', () => {
  const at = (folder: string, declare: (chart: Chart) => void) => synthesize(inChart(declare)).objects(folder);
  const v10 = { name: 'shop-a', version: '1.0', image: 'shop:1.0' };
  const v11 = { name: 'shop-b', version: '1.1', image: 'shop:1.1' };
  const v12 = { name: 'shop-a', version: '1.2', image: 'shop:1.2' };
  const release = (stable: object, canary: object | undefined, istio: boolean) => (chart: Chart) => {
    const pair = new CanaryPair(chart, 'shop', pairProps({ stable, canary } as never));
    if (istio) {
      new IstioVirtualService(chart, 'route', { pair, match: [{ headers: { beta: { exact: 'yes' } } }] });
    }
  };

  /** Removes annotations and the objects that receive no traffic: Deployments with 0 replicas, and subsets that no route names. */
  const serving = (objects: Written[]) => {
    const routes = JSON.stringify(objects.filter(({ kind }) => kind === 'VirtualService'));
    return objects
      .filter(({ spec }) => spec.replicas !== 0)
      .map(({ metadata: { annotations: _, ...metadata }, ...object }) => ({ ...object, metadata }))
      .map((object: Written) =>
        object.kind === 'DestinationRule'
          ? {
              ...object,
              spec: { ...object.spec, subsets: object.spec.subsets.filter(({ name }: Written) => routes.includes(`"${name}"`)) },
            }
          : object,
      );
  };

  test.each([
    ['by pods', false],
    ['through Istio', true],
  ])('promoted equals stage-0 of the next declaration, %s', (_, istio) => {
    const promoted = serving(at('promoted', release(v10, v11, istio)));
    expect(promoted).toEqual(serving(at('stage-0', release(v11, v12, istio))));
    expect(promoted).toEqual(serving(at('stage-0', release(v11, undefined, istio))));
    expect(promoted.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toContain('Deployment shop-b');
  });

  describe('by a roll', () => {
    const rolled = (stable: object, canary: object | undefined, istio: boolean) => (chart: Chart) => {
      const pair = new CanaryPair(chart, 'shop', pairProps({ stable, canary, promotion: Promotion.ROLL } as never));
      ApiObject.of(pair.stable).addJsonPatch(JsonPatch.add('/metadata/annotations/kept', 'yes'));
      if (pair.canary) {
        ApiObject.of(pair.canary).addJsonPatch(JsonPatch.add('/spec/template/spec/hostname', 'patched'));
      }
      if (istio) {
        new IstioVirtualService(chart, 'route', { pair });
      }
    };
    const images = (output: Output, folder: string) =>
      deployments(output, folder).map(({ spec }) => `${spec.replicas} x ${spec.template.spec.containers[0].image}`);

    test.each([
      ['by pods', false, ['0 x shop:1.0', '6 x shop:1.1'], ['3 x shop:1.1', '6 x shop:1.1']],
      ['through Istio', true, ['3 x shop:1.0', '3 x shop:1.1'], ['3 x shop:1.1', '3 x shop:1.1']],
    ])('stable takes the new template while the canary serves, and keeps its name and selector, %s', (_, istio, last, up) => {
      const output = synthesize(inChart(rolled(v10, v11, istio)));
      expect(output.plan.order.advance.slice(-3)).toEqual(['stage-100', 'promoted-up', 'promoted']);
      expect([images(output, 'stage-100'), images(output, 'promoted-up'), images(output, 'promoted')]).toEqual([
        last,
        up,
        ['3 x shop:1.1', '0 x shop:1.1'],
      ]);
      for (const folder of output.folders()) {
        const stable = output.object(folder, 'Deployment', 'shop-a');
        expect(stable.spec.selector).toEqual({ matchLabels: { app: 'shop', 'cdk8s-canary/deployment': 'shop-a' } });
        expect(stable.spec.template.metadata.labels).toMatchObject(stable.spec.selector.matchLabels);
        expect(stable.metadata).toMatchObject({ annotations: { kept: 'yes' }, labels: { track: 'stable' } });
      }
      expect(output.plan.order.rollback.promoted!.slice(0, 2)).toEqual(['promoted-up', 'stage-100']);
      expect(output.plan.cleanup.afterPromotion).toEqual([{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-b' }]);
    });

    test("stable gets the canary's template with its patches, and with its own name in place of the canary's", () => {
      const output = synthesize(inChart(rolled(v10, v11, false)));
      const template = (folder: string, name: string) => output.object(folder, 'Deployment', name).spec.template;
      expect(template('promoted', 'shop-a').spec.hostname).toBe('patched');
      expect(template('stage-100', 'shop-a').spec.hostname).toBeUndefined();
      const renamed = JSON.stringify(template('promoted', 'shop-b')).replaceAll('shop-b', 'shop-a');
      expect(JSON.stringify(template('promoted', 'shop-a'))).toBe(renamed);
    });

    test('promoted equals the next stage-0, and the names stay the same', () => {
      const next = { ...v12, name: 'shop-b' };
      const promoted = serving(at('promoted', rolled(v10, v11, true)));
      const patches = (objects: Written[]) =>
        JSON.parse(JSON.stringify(objects).replaceAll(',"hostname":"patched"', '').replaceAll('"hostname":"patched",', ''));
      expect(patches(promoted)).toEqual(patches(serving(at('stage-0', rolled({ ...v11, name: 'shop-a' }, next, true)))));
    });

    test('a plain cdk8s app renders the same objects', () => {
      const output = synthesize(inChart(rolled(v10, v11, false)));
      for (const folder of ['stage-100', 'promoted-up', 'promoted']) {
        const chart = Testing.chart();
        Stages.select(chart, folder);
        rolled(v10, v11, false)(chart);
        expect(byNameWithoutDigest(Testing.synth(chart) as Written[])).toEqual(byNameWithoutDigest(output.objects(folder)));
      }
    });
  });

  test('a pair at rest has only stage-0', () => {
    const output = synthesize(inChart(release(v11, undefined, false)));
    expect(output.folders()).toEqual(['stage-0']);
    expect(Object.keys(output.files)).toEqual(['plan.json', 'stage-0/chart.k8s.yaml']);
    expect(output.object('stage-0', 'Deployment').metadata).toMatchObject({ name: 'shop-b', labels: { track: 'stable' } });
  });

  test('cleanup names the Deployment that the promotion leaves, in a stub that cannot be applied', () => {
    const output = minimal();
    expect(output.plan.cleanup).toEqual({
      afterPromotion: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-a' }],
      afterRollback: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-b' }],
    });
    expect(output.files['cleanup/after-promotion.k8s.yaml']).toBe('apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-a\n');
  });
});

describe('an Istio route', () => {
  const route = (output: Output, folder: string) =>
    output
      .object(folder, 'VirtualService')
      .spec.http.map(({ match, route: destinations }: Written) => [
        match ? 'testers' : 'all',
        ...destinations.map(({ destination, weight }: Written) => `${destination.subset} ${weight}`),
      ]);

  test('follows the plan, and leaves out destinations without traffic', () => {
    const output = routed();
    expect(Object.fromEntries(output.folders().map((folder) => [folder, route(output, folder)]))).toMatchInlineSnapshot(`
     {
       "promoted": [
         [
           "testers",
           "v1-1 100",
         ],
         [
           "all",
           "v1-1 100",
         ],
       ],
       "rollback/from-stage-10": [
         [
           "testers",
           "v1-0 100",
         ],
         [
           "all",
           "v1-0 100",
         ],
       ],
       "rollback/from-stage-100": [
         [
           "testers",
           "v1-0 100",
         ],
         [
           "all",
           "v1-0 100",
         ],
       ],
       "rollback/from-stage-50": [
         [
           "testers",
           "v1-0 100",
         ],
         [
           "all",
           "v1-0 100",
         ],
       ],
       "stage-0": [
         [
           "testers",
           "v1-0 100",
         ],
         [
           "all",
           "v1-0 100",
         ],
       ],
       "stage-10": [
         [
           "testers",
           "v1-1 100",
         ],
         [
           "all",
           "v1-0 90",
           "v1-1 10",
         ],
       ],
       "stage-10-up": [
         [
           "testers",
           "v1-0 100",
         ],
         [
           "all",
           "v1-0 100",
         ],
       ],
       "stage-100": [
         [
           "testers",
           "v1-1 100",
         ],
         [
           "all",
           "v1-1 100",
         ],
       ],
       "stage-100-up": [
         [
           "testers",
           "v1-1 100",
         ],
         [
           "all",
           "v1-0 50",
           "v1-1 50",
         ],
       ],
       "stage-50": [
         [
           "testers",
           "v1-1 100",
         ],
         [
           "all",
           "v1-0 50",
           "v1-1 50",
         ],
       ],
       "stage-50-up": [
         [
           "testers",
           "v1-1 100",
         ],
         [
           "all",
           "v1-0 90",
           "v1-1 10",
         ],
       ],
     }
    `);
  });

  test('defines both subsets at every stage, by version', () => {
    const output = routed();
    for (const folder of output.folders()) {
      expect(output.object(folder, 'DestinationRule').spec).toEqual({
        host: 'shop',
        subsets: [
          { labels: { version: '1.0' }, name: 'v1-0' },
          { labels: { version: '1.1' }, name: 'v1-1' },
        ],
      });
    }
  });

  test('is applied last, after the objects that it names, and the ports have the appProtocol http', () => {
    const output = routed();
    expect(identities(output.objects('stage-10'))).toEqual([
      'Service//shop',
      'Deployment//shop-a',
      'Deployment//shop-b',
      'DestinationRule//shop',
      'VirtualService//shop',
    ]);
    expect(output.object('stage-10', 'Service').spec.ports[0].appProtocol).toBe('http');
  });

  test('passes on the properties that Istio supports', () => {
    const output = routed({
      name: 'shop-vs',
      destinationRuleName: 'shop-dr',
      hosts: ['shop', 'shop.example.org'],
      gateways: ['mesh', 'edge/public'],
      timeout: Duration.millis(1500),
      retries: { attempts: 2, perTryTimeout: '500ms' },
      trafficPolicy: { outlierDetection: { consecutive5XxErrors: 5 } },
      labels: { team: 'blue' },
      annotations: { note: 'x' },
    });
    expect(output.object('stage-10', 'VirtualService', 'shop-vs')).toMatchSnapshot();
    expect(output.object('stage-10', 'DestinationRule', 'shop-dr')).toMatchSnapshot();
  });

  test.each([
    [Weight.percent(12.5), [875, 125]],
    [Weight.ratio(1, 1000), [999, 1]],
    [Weight.ratio(1, 3), [2, 1]],
  ])('realizes %s exactly', (weight, weights) => {
    const output = synthesize(
      inChart((chart) => {
        const pair = new CanaryPair(chart, 'shop', pairProps({ stages: [{ weight }, { weight: Weight.percent(100) }] }));
        new IstioVirtualService(chart, 'route', { pair });
      }),
    );
    const stage = output.plan.stages[0]!.folder;
    expect(output.object(stage, 'VirtualService').spec.http[0].route.map((destination: Written) => destination.weight)).toEqual(weights);
  });
});

describe('escape hatches', () => {
  test('JSON patches apply in every stage, also to fields that cdk8s-plus-27 does not know', () => {
    const output = synthesize(
      inChart((chart) => {
        const pair = new CanaryPair(chart, 'shop', pairProps());
        const vs = new IstioVirtualService(chart, 'route', { pair });
        ApiObject.of(pair.canary!).addJsonPatch(
          JsonPatch.add('/spec/template/spec/containers/0/resizePolicy', [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }]),
        );
        ApiObject.of(pair.service).addJsonPatch(JsonPatch.add('/spec/trafficDistribution', 'PreferClose'));
        vs.virtualService.addJsonPatch(JsonPatch.add('/spec/http/0/timeout', '3s'));
        vs.destinationRule.addJsonPatch(JsonPatch.add('/spec/trafficPolicy', { tls: { mode: 'ISTIO_MUTUAL' } }));
      }),
    );
    for (const folder of output.folders()) {
      expect(output.object(folder, 'Deployment', 'shop-b').spec.template.spec.containers[0].resizePolicy).toHaveLength(1);
      expect(output.object(folder, 'Deployment', 'shop-a').spec.template.spec.containers[0].resizePolicy).toBeUndefined();
      expect(output.object(folder, 'Service').spec.trafficDistribution).toBe('PreferClose');
      expect(output.object(folder, 'VirtualService').spec.http[0].timeout).toBe('3s');
      expect(output.object(folder, 'DestinationRule').spec.trafficPolicy).toEqual({ tls: { mode: 'ISTIO_MUTUAL' } });
    }
  });

  test("the methods of a cdk8s-plus Deployment work, and refer to the track's own pods", () => {
    const output = synthesize(
      inChart((chart) => {
        const { stable, canary } = new CanaryPair(chart, 'shop', pairProps());
        stable.deployment.scheduling.spread({ topology: kplus.Topology.ZONE });
        stable.deployment.addContainer({ name: 'late', image: 'late:1', resources: {} });
        canary!.deployment.podMetadata.addAnnotation('added', 'later');
        canary!.deployment.metadata.addLabel('added', 'later');
        canary!.deployment.connections.allowFrom(stable.deployment);
      }),
    );
    const stable = output.object('stage-10', 'Deployment', 'shop-a').spec.template.spec;
    expect(stable.containers.map(({ name }: Written) => name)).toEqual(['main', 'late']);
    expect(JSON.stringify(stable.affinity)).toContain('"cdk8s-canary/deployment":"shop-a"');
    expect(output.object('stage-10', 'Deployment', 'shop-b')).toMatchObject({
      metadata: { labels: { added: 'later' } },
      spec: { template: { metadata: { annotations: { added: 'later' } } } },
    });
    const policies = output.objects('stage-10').filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies).toHaveLength(2);
    expect(policies.map(({ spec }) => spec.podSelector.matchLabels['cdk8s-canary/deployment']).sort()).toEqual(['shop-a', 'shop-b']);
  });

  test('lazy values are produced once, for all stages', () => {
    let produced = 0;
    const output = synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'shop', pairProps());
        new ApiObject(chart, 'late', {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'late' },
          data: Lazy.any({ produce: () => ({ count: String(++produced) }) }),
        });
      }),
    );
    expect(produced).toBe(1);
    output.folders().forEach((folder) => expect(output.object(folder, 'ConfigMap').data).toEqual({ count: '1' }));
  });

  test("the synth calls an app's own resolvers", () => {
    const output = synthesize(
      inChart((chart) => new CanaryPair(chart, 'shop', pairProps())),
      { resolvers: [{ resolve: (context) => context.value === 'shop:1.1' && context.replaceValue('mirror/shop:1.1') }] },
    );
    expect(output.object('stage-0', 'Deployment', 'shop-b').spec.template.spec.containers[0].image).toBe('mirror/shop:1.1');
  });
});

describe('autoscalers', () => {
  const scaled = (name: string, istio: boolean) => () =>
    synthesize(
      inChart((chart) => {
        const pair = new CanaryPair(chart, 'shop', pairProps());
        if (istio) {
          new IstioVirtualService(chart, 'route', { pair });
        }
        new ApiObject(chart, 'hpa', {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'hpa' },
          spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 3, maxReplicas: 9 },
        });
      }),
    );

  test.each([
    ['shop-a', false],
    ['shop-a', true],
    ['shop-b', false],
    ['shop-b', true],
  ])('on %s are refused (with a router: %s)', (name, istio) => {
    expect(scaled(name, istio)).toThrow(`HorizontalPodAutoscaler hpa scales ${name}, but the plan sets its replicas at every stage`);
  });
});

describe('several pairs and charts', () => {
  const second = () =>
    pairProps({
      baseline: 10,
      service: { name: 'cart', ports: [{ port: 80, targetPort: 8080 }] },
      stable: { name: 'cart-a', version: '1.0' },
      canary: { name: 'cart-b', version: '1.1', image: 'cart:1.1' },
    });

  test('pairs in one chart share its file: Services, then stable tracks, then canaries', () => {
    const output = synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'shop', pairProps());
        new CanaryPair(chart, 'cart', second());
      }),
    );
    expect(identities(output.objects('stage-10'))).toEqual([
      'Service//cart',
      'Service//shop',
      'Deployment//cart-a',
      'Deployment//shop-a',
      'Deployment//cart-b',
      'Deployment//shop-b',
    ]);
    expect(output.plan.pairs.map(({ path }) => path)).toEqual(['chart/cart', 'chart/shop']);
  });

  test('charts in one app have a file each', () => {
    const output = synthesize((app) => {
      new CanaryPair(new Chart(app, 'one'), 'shop', pairProps());
      new CanaryPair(new Chart(app, 'two'), 'cart', second());
    });
    expect(Object.keys(output.files).filter((file) => file.startsWith('stage-10/'))).toEqual([
      'stage-10/one.k8s.yaml',
      'stage-10/two.k8s.yaml',
    ]);
  });

  test('charts that depend on each other are numbered, as cdk8s does', () => {
    const output = synthesize((app) => {
      const [last, first] = [new Chart(app, 'last'), new Chart(app, 'first')];
      new CanaryPair(last, 'shop', pairProps());
      new CanaryPair(first, 'cart', second());
      last.addDependency(first);
    });
    expect(Object.keys(output.files).filter((file) => file.startsWith('stage-10/'))).toEqual([
      'stage-10/0000-first.k8s.yaml',
      'stage-10/0001-last.k8s.yaml',
    ]);
  });

  test('the synth refuses pairs with different stages in one sentence', () => {
    expect(() =>
      synthesize(
        inChart((chart) => {
          new CanaryPair(chart, 'shop', pairProps());
          new CanaryPair(chart, 'cart', { ...second(), stages: Stages.percent(20, 100) });
        }),
      ),
    ).toThrow(
      '[chart/shop] stages: got stage-10 (10 %), stage-50 (50 %), stage-100 (100 %); must be the same as for the other pairs of the app, stage-20 (20 %), stage-100 (100 %) in chart/cart; try another CanaryApp with its own folder',
    );
  });

  test('another pair does not change the release digest of a pair', () => {
    const alone = minimal().plan.pairs[0]!.release;
    const beside = synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'cart', second());
        new CanaryPair(chart, 'shop', pairProps());
      }),
    );
    expect(beside.plan.pairs[1]!.release).toBe(alone);
  });

  test('a pair at rest keeps its baseline in the folders of a pair with a canary', () => {
    const output = synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'shop', pairProps());
        new CanaryPair(chart, 'cart', { ...second(), canary: undefined });
      }),
    );
    output.folders().forEach((folder) => expect(output.object(folder, 'Deployment', 'cart-a').spec.replicas).toBe(10));
  });

  test('every stage contains a track without a pair and all other objects of a chart', () => {
    const output = synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'shop', pairProps());
        new StableTrack(chart, 'worker', { name: 'worker', version: '7', image: 'worker:7', replicas: 2 });
        new kplus.Namespace(chart, 'space', { metadata: { name: 'shops' } });
      }),
    );
    for (const folder of output.folders()) {
      expect(identities(output.objects(folder))).toEqual([
        'Namespace//shops',
        'Service//shop',
        'Deployment//shop-a',
        'Deployment//worker',
        'Deployment//shop-b',
      ]);
      expect(output.object(folder, 'Deployment', 'worker')).toMatchObject({
        metadata: { labels: { track: 'stable' } },
        spec: { replicas: 2, selector: { matchLabels: { app: 'worker', 'cdk8s-canary/deployment': 'worker' } } },
      });
    }
  });
});

describe('in any other cdk8s app', () => {
  const declare = (stage?: string) => {
    const app = new App();
    const chart = new Chart(app, 'chart');
    if (stage !== undefined) {
      Stages.select(chart, stage);
    }
    return { chart, pair: new CanaryPair(chart, 'shop', pairProps()) };
  };

  test('the selected stage is rendered as a CanaryApp writes it', () => {
    const output = minimal();
    for (const folder of output.folders()) {
      const rendered = Testing.synth(declare(folder).chart) as Written[];
      expect(byNameWithoutDigest(rendered)).toEqual(byNameWithoutDigest(output.objects(folder)));
    }
  });

  test('the nearest selection above a pair applies', () => {
    const { chart, pair } = declare('stage-0');
    Stages.select(pair, 'stage-50');
    expect(
      Testing.synth(chart)
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ spec }) => spec.replicas),
    ).toEqual([3, 3]);
  });

  test('a pair with a canary and without a selected stage is an error', () => {
    expect(() => Testing.synth(declare().chart)).toThrow(
      "no stage is selected, and only a CanaryApp writes all stages; call Stages.select(chart, 'stage-0')",
    );
  });

  test('an unknown stage is refused, with a list of the stages', () => {
    expect(() => Testing.synth(declare('stage-11').chart)).toThrow(/stage: got "stage-11"; must be one of stage-0, .*; try stage-10/);
  });

  test('a pair at rest needs no selected stage', () => {
    const chart = Testing.chart();
    new CanaryPair(chart, 'shop', pairProps({ canary: undefined }));
    expect(Testing.synth(chart)).toHaveLength(2);
  });

  test('cdk8s reports all errors of the properties together', () => {
    const { chart } = declare('stage-0');
    new CanaryPair(chart, 'bad', pairProps({ baseline: 0, stages: [] }));
    expect(() => Testing.synth(chart)).toThrow(/\[chart\/bad\] baseline: got 0; .*\n.*\[chart\/bad\] stages: got \[\]; /);
  });
});

describe('files', () => {
  test.each([
    [YamlOutputType.FILE_PER_APP, ['stage-10/app.k8s.yaml']],
    [YamlOutputType.FILE_PER_CHART, ['stage-10/chart.k8s.yaml']],
    [
      YamlOutputType.FILE_PER_RESOURCE,
      [
        'stage-10/10-service-shop.k8s.yaml',
        'stage-10/20-deployment-shop-a.k8s.yaml',
        'stage-10/21-deployment-shop-b.k8s.yaml',
        'stage-10/50-destinationrule-shop.k8s.yaml',
        'stage-10/60-virtualservice-shop.k8s.yaml',
      ],
    ],
    [
      YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
      [
        'stage-10/chart/10-service-shop.k8s.yaml',
        'stage-10/chart/20-deployment-shop-a.k8s.yaml',
        'stage-10/chart/21-deployment-shop-b.k8s.yaml',
        'stage-10/chart/50-destinationrule-shop.k8s.yaml',
        'stage-10/chart/60-virtualservice-shop.k8s.yaml',
      ],
    ],
  ])('the synth names the files by the output type %s', (yamlOutputType, expected) => {
    const output = synthesize(
      inChart((chart) => new IstioVirtualService(chart, 'route', { pair: new CanaryPair(chart, 'shop', pairProps()) })),
      { yamlOutputType },
    );
    expect(Object.keys(output.files).filter((file) => file.startsWith('stage-10/'))).toEqual(expected);
  });

  test('two objects with the same name in different namespaces have a file each', () => {
    const output = synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'shop', pairProps());
        for (const namespace of ['one', 'two']) {
          new kplus.ConfigMap(chart, namespace, { metadata: { name: 'same', namespace } });
        }
      }),
      { yamlOutputType: YamlOutputType.FILE_PER_RESOURCE },
    );
    expect(Object.keys(output.files).filter((file) => file.includes('stage-10/08-'))).toEqual([
      'stage-10/08-configmap-one-same.k8s.yaml',
      'stage-10/08-configmap-two-same.k8s.yaml',
    ]);
  });

  test('synthYaml returns the selected stage as text', () => {
    const app = new CanaryApp({ quiet: true });
    new CanaryPair(new Chart(app, 'chart'), 'shop', pairProps());
    expect(() => app.synthYaml()).toThrow(/no stage is selected/);
    Stages.select(app, 'stage-10');
    expect(app.synthYaml()).toBe(minimal().files['stage-10/chart.k8s.yaml']);
  });
});
