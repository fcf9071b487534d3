import { SplitEntry } from '../../../lib/core/plan-file';
import { until } from '../../support/command';
import { figure, percent } from './figures';
import { Load, Report, Target, sendLoad, startLoad, throughEnvoy } from './load';
import { Moment, PodRecord, seen } from './pods';
import { Space } from './space';
import { Tree } from './trees';

/** Requests a second while a rollout goes on. */
const RATE = 400;

/** How long the README waits where only a route changed, for every sidecar to hear of it. */
const ROUTE_SECONDS = 5;

/** One folder applied after another, as the README teaches, and what was seen meanwhile. */
export class Walk {
  /** What was done when, for whoever wants to know why something failed. */
  readonly steps: string[] = [];

  private constructor(
    readonly space: Space,
    readonly target: Target,
    private readonly record: PodRecord,
    private tree: Tree,
    private at: string,
  ) {}

  /** A cluster at a folder, at rest. */
  static async from(space: Space, tree: Tree, folder: string): Promise<Walk> {
    await space.apply(tree.path('stage-0'));
    const url = await space.balance(tree.pair.service);
    const target = tree.pair.router === 'istio' ? throughEnvoy(tree.pair.service, space.name) : { url };
    const walk = new Walk(space, target, await PodRecord.start(space), tree, 'stage-0');
    await space.ready(tree.stable);
    if (folder !== 'stage-0') {
      await space.apply(tree.path(folder));
      await space.ready(tree.stable, tree.canary);
      walk.at = folder;
    }
    await walk.rest();
    await until('answers to a hundred requests', 30, async () => ((await sendLoad(target, 100)).failed === 0 ? true : undefined));
    return walk;
  }

  private get isRouted(): boolean {
    return this.tree.pair.router === 'istio';
  }

  /** Forward: the next folder, and both Deployments ready. */
  async advance(folder: string): Promise<void> {
    await this.step(folder, [this.tree.stable, this.tree.canary]);
    if (this.isRouted && folder === this.tree.plan.stages.at(-1)!.folder) {
      await pause(ROUTE_SECONDS);
    }
  }

  /** Back to stage-0 from where the cluster is: the folders that the plan names, and only stable need be ready. */
  async rollBack(): Promise<void> {
    for (const folder of this.tree.plan.order.rollback[this.at]!) {
      await this.step(folder, [this.tree.stable]);
      if (this.isRouted && folder !== 'stage-0') {
        await pause(ROUTE_SECONDS);
      }
    }
  }

  /** The same cluster, under the next release's plan. */
  next(tree: Tree): void {
    this.tree = tree;
  }

  /** Load through the Service or the route until it is stopped; some seconds before the first change belong to it. */
  async load(): Promise<Load> {
    const load = startLoad(this.target, RATE);
    await pause(2);
    return load;
  }

  /** Stops load when everything that was to go is gone. */
  async end(load: Load): Promise<Report> {
    await this.rest();
    await pause(2);
    const report = await load.stop();
    await this.record.stop();
    return report;
  }

  /** Ends a walk that had no load. */
  stop(): Promise<void> {
    return this.record.stop();
  }

  /** Waits until no pod is going away, and what sends requests has heard of it. */
  async rest(): Promise<void> {
    await until('pods that are going away', 60, () => ((this.record.moments.at(-1)?.terminating ?? 0) === 0 ? true : undefined));
    await pause(1);
  }

  private async step(folder: string, deployments: readonly string[]): Promise<void> {
    const begin = performance.now();
    this.steps.push(`${new Date().toISOString()} apply ${folder}`);
    await this.space.apply(this.tree.path(folder));
    await this.space.ready(...deployments);
    this.steps.push(`${new Date().toISOString()} ready`);
    this.compareWithPlan(folder, this.record.since(begin));
    this.at = folder;
  }

  /** What the plan says of a transition, against every state that the API server went through. */
  private compareWithPlan(to: string, moments: readonly Moment[]): void {
    const { pair, stable, canary } = this.tree;
    const bound = pair.transitions.find((transition) => transition.from === this.at && transition.to === to);
    if (!bound) {
      return;
    }
    const { fewestReady, mostPods, mostShare } = seen(moments, stable, canary);
    // A rollback waits for stable alone, so it may leave a folder before that is wholly there; what holds then is the floor.
    const isWhole = isAt(moments[0]!, pair.states[this.at]!, { stable, canary });
    const least = isWhole ? bound.fewestReady : pair.floor;
    const [count = 0, of = 1] = bound.mostShare.split('/').map(Number);
    const share = percent(count / of);
    figure('Transitions', {
      router: pair.router,
      from: this.at,
      to,
      'fewest ready': `${fewestReady} (plan: ${least})`,
      'most pods': `${mostPods} (plan: ${bound.mostPods})`,
      'largest share of pods': this.isRouted ? '-' : `${percent(mostShare)} (plan: ${share})`,
    });
    const broken = [
      ...(fewestReady < least ? [`${fewestReady} pods were ready, and the plan says ${least} at least`] : []),
      ...(mostPods > bound.mostPods ? [`there were ${mostPods} pods, and the plan says ${bound.mostPods} at most`] : []),
      ...(!this.isRouted && mostShare > count / of + 1e-9
        ? [`the canary had ${percent(mostShare)}, and the plan says ${share} at most`]
        : []),
      ...(this.isRouted ? this.tracksWithoutPods(to, moments).map((track) => `${track} was routed to and had no ready pod`) : []),
    ];
    expect({ from: this.at, to, broken }).toEqual({ from: this.at, to, broken: [] });
  }

  /** Where the route of this folder or the one before sends requests, there must be a ready pod at every moment. */
  private tracksWithoutPods(to: string, moments: readonly Moment[]): string[] {
    const { pair, stable, canary } = this.tree;
    const routes = [this.at, to].map((folder) => pair.states[folder]!.route!);
    const routed = [
      ...(routes.some(({ canary: share }) => share !== '1') ? [stable] : []),
      ...(routes.some(({ canary: share }) => share !== '0') ? [canary] : []),
    ];
    return routed.filter((track) => moments.some(({ tracks }) => (tracks[track]?.ready ?? 0) === 0));
  }
}

/** Whether all pods of a folder are there and ready. */
function isAt(moment: Moment, state: SplitEntry, names: { stable: string; canary: string }): boolean {
  const ready = (track: string) => moment.tracks[track]?.ready ?? 0;
  return ready(names.stable) >= state.stable && ready(names.canary) >= state.canary;
}

export function pause(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
