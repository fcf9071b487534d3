import { Duration } from 'cdk8s';
import { Cpu, EnvValue, Metric, MetricTarget, Replicas, ServiceType } from 'cdk8s-plus-27';
import { Promotion, Stages } from '../../../../lib';
import type { CanaryPairProps, TrackOptions } from '../../../../lib';
import { until } from '../../../support/command';
import { amountOf } from '../../../support/sampling';
import { type CapacityMoment, CapacityRecord, inWords } from '../../kit/capacity-record';
import { canary } from '../../kit/command';
import { figure } from '../../kit/figures';
import { type Load, type Target, expectNoFailure, failures, sendLoad, startLoad, throughEnvoy } from '../../kit/load';
import { startMetricsServer } from '../../kit/metrics-server';
import type { Namespace } from '../../kit/namespace';
import { scenario } from '../../kit/scenario';
import { type Tree, track, tutorial } from '../../kit/trees';

// Rollouts of a service whose autoscalers move it: a real metrics-server measures the processor that requests cost.

const MIN = 2;
const MAX = 12;

/** Requests a second, and what each costs: about 20 millicores, the target of one pod, for every 15 requests a second. */
const RATE = 60;
const COST = '1ms';
const TARGET_MILLICORES = 20;

const AUTOSCALED: Partial<CanaryPairProps> = {
  autoscaling: {
    min: MIN,
    max: MAX,
    metrics: [Metric.resourceCpu(MetricTarget.averageUtilization(50))],
    // As fast as the measurement allows, so that a reset of a count would show.
    scaleUp: { policies: [{ replicas: Replicas.percent(400), duration: Duration.seconds(15) }] },
    scaleDown: {
      stabilizationWindow: Duration.seconds(15),
      policies: [{ replicas: Replicas.percent(100), duration: Duration.seconds(15) }],
    },
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

function release(
  isRouted: boolean,
  [from, to]: readonly [string, string],
  names: readonly [string, string] = ['canary-1-dep', 'canary-2-dep'],
): Tree {
  const [stable, other] = names;
  return tutorial({
    isRouted,
    pair: {
      ...AUTOSCALED,
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
class Autoscaled {
  private readonly begin = performance.now();
  private readonly said: string[] = [];
  private readonly records: CapacityRecord[] = [];

  private constructor(
    private readonly namespace: Namespace,
    readonly target: Target,
    private readonly background: Load,
    private readonly router: string,
  ) {}

  /** Applies stage-0, and waits until the load has made the service grow. */
  static async from(namespace: Namespace, tree: Tree): Promise<Autoscaled> {
    await namespace.apply(tree.path('stage-0'));
    await namespace.ready(tree.stable);
    const target = await targetOf(namespace, tree);
    await until('answers to a hundred requests', 60, async () => ((await sendLoad(target, 100)).failed === 0 ? true : undefined));
    const background = startLoad(target, RATE);
    await grown(namespace, tree.stable, MIN + 2);
    return new Autoscaled(namespace, target, background, tree.pair.router);
  }

  /** Runs a command that must succeed. Returns the counts at each moment. */
  async type(tree: Tree, ...words: string[]): Promise<readonly CapacityMoment[]> {
    const record = CapacityRecord.start(this.namespace, tree);
    this.records.push(record);
    try {
      const kubeconfig = process.env['KUBECONFIG']!;
      const common = ['--dir', tree.folder, '--namespace', this.namespace.name];
      const { status, stdout, stderr } = await canary([...words, ...common], { kubeconfig, isOutside: true });
      this.said.push(`kubectl canary ${words.join(' ')}\n${stdout}${stderr}`);
      if (status !== 0) {
        throw new Error(`ended with ${status}:\n${this.story.join('\n')}`);
      }
      await this.namespace.gone();
    } finally {
      await record.stop();
    }
    return record.moments;
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
const loadAt = ([first]: readonly CapacityMoment[]) => first!.stable.wanted + first!.canary.wanted;

/** The moments at which both tracks have pods. At any other, the rollout is over, and an autoscaler may follow the load down. */
const underWay = (moments: readonly CapacityMoment[]) =>
  moments.filter(({ stable, canary: other }) => stable.wanted > 0 && other.wanted > 0);

/** The moments of a rollout at which a track had fewer ready pods than its share of the load needs, as lines. */
function short(moments: readonly CapacityMoment[], load = loadAt(moments)): readonly string[] {
  const need = (weight: number) => Math.ceil(weight * load - 1e-9);
  return underWay(moments)
    .filter(({ weight, stable, canary: other }) => weight !== undefined && (other.ready < need(weight) || stable.ready < need(1 - weight)))
    .map(inWords);
}

/** The moments of a rollout at which stable had a lower count than the load needs, as lines: an apply had reset it. */
const reset = (moments: readonly CapacityMoment[], load: number) =>
  underWay(moments)
    .filter(({ stable }) => stable.wanted < load)
    .map(inWords);

const RUN = ['run', '--yes', '--hold', '5s', '--no-record'];

async function measured(namespace: Namespace, body: () => Promise<void>): Promise<void> {
  const stop = await startMetricsServer(namespace.name);
  try {
    await body();
  } finally {
    await stop();
  }
}

scenario(
  'an autoscaled service behind Istio: to promoted and back, without a reset of a count and without a loss',
  (namespace) =>
    measured(namespace, async () => {
      const tree = release(true, ['1.0', '1.1']);
      const service = await Autoscaled.from(namespace, tree);
      const run = await service.type(tree, ...RUN);
      expect(short(run)).toEqual([]);
      expect(reset(run, loadAt(run))).toEqual([]);
      // Stable has no pods: it gets those for the load before the route.
      const back = await service.type(tree, 'rollback');
      expect(short(back)).toEqual([]);
      expect(back.at(-1)).toMatchObject({ canary: { wanted: 0 }, weight: 0 });
      await service.end('promoted, and turned back');
    }),
  { needs: ['envoy'], limit: 900 },
);

scenario(
  'an autoscaled service without a router keeps the autoscaler of stable, and its canary has a fixed count',
  (namespace) =>
    measured(namespace, async () => {
      const tree = release(false, ['1.0', '1.1']);
      const service = await Autoscaled.from(namespace, tree);
      const forth = await service.type(tree, 'run', '--yes', '--hold', '5s', '--until', 'stage-50', '--no-record');
      expect(reset(forth, loadAt(forth))).toEqual([]);
      const back = await service.type(tree, 'rollback');
      expect(reset(back, loadAt(forth))).toEqual([]);
      const run = await service.type(tree, ...RUN);
      expect(reset(run, loadAt(run))).toEqual([]);
      expect(run.at(-1)).toMatchObject({ canary: { wanted: 0 } });
      expect(Object.keys((await sendLoad(service.target, 100)).versions)).toEqual(['1.1']);
      await service.end('turned back from stage-50, and promoted by a roll');
    }),
  { needs: ['load'], limit: 900 },
);

const LONGER = [
  () =>
    scenario(
      'an autoscaled service behind Istio: back from half, and the next release, without a reset of a count and without a loss',
      (namespace) =>
        measured(namespace, async () => {
          const tree = release(true, ['1.0', '1.1']);
          const service = await Autoscaled.from(namespace, tree);
          const forth = await service.type(tree, 'run', '--yes', '--hold', '0', '--until', 'stage-50', '--no-record');
          expect(short(forth)).toEqual([]);
          const half = await service.type(tree, 'rollback');
          expect(short(half, loadAt(forth))).toEqual([]);
          expect(reset(half, loadAt(forth))).toEqual([]);

          expect(short(await service.type(tree, ...RUN))).toEqual([]);
          await service.type(tree, 'cleanup', '--yes');
          const autoscalers = await namespace.list('autoscaling/v2', 'horizontalpodautoscalers');
          expect(autoscalers.map(({ metadata }) => metadata.name as string)).toEqual([tree.canary]);
          const next = release(true, ['1.1', '1.2'], [tree.canary, tree.stable]);
          const baseline = await service.type(next, 'advance', 'stage-0');
          // At rest the autoscaler may go down to its minimum, but an apply without a count would go to 1.
          expect(baseline.filter(({ stable }) => stable.wanted < MIN)).toEqual([]);
          expect(short(await service.type(next, ...RUN))).toEqual([]);
          await service.end('turned back from stage-50, promoted, and the next release');
        }),
      { needs: ['envoy'], limit: 900 },
    ),
];
LONGER.slice(0, amountOf('cluster: longer autoscaled rollouts')).forEach((declare) => declare());
