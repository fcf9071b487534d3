import { ApiObject, type App, Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  type AutoscalingOptions,
  CanaryPair,
  type CanaryPairProps,
  DownwardApi,
  GatewayGrpcRoute,
  GatewayHttpRoute,
  type GatewayRoute,
  GatewayTcpRoute,
  IstioVirtualService,
  type PodOptions,
  PodSecurity,
  PreStop,
  Promotion,
  RouteParent,
  type ServiceOptions,
  SessionAffinity,
  Sizing,
  type Stage,
  Stages,
  Tolerance,
  TopologySpread,
  type TrackOptions,
  VersionedConfig,
  Weight,
  gateway,
  type istio,
} from '../../lib';
import { Chance } from './chance';
import { HARD_STRINGS } from './hard-strings';

/** The texts that YAML, and so the library, accepts: no NUL, and no lone surrogate. */
const TEXTS = HARD_STRINGS.filter((text) => !text.includes('\u0000') && !/\p{Surrogate}/u.test(text));

/** Label values that a YAML parser may read as another type. */
const LABEL_VALUES = [
  '1.0',
  '1.1',
  '2',
  '0o14',
  'on',
  'off',
  'y',
  'null',
  'true',
  '1e3',
  '0x1F',
  '1_000',
  '2026-11-24',
  'A_b.c',
  '0',
  '5e8',
  'NaN',
  'inf',
];
const WORDS = ['shop', 'cart', 'api', 'a', 'x1', 'web-front', 'orders-2', 'mail', 'pay', 'search-index'];
const PERCENTAGES = [0.1, 1, 2.5, 5, 10, 12.5, 20, 25, 33, 33.3, 40, 50, 66.6, 75, 80, 90, 95, 99, 99.9];
const KEYS = ['team', 'tier', 'example.com/owner', 'a.b-c/d_e', 'x', 'on', 'cost-centre', 'release.v2'];

/**
 * Declares a random app, with the properties that users set and the objects that they add. Every property of a pair, a track, a Service and
 * a route is in some of the apps. The same seed gives the same app.
 */
export function declareRandomApp(app: App, seed: number): void {
  new RandomApp(new Chance(seed)).declare(app);
}

class RandomApp {
  private names = 0;

  constructor(private readonly chance: Chance) {}

  declare(app: App): void {
    // Without a router, the stages of an autoscaled pair end below 100 %. All pairs of an app have the same stages.
    const isAutoscaledByPods = this.chance.onceIn(6);
    const stages = isAutoscaledByPods
      ? Stages.percent(...this.chance.distinct([5, 10, 20, 33.3, 50], 1, 3).sort((a, b) => a - b))
      : this.stages();
    const charts = Array.from({ length: this.chance.between(1, 2) }, (_, index) => this.chart(app, index));
    for (const chart of charts) {
      for (let pair = this.chance.between(1, 2); pair > 0; pair -= 1) {
        this.pair(chart, stages, isAutoscaledByPods);
      }
      this.neighbours(chart);
    }
  }

  private chart(app: App, index: number): Chart {
    return new Chart(app, `chart-${index}`, { labels: this.sometimes(3, () => this.labels()) });
  }

  /** All pairs of an app have the same stages. */
  private stages(): Stage[] {
    const rising = this.chance.distinct(PERCENTAGES, 0, 4).sort((a, b) => a - b);
    const stages: Stage[] = rising.map((percent) => ({ weight: Weight.percent(percent) }));
    return this.chance.onceIn(5)
      ? [{ weight: Weight.ratio(1, 3), name: 'a-third' }, ...Stages.percent(100)]
      : [...stages, ...Stages.percent(100)];
  }

  private pair(chart: Chart, stages: Stage[], isAutoscaledByPods: boolean): void {
    const { chance } = this;
    const name = this.name();
    const isRouted = !isAutoscaledByPods && chance.onceIn(2);
    const isAtGateway = isRouted && chance.onceIn(3);
    // With a strategy of its own, its stable track might stop more pods at the promotion than the floor allows.
    const isAutoscaled = isAutoscaledByPods || (isRouted && chance.onceIn(3));
    const baseline = chance.one([1, 2, 3, 3, 4, 5, 7, 10, 20]);
    const ports = this.ports();
    const props: CanaryPairProps = {
      stages,
      ...(isAutoscaled ? { autoscaling: this.autoscaling(baseline) } : { baseline }),
      ...(chance.onceIn(3) && { floor: chance.between(1, baseline) }),
      ...(chance.onceIn(3) && { selectorLabels: { [chance.one(['target', 'example.com/part'])]: chance.one(LABEL_VALUES), name } }),
      ...(chance.onceIn(4) && { tolerance: chance.one([Tolerance.exact(), Tolerance.points(0.5), Tolerance.points(3)]) }),
      ...(!isAutoscaled && chance.onceIn(4) && { stableKeepsBaseline: true }),
      ...(!isAutoscaled && chance.onceIn(4) && { maxReplicas: baseline * chance.between(2, 30) }),
      ...(chance.onceIn(4) && { minCanary: chance.between(1, 3) }),
      ...((isAutoscaledByPods || chance.onceIn(3)) && { promotion: Promotion.ROLL }),
      ...(!isRouted && !isAutoscaled && baseline > 1 && chance.onceIn(6) && { fixedTotal: true, stableKeepsBaseline: false }),
      service: this.service(name, ports),
      ...((isAtGateway || chance.onceIn(8)) && { trackServices: { [`${name}-a`]: `pods-of-${name}-a`, [`${name}-b`]: `${name}-next` } }),
      pod: { ...this.pod(chart, ports), image: this.image() },
      stable: { ...this.track(chart, `${name}-a`, ports, 'stable'), ...(isAutoscaledByPods && { strategy: undefined }) },
      ...(!chance.onceIn(12) && { canary: { ...this.track(chart, `${name}-b`, ports, 'canary'), image: this.image() } }),
      // The API server does not see the warnings of a plan, so the app accepts them.
      accept: {
        'shared-metric': 'by chance',
        'share-off': 'by chance',
        'latest-tag': 'by chance',
        'equal-templates': 'by chance',
        'sticky-service': 'by chance',
      },
    };
    const pair = new CanaryPair(chart, name, props);
    if (isAtGateway) {
      this.gatewayRoute(chart, name, pair);
    } else if (isRouted) {
      this.route(chart, name, pair);
    }
    this.budgets(chart, pair);
    this.patch(pair);
  }

  private autoscaling(min: number): AutoscalingOptions {
    const { chance } = this;
    const { Metric, MetricTarget, Replicas, ScalingStrategy } = kplus;
    const metrics = [
      Metric.resourceCpu(MetricTarget.averageUtilization(chance.between(1, 100))),
      Metric.resourceMemory(MetricTarget.averageValue(chance.between(1, 1_000_000))),
      Metric.pods({ name: 'requests', target: MetricTarget.averageValue(chance.between(1, 1000)) }),
      Metric.external({ name: 'queue', target: MetricTarget.value(chance.between(1, 1000)) }),
    ];
    const rules = (): kplus.ScalingRules => ({
      strategy: chance.one([undefined, ScalingStrategy.MAX_CHANGE, ScalingStrategy.MIN_CHANGE, ScalingStrategy.DISABLED]),
      stabilizationWindow: this.sometimes(2, () => Duration.seconds(chance.between(0, 3600))),
      policies: this.sometimes(2, () => [
        { replicas: chance.one([Replicas.percent(50), Replicas.absolute(2)]), duration: Duration.seconds(chance.between(1, 1800)) },
      ]),
    });
    return {
      min,
      max: min + chance.between(0, 30),
      metrics: this.sometimes(2, () => chance.distinct(metrics, 1, metrics.length)),
      scaleUp: this.sometimes(3, rules),
      scaleDown: this.sometimes(3, rules),
      sizing: chance.one([undefined, Sizing.LIVE, Sizing.PEAK]),
    };
  }

  private service(name: string, ports: readonly kplus.ContainerPort[]): ServiceOptions {
    const { chance } = this;
    const type = chance.one([undefined, kplus.ServiceType.CLUSTER_IP, kplus.ServiceType.NODE_PORT, kplus.ServiceType.LOAD_BALANCER]);
    const isSticky = chance.onceIn(6);
    return {
      name,
      type,
      ports: ports.map(({ name: port, number, protocol }, index) => ({
        port: 8000 + index,
        targetPort: number,
        protocol,
        ...((ports.length > 1 || chance.onceIn(2)) && { name: port ?? `port-${index}` }),
      })),
      ...(isSticky && {
        sessionAffinity: SessionAffinity.CLIENT_IP,
        sessionAffinityTimeout: this.sometimes(2, () => Duration.hours(chance.between(1, 24))),
      }),
      ...(chance.onceIn(4) && { appProtocol: chance.one(['http', 'kubernetes.io/h2c', 'grpc']) }),
      ...(type === kplus.ServiceType.LOAD_BALANCER && chance.onceIn(2) && { loadBalancerSourceRanges: ['10.0.0.0/8', '2001:db8::/32'] }),
      labels: this.sometimes(3, () => this.labels()),
      annotations: this.sometimes(3, () => this.annotations()),
    };
  }

  private track(chart: Chart, name: string, ports: readonly kplus.ContainerPort[], role: 'stable' | 'canary'): TrackOptions {
    const { chance } = this;
    const version = role === 'stable' ? chance.one(LABEL_VALUES) : `${chance.one(LABEL_VALUES)}.${chance.one(['1', 'rc', '0o7'])}`;
    const rolling = { maxSurge: chance.one([kplus.PercentOrAbsolute.absolute(2), kplus.PercentOrAbsolute.percent(25)]) };
    return {
      name,
      version,
      ...(chance.onceIn(3) && { subsetName: role }),
      ...(chance.onceIn(2) && this.pod(chart, ports)),
      labels: this.sometimes(3, () => this.labels()),
      annotations: this.sometimes(3, () => this.annotations()),
      ...(chance.onceIn(6) && { strategy: kplus.DeploymentStrategy.rollingUpdate(rolling) }),
      ...(chance.onceIn(5) && { minReady: Duration.seconds(chance.between(0, 30)) }),
      ...(chance.onceIn(5) && { progressDeadline: Duration.minutes(chance.between(1, 20)) }),
      ...(chance.onceIn(5) && { revisionHistoryLimit: chance.between(0, 10) }),
    };
  }

  /** Random options of a pod; each property is more often absent than present. */
  private pod(chart: Chart, ports: readonly kplus.ContainerPort[]): PodOptions {
    const { chance } = this;
    const some = <T extends PodOptions>(make: () => T): Partial<T> => (chance.onceIn(4) ? make() : {});
    return {
      ports: [...ports],
      env: this.environment(chart),
      ...some(() => ({ containerName: chance.one(['app', 'main-1', 'servicedemo']) })),
      ...some(() => ({ imagePullPolicy: chance.one(Object.values(kplus.ImagePullPolicy)) })),
      ...some(() => ({ command: ['/bin/sh', '-c', chance.one(TEXTS)], args: [chance.one(TEXTS)] })),
      ...some(() => ({ workingDir: '/srv' })),
      ...some(() => ({ envFrom: [kplus.Env.fromConfigMap(this.settings(chart), 'S_')] })),
      ...some(() => ({ resources: this.resources() })),
      ...some(() => ({ readiness: this.probe(ports) })),
      ...some(() => ({ liveness: this.probe(ports) })),
      ...some(() => ({ startup: this.probe(ports) })),
      ...some(() => ({ preStop: chance.one([PreStop.none(), PreStop.exec(['sleep', '5']), PreStop.sleep(Duration.seconds(3))]) })),
      ...some(() => ({ terminationGracePeriod: Duration.seconds(chance.between(11, 90)) })),
      ...some(() => ({ security: PodSecurity.IMAGE })),
      ...some(() => ({ securityContext: { readOnlyRootFilesystem: false, ensureNonRoot: true, user: 1000 } })),
      ...some(() => ({ podSecurityContext: { fsGroup: 2000, user: 1000 } })),
      ...some(() => ({ nodeSelector: { 'kubernetes.io/os': 'linux', ...this.labels() } })),
      ...some(() => ({
        topologySpread: chance.one([[], [TopologySpread.preferZones(), TopologySpread.require('kubernetes.io/hostname', 2)]]),
      })),
      ...some(() => ({ serviceAccount: kplus.ServiceAccount.fromServiceAccountName(chart, this.id(), 'runner') })),
      ...some(() => ({ automountServiceAccountToken: true })),
      ...some(() => ({ volumeMounts: this.mounts(chart) })),
      ...some(() => ({ sidecars: [{ name: 'proxy', image: this.image(), portNumber: 9901 }] })),
      ...some(() => ({ initContainers: [{ name: 'migrate', image: this.image(), args: [chance.one(TEXTS)] }] })),
      ...some(() => ({ podLabels: this.labels() })),
      ...some(() => ({ podAnnotations: this.annotations() })),
    };
  }

  /** A ConfigMap of somebody else, or one of a version. Few texts, so that some of a chart are equal; two charts may not declare the same one. */
  private settings(chart: Chart): kplus.IConfigMap {
    const { chance } = this;
    return chance.onceIn(2)
      ? kplus.ConfigMap.fromConfigMapName(chart, this.id(), 'settings')
      : new VersionedConfig(chart, this.id(), {
          name: `settings-${chart.node.id}`,
          data: { TEXT: chance.one([chance.one(TEXTS), 'a', 'b']) },
        });
  }

  private environment(chart: Chart): Record<string, kplus.EnvValue> {
    const { chance } = this;
    const secret = () => kplus.Secret.fromSecretName(chart, this.id(), 'keys');
    const makers: (() => kplus.EnvValue)[] = [
      () => kplus.EnvValue.fromValue(chance.one(TEXTS)),
      () => kplus.EnvValue.fromValue(chance.one(TEXTS)),
      () => kplus.EnvValue.fromFieldRef(chance.one([kplus.EnvFieldPaths.POD_IP, kplus.EnvFieldPaths.NODE_NAME])),
      () => kplus.EnvValue.fromSecretValue({ secret: secret(), key: 'token' }),
      () => kplus.EnvValue.fromResource(kplus.ResourceFieldPaths.CPU_REQUEST),
    ];
    const names = chance.distinct(['GREETING', 'a', '_x', 'MODE', 'on', 'PATH_2', 'y', 'LEVEL'], 0, 4);
    const own = Object.fromEntries(names.map((name) => [name, chance.one(makers)()]));
    return { ...own, ...(chance.onceIn(3) && DownwardApi.podIdentity()) };
  }

  private resources(): kplus.ContainerResources {
    const { chance } = this;
    const [cpu, memory] = [chance.between(1, 2000), chance.between(1, 4096)];
    return {
      cpu: { request: kplus.Cpu.millis(cpu), ...(chance.onceIn(2) && { limit: kplus.Cpu.millis(cpu + chance.below(1000)) }) },
      memory: { request: Size.mebibytes(memory), ...(chance.onceIn(2) && { limit: Size.mebibytes(memory + chance.below(1000)) }) },
    };
  }

  private probe(ports: readonly kplus.ContainerPort[]): kplus.Probe {
    const port = ports[0]!.number;
    return this.chance.one([
      kplus.Probe.fromTcpSocket({ port, periodSeconds: Duration.seconds(5) }),
      kplus.Probe.fromHttpGet('/healthz?a=b', { port, failureThreshold: 2 }),
      kplus.Probe.fromCommand(['test', '-f', '/tmp/ready'], { timeoutSeconds: Duration.seconds(2) }),
    ]);
  }

  private mounts(chart: Chart): kplus.VolumeMount[] {
    const settings = kplus.ConfigMap.fromConfigMapName(chart, this.id(), 'settings');
    return [
      { path: '/tmp', volume: kplus.Volume.fromEmptyDir(chart, this.id(), 'scratch', { sizeLimit: Size.mebibytes(64) }) },
      { path: '/etc/settings', readOnly: true, volume: kplus.Volume.fromConfigMap(chart, this.id(), settings, { name: 'settings' }) },
    ];
  }

  private route(chart: Chart, name: string, pair: CanaryPair): IstioVirtualService {
    const { chance } = this;
    const conditions: istio.VirtualServiceSpecHttpMatch[] = [
      { headers: { 'user-group': { exact: chance.one(TEXTS) } } },
      { headers: { cookie: { regex: '^(.*;)?(canary=on)(;.*)?$' } }, method: { exact: 'GET' } },
      { uri: { prefix: '/beta' }, queryParams: { v: { exact: '2' } } },
      { withoutHeaders: { 'x-old': {} }, sourceLabels: this.labels() },
      { authority: { regex: '[a-z]+\\.example\\.com' }, ignoreUriCase: true, name: 'by-host' },
    ];
    return new IstioVirtualService(chart, `${name}-route`, {
      pair,
      ...(chance.onceIn(2) && { name: `${name}-vs` }),
      ...(chance.onceIn(2) && { destinationRuleName: `${name}-dr` }),
      ...(chance.onceIn(2) && { match: chance.distinct(conditions, 1, 3) }),
      ...(chance.onceIn(4) && {
        gateways: chance.distinct(['mesh', 'public', 'istio-system/edge'], 1, 3),
        hosts: [`${name}.example.com`, name],
      }),
      ...(chance.onceIn(3) && { timeout: Duration.millis(chance.between(1, 20_000)) }),
      ...(chance.onceIn(3) && {
        retries: chance.one([{ attempts: 0 }, { attempts: 2, perTryTimeout: '1.5s', retryOn: '5xx,reset,503', backoff: '25ms' }]),
      }),
      ...(chance.onceIn(3) && {
        trafficPolicy: {
          connectionPool: { http: { http2MaxRequests: 100 }, tcp: { maxConnections: chance.between(1, 1000) } },
          outlierDetection: { consecutive5XxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
        },
      }),
      labels: this.sometimes(3, () => this.labels()),
      annotations: this.sometimes(3, () => this.annotations()),
    });
  }

  private gatewayRoute(chart: Chart, name: string, pair: CanaryPair): GatewayRoute {
    const { chance } = this;
    const base = {
      pair,
      parents: chance.distinct(
        [
          RouteParent.gateway('public'),
          RouteParent.gateway('edge', { namespace: 'infra', listener: 'https', port: 443 }),
          RouteParent.service(),
        ],
        1,
        3,
      ),
      ...(chance.onceIn(2) && { name: `${name}-route` }),
      labels: this.sometimes(3, () => this.labels()),
      annotations: this.sometimes(3, () => this.annotations()),
    };
    const header = { name: 'user-group', value: chance.one(['beta-testers', 'on', '0o14', 'null']) };
    if (chance.onceIn(4)) {
      return new GatewayTcpRoute(chart, `${name}-route`, base);
    }
    if (chance.onceIn(4)) {
      const match = chance.distinct([{ headers: [header] }, { method: { service: 'shop.Cart' } }], 1, 2);
      return new GatewayGrpcRoute(chart, `${name}-route`, { ...base, ...(chance.onceIn(2) && { match }) });
    }
    const { PATH_PREFIX } = gateway.HttpRouteSpecRulesMatchesPathType;
    const admin = { matches: [{ path: { type: PATH_PREFIX, value: '/admin' } }], backendRefs: [{ name: 'admin', port: 80 }] };
    return new GatewayHttpRoute(chart, `${name}-route`, {
      ...base,
      ...(chance.onceIn(2) && { hostnames: ['shop.example.com', '*.shop.example.com'] }),
      ...(chance.onceIn(2) && {
        match: chance.distinct(
          [{ headers: [header] }, { queryParams: [{ name: 'v', value: '2' }] }, { path: { type: PATH_PREFIX, value: '/beta' } }],
          1,
          3,
        ),
      }),
      ...(chance.onceIn(3) && { rules: chance.onceIn(2) ? [admin, {}] : [{}, admin] }),
      ...(chance.onceIn(3) && { timeouts: { request: '10s' } }),
      ...(chance.onceIn(3) && { retry: { attempts: 2, codes: [503] } }),
      ...(chance.onceIn(3) && { mirrorPercent: chance.between(0, 100) }),
    });
  }

  private budgets(chart: Chart, pair: CanaryPair): void {
    if (this.chance.onceIn(3)) {
      for (const track of [pair.stable, ...(pair.canary ? [pair.canary] : [])]) {
        new ApiObject(chart, this.id(), {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: track.name },
          spec: { maxUnavailable: this.chance.one([1, '25%']), selector: { matchLabels: { 'cdk8s-canary/deployment': track.name } } },
        });
      }
    }
  }

  /** Patches objects through the escape hatches. */
  private patch(pair: CanaryPair): void {
    if (this.chance.onceIn(4)) {
      // Patch both tracks, because with ROLL stable takes over the canary's template, including its patches.
      for (const track of pair.canary ? [pair.stable, pair.canary] : [pair.stable]) {
        ApiObject.of(track).addJsonPatch(JsonPatch.add('/spec/template/spec/priorityClassName', 'high'));
      }
      ApiObject.of(pair.service).metadata.addAnnotation('patched', this.chance.one(TEXTS));
    }
  }

  /** Adds other objects to the chart, which are in the output of every stage. */
  private neighbours(chart: Chart): void {
    const { chance } = this;
    if (chance.onceIn(2)) {
      const data = Object.fromEntries(
        chance.distinct(['a', 'on', '0x1', 'config.yaml', '1.0', '_'], 1, 4).map((key) => [key, chance.one(TEXTS)]),
      );
      new kplus.ConfigMap(chart, this.id(), { metadata: { name: this.name() }, data });
    }
    if (chance.onceIn(3)) {
      new ApiObject(chart, this.id(), {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: this.name() },
        spec: {
          podSelector: { matchLabels: this.labels() },
          policyTypes: ['Ingress'],
          ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }],
        },
      });
    }
    if (chance.onceIn(4)) {
      new kplus.ServiceAccount(chart, this.id(), { metadata: { name: this.name() } });
    }
  }

  private ports(): kplus.ContainerPort[] {
    const all = [
      { number: 8080, name: 'http' },
      { number: 9090, name: 'metrics', protocol: kplus.Protocol.TCP },
      { number: 5353, name: 'dns', protocol: kplus.Protocol.UDP },
    ];
    return this.chance.onceIn(3) ? [{ number: 80 }] : [all[0]!, ...this.chance.distinct(all.slice(1), 0, 2)];
  }

  private image(): string {
    const tag = this.chance.one([':1.0', ':2026.11', `@sha256:${'0123456789abcdef'.repeat(4)}`, `:v${this.chance.below(1000)}`]);
    return `${this.chance.one(['shop', 'registry.example.com:5000/team/api', 'ghcr.example/a/b-c_d'])}${tag}`;
  }

  private labels(): Record<string, string> {
    return Object.fromEntries(this.chance.distinct(KEYS, 1, 3).map((key) => [key, this.chance.one(LABEL_VALUES)]));
  }

  private annotations(): Record<string, string> {
    return Object.fromEntries(this.chance.distinct(KEYS, 1, 3).map((key) => [key, this.chance.one(TEXTS)]));
  }

  private name(): string {
    this.names += 1;
    return `${this.chance.one(WORDS)}-${this.names}`;
  }

  private id(): string {
    this.names += 1;
    return `id-${this.names}`;
  }

  private sometimes<T>(times: number, make: () => T): T | undefined {
    return this.chance.onceIn(times) ? make() : undefined;
  }
}
