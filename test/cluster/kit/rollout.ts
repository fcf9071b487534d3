import { until } from '../../support/command';
import { compareWithPlan } from './bounds';
import { type CommandEnd, canary } from './command';
import { type Load, RATE, type Report, type Target, sendLoad, startLoad, throughEnvoy } from './load';
import { PodRecord } from './pods';
import type { Namespace } from './namespace';
import type { Tree } from './trees';
import { pause } from './walk';

/** A line of the command's `-o json` output during a rollout. */
interface Line {
  readonly at: string;
  readonly type: string;
  readonly folder?: string;
}

/** A rollout by the command, run where the requests come from, and the observations during it. */
export class Rollout {
  /** The commands and the folders that were started, with their times. Printed if a test fails. */
  readonly steps: string[] = [];
  /** All deviations from the plan. */
  readonly broken: string[] = [];
  /** The number of steps that were compared with the plan. */
  compared = 0;
  private at = 'stage-0';

  private constructor(
    readonly namespace: Namespace,
    public target: Target,
    readonly pods: PodRecord,
    private tree: Tree,
  ) {}

  /**
   * Applies stage-0 and waits until the Service responds.
   *
   * @param through where the requests go if they do not go to the Service, such as a gateway
   */
  static async from(namespace: Namespace, tree: Tree, through?: Target): Promise<Rollout> {
    await namespace.apply(tree.path('stage-0'));
    return Rollout.adopting(namespace, tree, through);
  }

  /** Waits until the Service of what runs already responds, and changes nothing. */
  static async adopting(namespace: Namespace, tree: Tree, through?: Target): Promise<Rollout> {
    const record = await PodRecord.start(namespace);
    await namespace.ready(tree.stable);
    const target = through ?? (await targetOf(namespace, tree));
    const rollout = new Rollout(namespace, target, record, tree);
    await rollout.answers();
    return rollout;
  }

  /** Moves the load balancer to a new address: the kernel would send similar connections to the old pods, even if they are gone. */
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

  /** Continues on the same cluster with the plan of the next release, whose `stage-0` is the current state. */
  next(tree: Tree): void {
    this.tree = tree;
    this.at = 'promoted';
  }

  /** The options by which the command sends its own requests to the same target as the load. */
  get probe(): string[] {
    const { url, host } = this.target;
    return host === undefined ? [] : ['--url', `${url}/`, '--header', `Host: ${host}`];
  }

  /** Runs a command that changes the cluster to its end, and compares each of its steps with the plan. */
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

  /** The steps and the changes of the pods, in order of time. */
  get story(): string[] {
    const lines = this.pods.moments.map(({ at, tracks, terminating }) => {
      const counts = Object.entries(tracks).map(([name, { ready, pods }]) => `${name} ${ready}/${pods}`);
      return `${new Date(performance.timeOrigin + at).toISOString()} pods: ${[...counts.sort(), `${terminating} ending`].join(', ')}`;
    });
    const changes = lines.filter((line, n) => line.slice(24) !== lines[n - 1]?.slice(24));
    return [...this.steps, ...changes].sort();
  }

  /** Starts load through the Service or the route. It runs for a second before the first change. */
  async load(): Promise<Load> {
    const load = startLoad(this.target, RATE);
    await pause(1);
    return load;
  }

  /** Waits until no pod is terminating, then stops the load. */
  async end(load: Load): Promise<Report> {
    await this.rest();
    return load.stop();
  }

  /** Waits until no pod is terminating, and one second more for the clients to notice. */
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

async function targetOf(namespace: Namespace, { pair }: Tree): Promise<Target> {
  const url = await namespace.balance(pair.service);
  return pair.router === 'istio' ? throughEnvoy(pair.service, namespace.name) : { url };
}

/** Converts a time of day to the clock of `performance.now()`. */
function timeOf(at: string): number {
  return Date.parse(at) - performance.timeOrigin;
}
