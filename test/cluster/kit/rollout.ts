import { until } from '../../support/command';
import { compareWithPlan } from './bounds';
import { CommandEnd, canary } from './command';
import { Load, RATE, Report, Target, sendLoad, startLoad, throughEnvoy } from './load';
import { PodRecord } from './pods';
import { Namespace } from './namespace';
import { Tree } from './trees';
import { pause } from './walk';

/** A line of `-o json` of what carries a rollout out. */
interface Line {
  readonly at: string;
  readonly type: string;
  readonly folder?: string;
}

/** A rollout by the command, on the machine that requests come from, and what was seen meanwhile. */
export class Rollout {
  /** What was typed when, and which folders were begun, for whoever wants to know why something failed. */
  readonly steps: string[] = [];
  /** What was otherwise than the plan says, on any step. */
  readonly broken: string[] = [];
  /** How many steps were held against the plan. */
  compared = 0;
  private at = 'stage-0';

  private constructor(
    readonly namespace: Namespace,
    public target: Target,
    readonly pods: PodRecord,
    private tree: Tree,
  ) {}

  /** A cluster at stage-0, at rest. */
  static async from(namespace: Namespace, tree: Tree): Promise<Rollout> {
    await namespace.apply(tree.path('stage-0'));
    const url = await namespace.balance(tree.pair.service);
    const target = tree.pair.router === 'istio' ? throughEnvoy(tree.pair.service, namespace.name) : { url };
    const rollout = new Rollout(namespace, target, await PodRecord.start(namespace), tree);
    await namespace.ready(tree.stable);
    await rollout.answers();
    return rollout;
  }

  /** Another address for the load balancer: the kernel remembers where it sent connections that look the same, pods gone or not. */
  async move(): Promise<void> {
    if (this.tree.pair.router === 'pods') {
      this.target = { url: await this.namespace.balance(this.tree.pair.service) };
      await this.answers();
    }
  }

  private async answers(): Promise<void> {
    await until('answers to a hundred requests', 30, async () => ((await sendLoad(this.target, 100)).failed === 0 ? true : undefined));
  }

  get canary(): string {
    return this.tree.canary;
  }

  /** The same cluster, under the next release's plan: its `stage-0` is what is there. */
  next(tree: Tree): void {
    this.tree = tree;
    this.at = 'promoted';
  }

  /** The words by which requests of the command's own go where the load goes. */
  get probe(): string[] {
    const { url, host } = this.target;
    return host === undefined ? [] : ['--url', `${url}/`, '--header', `Host: ${host}`];
  }

  /** Runs a command that carries something out, to its end, and holds each of its steps against the plan. */
  async type(...words: string[]): Promise<CommandEnd> {
    this.steps.push(`${new Date().toISOString()} kubectl canary ${words.join(' ')}`);
    const common = ['--dir', this.tree.folder, '--namespace', this.namespace.name, '--output', 'json'];
    const end = await canary([...words, ...common], { kubeconfig: process.env['KUBECONFIG']!, isOutside: true, timeout: 240 });
    const over = performance.now();
    const begun = end.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line)
      .filter(({ type }) => type === 'begin');
    begun.forEach(({ at, folder }, n) => {
      this.steps.push(`${at} begin ${folder}`);
      const next = begun[n + 1];
      this.compare(folder!, timeOf(at), next ? timeOf(next.at) : over);
    });
    return end;
  }

  /** What was done, and what the pods did meanwhile, in order. */
  get story(): string[] {
    const lines = this.pods.moments.map(({ at, tracks, terminating }) => {
      const counts = Object.entries(tracks).map(([name, { ready, pods }]) => `${name} ${ready}/${pods}`);
      return `${new Date(performance.timeOrigin + at).toISOString()} pods: ${[...counts.sort(), `${terminating} ending`].join(', ')}`;
    });
    const changes = lines.filter((line, n) => line.slice(24) !== lines[n - 1]?.slice(24));
    return [...this.steps, ...changes].sort();
  }

  /** Load through the Service or the route until it is stopped; a second before the first change belongs to it. */
  async load(): Promise<Load> {
    const load = startLoad(this.target, RATE);
    await pause(1);
    return load;
  }

  /** Stops load when everything that was to go is gone. */
  async end(load: Load): Promise<Report> {
    await this.rest();
    return load.stop();
  }

  /** Waits until no pod is going away, and what sends requests has heard of it. */
  async rest(): Promise<void> {
    await until('pods that are going away', 60, () => ((this.pods.moments.at(-1)?.terminating ?? 0) === 0 ? true : undefined));
    await pause(1);
  }

  private compare(to: string, begin: number, end: number): void {
    const moments = this.pods.since(begin).filter(({ at }) => at <= end);
    const compared = moments.length === 0 ? undefined : compareWithPlan(this.tree, this.at, to, moments);
    if (compared) {
      this.compared += 1;
      this.broken.push(...compared.broken.map((text) => `${this.at} to ${to}: ${text}`));
    }
    this.at = to;
  }
}

/** A time of day as `performance.now()` counts. */
function timeOf(at: string): number {
  return Date.parse(at) - performance.timeOrigin;
}
