import { until } from '../../support/command';
import { compareWithPlan } from './bounds';
import { figure } from './figures';
import { Load, RATE, Report, Target, sendLoad, startLoad, throughEnvoy } from './load';
import { Moment, PodRecord } from './pods';
import { Namespace } from './namespace';
import { Tree } from './trees';

/** How long docs/guides/istio.md waits where only a route changed, for every sidecar to hear of it. */
const ROUTE_SECONDS = 5;

/** One folder applied after another, as docs/tutorial.md teaches, and what was seen meanwhile. */
export class Walk {
  /** What was done when, for whoever wants to know why something failed. */
  readonly steps: string[] = [];

  private constructor(
    readonly namespace: Namespace,
    readonly target: Target,
    private readonly record: PodRecord,
    private tree: Tree,
    private at: string,
  ) {}

  /** A cluster at a folder, at rest. */
  static async from(namespace: Namespace, tree: Tree, folder: string): Promise<Walk> {
    await namespace.apply(tree.path('stage-0'));
    const url = await namespace.balance(tree.pair.service);
    const target = tree.pair.router === 'istio' ? throughEnvoy(tree.pair.service, namespace.name) : { url };
    const walk = new Walk(namespace, target, await PodRecord.start(namespace), tree, 'stage-0');
    await namespace.ready(tree.stable);
    if (folder !== 'stage-0') {
      await namespace.apply(tree.path(folder));
      await namespace.ready(tree.stable, tree.canary);
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
    // As it is typed, word by word.
    await this.namespace.kubectl('apply', '-f', this.tree.path(folder));
    await this.namespace.ready(...deployments);
    this.steps.push(`${new Date().toISOString()} ready`);
    this.compareWithPlan(folder, this.record.since(begin));
    this.at = folder;
  }

  /** What the plan says of a transition, against every state that the API server went through. */
  private compareWithPlan(to: string, moments: readonly Moment[]): void {
    const compared = compareWithPlan(this.tree, this.at, to, moments);
    if (compared) {
      figure('Transitions', compared.row);
      expect({ from: this.at, to, broken: compared.broken }).toEqual({ from: this.at, to, broken: [] });
    }
  }
}

export function pause(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
