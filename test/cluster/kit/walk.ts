import { until } from '../../support/command';
import { compareWithPlan } from './bounds';
import { figure } from './figures';
import { type Load, RATE, type Report, type Target, sendLoad, startLoad, throughEnvoy } from './load';
import { type Moment, PodRecord } from './pods';
import type { Namespace } from './namespace';
import type { Tree } from './trees';

/** The waiting time of docs/guides/istio.md after a change that affects only a route, in seconds: all sidecars must receive the change. */
export const ROUTE_SECONDS = 5;

/** Applies one folder after another, as docs/tutorial.md teaches, and records the states of the cluster. */
export class Walk {
  /** The steps with their times. Printed if a test fails. */
  readonly steps: string[] = [];

  private constructor(
    readonly namespace: Namespace,
    readonly target: Target,
    private readonly record: PodRecord,
    private tree: Tree,
    private at: string,
  ) {}

  /** Brings a cluster to a folder and waits until it is at rest. */
  static async from(namespace: Namespace, tree: Tree, folder: string): Promise<Walk> {
    await namespace.apply(tree.path('stage-0'));
    const record = await PodRecord.start(namespace);
    await namespace.ready(tree.stable);
    const url = await namespace.balance(tree.pair.service);
    const target = tree.pair.router === 'istio' ? throughEnvoy(tree.pair.service, namespace.name) : { url };
    const walk = new Walk(namespace, target, record, tree, 'stage-0');
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

  /** Applies the next folder and waits until both Deployments are ready. */
  async advance(folder: string): Promise<void> {
    await this.step(folder, [this.tree.stable, this.tree.canary]);
    if (this.isRouted && folder === this.tree.plan.stages.at(-1)!.folder) {
      await pause(ROUTE_SECONDS);
    }
  }

  /** Goes back to stage-0 by the folders that the plan names. Only stable must become ready. */
  async rollBack(): Promise<void> {
    for (const folder of this.tree.plan.order.rollback[this.at]!) {
      await this.step(folder, [this.tree.stable]);
      if (this.isRouted && folder !== 'stage-0') {
        await pause(ROUTE_SECONDS);
      }
    }
  }

  /** Continues on the same cluster with the plan of the next release. */
  next(tree: Tree): void {
    this.tree = tree;
  }

  /** Starts load through the Service or the route. It runs for two seconds before the first change. */
  async load(): Promise<Load> {
    const load = startLoad(this.target, RATE);
    await pause(2);
    return load;
  }

  /** Waits until no pod is terminating, then stops the load and the record. */
  async end(load: Load): Promise<Report> {
    await this.rest();
    await pause(2);
    const report = await load.stop();
    await this.record.stop();
    return report;
  }

  /** Ends a walk without load. */
  stop(): Promise<void> {
    return this.record.stop();
  }

  /** Waits until no pod is terminating, and one second more for the clients to notice. */
  async rest(): Promise<void> {
    await until('pods that are going away', 60, () => ((this.record.moments.at(-1)?.terminating ?? 0) === 0 ? true : undefined));
    await pause(1);
  }

  private async step(folder: string, deployments: readonly string[]): Promise<void> {
    const begin = performance.now();
    this.steps.push(`${new Date().toISOString()} apply ${folder}`);
    // Uses the README's exact command, not the faster `Namespace.apply`.
    await this.namespace.kubectl('apply', '-f', this.tree.path(folder));
    await this.namespace.ready(...deployments);
    this.steps.push(`${new Date().toISOString()} ready`);
    this.compareWithPlan(folder, this.record.since(begin));
    this.at = folder;
  }

  /** Compares every state that the API server had with the plan's transition. */
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
