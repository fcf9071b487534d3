import { Duration } from 'cdk8s';
import { Cpu, EnvValue, Metric, MetricTarget, Replicas, ServiceType } from 'cdk8s-plus-27';
import { Promotion, type Sizing, Stages } from '../../../lib';
import type { AutoscalingOptions, TrackOptions } from '../../../lib';
import { until } from '../../support/command';
import { type CapacityMoment, CapacityRecord, inWords } from './capacity-record';
import { type CommandEnd, canary } from './command';
import { figure } from './figures';
import { type Load, type Target, expectNoFailure, failures, sendLoad, startLoad, throughEnvoy } from './load';
import { startMetricsServer } from './metrics-server';
import type { Namespace } from './namespace';
import { operator } from './operator';
import { NEEDS, createByKubectl } from './origins';
import { documentedRules } from './roles';
import { type Tree, track, tutorial } from './trees';
import { ROUTE_SECONDS, pause } from './walk';

// A service whose autoscalers move it: a real metrics-server measures the processor that its requests cost.

export const MIN = 2;
const MAX = 12;

/** Requests a second, and what each costs: about 20 millicores, the target of one pod, for every 15 requests a second. */
export const RATE = 60;
const COST = '1ms';
const TARGET_MILLICORES = 20;

/** The share of its request at which a pod is at its target, in percent. */
const UTILIZATION = 50;

const METRICS = [Metric.resourceCpu(MetricTarget.averageUtilization(UTILIZATION))];

/** As fast as the measurement allows, so that a reset of a count would show. */
const FAST: Pick<AutoscalingOptions, 'scaleUp' | 'scaleDown'> = {
  scaleUp: { policies: [{ replicas: Replicas.percent(400), duration: Duration.seconds(15) }] },
  scaleDown: {
    stabilizationWindow: Duration.seconds(15),
    policies: [{ replicas: Replicas.percent(100), duration: Duration.seconds(15) }],
  },
};

const costly = (name: string, version: string, colour: string): TrackOptions => {
  const own = track(name, version, colour, true);
  return {
    ...own,
    env: { ...own.env, DEMO_CPU: EnvValue.fromValue(COST) },
    resources: { cpu: { request: Cpu.millis(2 * TARGET_MILLICORES) } },
  };
};

interface ReleaseOptions {
  readonly isRouted: boolean;
  /** The versions of stable and of the canary (default: 1.0 and 1.1). */
  readonly versions?: readonly [string, string];
  /** The names of their Deployments. */
  readonly names?: readonly [string, string];
  /** The most pods of a track (default: 12). */
  readonly max?: number;
  readonly sizing?: Sizing;
  /** How fast the autoscalers act: as fast as they can (default), or as those do that say nothing. */
  readonly pace?: 'fast' | 'default';
}

/** A release of the service. */
export function release({
  isRouted,
  versions = ['1.0', '1.1'],
  names = ['canary-1-dep', 'canary-2-dep'],
  max = MAX,
  sizing,
  pace = 'fast',
}: ReleaseOptions): Tree {
  const [stable, other] = names;
  const [from, to] = versions;
  return tutorial({
    isRouted,
    pair: {
      autoscaling: { min: MIN, max, metrics: METRICS, sizing, ...(pace === 'fast' && FAST) },
      ...(isRouted && {
        service: { name: 'canary-svc', type: ServiceType.CLUSTER_IP, ports: [{ name: 'web', port: 8080, targetPort: 80 }] },
      }),
      stages: isRouted ? Stages.percent(10, 50, 100) : Stages.percent(20, 50),
      promotion: isRouted ? undefined : Promotion.ROLL,
      accept: { 'share-off': 'a few pods' },
      stable: costly(stable, from, 'yellow'),
      canary: costly(other, to, 'red'),
    },
  });
}

async function targetOf(namespace: Namespace, { pair: { service, router } }: Tree): Promise<Target> {
  return router === 'istio' ? throughEnvoy(service, namespace.name) : { url: await namespace.balance(service) };
}

/** Makes a service by kubectl alone whose autoscaler has another name than its Deployment. */
export async function autoscaledByKubectl(namespace: Namespace): Promise<void> {
  await createByKubectl(namespace, NEEDS);
  await namespace.kubectl('set', 'env', 'deployment/shop', `DEMO_CPU=${COST}`);
  await namespace.kubectl('set', 'resources', 'deployment/shop', `--requests=cpu=${2 * TARGET_MILLICORES}m`);
  const bounds = [`--min=${MIN}`, `--max=${MAX}`, `--cpu-percent=${UTILIZATION}`];
  await namespace.kubectl('autoscale', 'deployment/shop', ...bounds, '--name=shop-hpa');
  await namespace.gone();
}

/** Waits until the autoscaler of a Deployment has at least this many pods ready. */
async function grown(namespace: Namespace, name: string, least: number): Promise<number> {
  return until(
    `${name} to grow to ${least} pods`,
    120,
    async () => {
      const { spec, status } = await namespace.object('apps/v1', 'deployments', name);
      const isThere = status.readyReplicas === spec.replicas && (spec.replicas as number) >= least;
      return isThere ? (spec.replicas as number) : undefined;
    },
    500,
  );
}

/** A service under load that its autoscalers move. */
export class Autoscaled {
  private readonly begin = performance.now();
  private readonly said: string[] = [];
  private readonly records: CapacityRecord[] = [];

  private constructor(
    private readonly namespace: Namespace,
    private readonly kubeconfig: string,
    readonly target: Target,
    private readonly background: Load,
    private readonly router: string,
  ) {}

  /** Applies stage-0, and waits until the load has made the service grow. */
  static async from(namespace: Namespace, tree: Tree, least = MIN + 2): Promise<Autoscaled> {
    await namespace.apply(tree.path('stage-0'));
    return Autoscaled.adopting(namespace, tree, least);
  }

  /** Waits until the load has made a service grow that runs already. */
  static async adopting(namespace: Namespace, tree: Tree, least = MIN + 2): Promise<Autoscaled> {
    await namespace.ready(tree.stable);
    const target = await targetOf(namespace, tree);
    await until('answers to a hundred requests', 60, async () => ((await sendLoad(target, 100)).failed === 0 ? true : undefined));
    const background = startLoad(target, RATE);
    await grown(namespace, tree.stable, least);
    const who = await operator(namespace, documentedRules('role'));
    return new Autoscaled(namespace, who.kubeconfig(), target, background, tree.pair.router);
  }

  /** Runs a command that must succeed. Returns the counts at each moment. */
  async type(tree: Tree, ...words: string[]): Promise<readonly CapacityMoment[]> {
    const { end, moments } = await this.try(tree, ...words);
    if (end.status !== 0) {
      throw new Error(`ended with ${end.status}:\n${this.story.join('\n')}`);
    }
    return moments;
  }

  /** Runs a command with any exit code. */
  async try(tree: Tree, ...words: string[]): Promise<{ readonly end: CommandEnd; readonly moments: readonly CapacityMoment[] }> {
    return this.recorded(tree, async (moments) => {
      const common = ['--dir', tree.folder, '--namespace', this.namespace.name];
      const end = await canary([...words, ...common], { kubeconfig: this.kubeconfig, isOutside: true });
      this.said.push(`kubectl canary ${words.join(' ')}\n${end.stdout}${end.stderr}`);
      await this.namespace.gone();
      return { end, moments };
    });
  }

  /** Applies a folder by kubectl alone, and waits as docs/guides/autoscaling.md says. Returns the counts at each moment. */
  async apply(tree: Tree, folder: string, ...flags: string[]): Promise<readonly CapacityMoment[]> {
    return this.recorded(tree, async (moments) => {
      this.said.push(`${new Date().toISOString()} kubectl apply ${[...flags, folder].join(' ')}`);
      await this.namespace.kubectl('apply', ...flags, '-f', tree.path(folder));
      await until(
        `the pods of ${folder}`,
        120,
        async () => {
          const counts = await Promise.all([tree.stable, tree.canary].map((name) => this.isWhole(name)));
          return counts.every(Boolean) || undefined;
        },
        500,
      );
      await pause(ROUTE_SECONDS);
      await this.namespace.gone();
      return moments;
    });
  }

  /** Whether a Deployment has all pods that it wants, and at least as many as its autoscaler wants. */
  private async isWhole(name: string): Promise<boolean> {
    const [{ spec, status }, autoscaler] = await Promise.all([
      this.namespace.object('apps/v1', 'deployments', name),
      this.namespace.object('autoscaling/v2', 'horizontalpodautoscalers', name),
    ]);
    const wanted = spec.replicas as number;
    return (status.readyReplicas ?? 0) === wanted && (wanted === 0 || wanted >= autoscaler.spec.minReplicas);
  }

  /** Waits until the autoscalers of Deployments see a load of at least so many pods in all, or at most. Returns the load. */
  async sees(names: readonly string[], bound: { readonly least?: number; readonly most?: number }): Promise<number> {
    return until(
      `the autoscalers of ${names.join(' and ')} to see the load`,
      120,
      async () => {
        const loads = await Promise.all(names.map((name) => this.loadOf(name)));
        const load = loads.reduce((sum, one) => sum + one, 0);
        return load >= (bound.least ?? 0) && load <= (bound.most ?? Infinity) ? load : undefined;
      },
      500,
    );
  }

  /** The load that an autoscaler sees, in pods. */
  private async loadOf(name: string): Promise<number> {
    const { status } = await this.namespace.object('autoscaling/v2', 'horizontalpodautoscalers', name);
    const percent = status?.currentMetrics?.[0]?.resource?.current?.averageUtilization as number | undefined;
    return ((percent ?? 0) / UTILIZATION) * ((status?.currentReplicas as number | undefined) ?? 0);
  }

  /** Waits until the route gives the canary a weight. */
  async weighs(weight: number): Promise<void> {
    await until(`the weight ${weight}`, 300, () => this.records.at(-1)?.moments.at(-1)?.weight === weight || undefined, 200);
  }

  /** The counts at each moment while nobody does anything. */
  async watch(tree: Tree, seconds: number): Promise<readonly CapacityMoment[]> {
    return this.recorded(tree, async (moments) => {
      await pause(seconds);
      return moments;
    });
  }

  /** Records the counts during an action. */
  private async recorded<T>(tree: Tree, action: (moments: readonly CapacityMoment[]) => Promise<T>): Promise<T> {
    const record = CapacityRecord.start(this.namespace, tree);
    this.records.push(record);
    try {
      return await action(record.moments);
    } finally {
      await record.stop();
    }
  }

  /** Stops the load. No request may have failed. */
  async end(way: string): Promise<void> {
    const report = await this.background.stop();
    const moments = this.records.flatMap((record) => record.moments);
    figure('Autoscaled rollouts', {
      router: this.router,
      way,
      'fewest ready pods': Math.min(...moments.map(({ stable, canary: other }) => stable.ready + other.ready)),
      'most pods': Math.max(...moments.map(({ stable, canary: other }) => stable.wanted + other.wanted)),
      seconds: Math.round((performance.now() - this.begin) / 1000),
      requests: report.requests,
      dropped: failures(report),
    });
    expectNoFailure(report, this.story);
  }

  get story(): string[] {
    return [...this.said, ...this.records.flatMap((record) => record.story)];
  }
}

/** The pods at the beginning of a command, if only one track has some: what the load needs. */
export const loadAt = ([first]: readonly CapacityMoment[]) => first!.stable.wanted + first!.canary.wanted;

/** The moments at which both tracks have pods. At any other, the rollout is over, and an autoscaler may follow the load down. */
const underWay = (moments: readonly CapacityMoment[]) =>
  moments.filter(({ stable, canary: other }) => stable.wanted > 0 && other.wanted > 0);

/** The moments of a rollout at which a track had fewer ready pods than its share of the load needs, as lines. */
export function short(moments: readonly CapacityMoment[], load = loadAt(moments)): readonly string[] {
  const need = (weight: number) => Math.ceil(weight * load - 1e-9);
  return underWay(moments)
    .filter(({ weight, stable, canary: other }) => weight !== undefined && (other.ready < need(weight) || stable.ready < need(1 - weight)))
    .map(inWords);
}

/** The moments of a rollout at which stable had a lower count than the load needs, as lines: an apply had reset it. */
export const reset = (moments: readonly CapacityMoment[], load: number) =>
  underWay(moments)
    .filter(({ stable }) => stable.wanted < load)
    .map(inWords);

/** A whole run, or the rest of one. */
export const RUN = ['run', '--yes', '--hold', '5s', '--no-record'];

/** Runs `body` while a metrics-server runs. It gets a function that stops the metrics. */
export async function measured(namespace: Namespace, body: (vanish: () => Promise<void>) => Promise<void>): Promise<void> {
  const stop = await startMetricsServer(namespace.name);
  let isRunning = true;
  const end = async () => {
    if (isRunning) {
      isRunning = false;
      await stop();
    }
  };
  try {
    await body(end);
  } finally {
    await end();
  }
}
