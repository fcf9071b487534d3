import type { Namespace } from './namespace';
import type { Tree } from './trees';
import { pause } from './walk';

/** The counts of a track at one moment. */
export interface TrackCount {
  readonly wanted: number;
  readonly ready: number;
}

/** What clients of an autoscaled service have at one moment. */
export interface CapacityMoment {
  readonly at: string;
  readonly stable: TrackCount;
  readonly canary: TrackCount;
  /** The canary's weight in the route, from 0 to 1; undefined without a route. */
  readonly weight: number | undefined;
}

const PAUSE = 0.2;

/** The length of a time in ISO 8601. */
const TIME = '2026-01-01T00:00:00.000Z'.length;

/** A moment as a line: ready and wanted pods of stable and of the canary, and the canary's weight. */
export function inWords({ at, stable, canary, weight }: CapacityMoment): string {
  return `${at} ${stable.ready}/${stable.wanted} : ${canary.ready}/${canary.wanted}${weight === undefined ? '' : ` @${weight}`}`;
}

/** Records the counts and the weight several times a second. */
export class CapacityRecord {
  readonly moments: CapacityMoment[] = [];
  private isStopped = false;
  private readonly reading: Promise<void>;

  private constructor(
    private readonly namespace: Namespace,
    private readonly tree: Tree,
  ) {
    this.reading = this.read();
  }

  static start(namespace: Namespace, tree: Tree): CapacityRecord {
    return new CapacityRecord(namespace, tree);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.reading;
  }

  /** The moments as lines, without repetitions. */
  get story(): string[] {
    const lines = this.moments.map(inWords);
    return lines.filter((line, n) => line.slice(TIME) !== lines[n - 1]?.slice(TIME));
  }

  private async read(): Promise<void> {
    while (!this.isStopped) {
      // The weight first: if it moves in between, the pods were there before it.
      const weight = this.tree.pair.router === 'istio' ? await this.weight() : undefined;
      const deployments = await this.namespace.list('apps/v1', 'deployments');
      const count = (name: string): TrackCount => {
        const found = deployments.find(({ metadata }) => metadata.name === name);
        return {
          wanted: (found?.spec.replicas as number | undefined) ?? 0,
          ready: (found?.status?.readyReplicas as number | undefined) ?? 0,
        };
      };
      this.moments.push({ at: new Date().toISOString(), stable: count(this.tree.stable), canary: count(this.tree.canary), weight });
      await pause(PAUSE);
    }
  }

  private async weight(): Promise<number> {
    const [route] = await this.namespace.list('networking.istio.io/v1', 'virtualservices');
    const rules = (route?.spec.http ?? []) as { match?: unknown; route: { destination: { subset: string }; weight?: number }[] }[];
    const destinations = rules.find(({ match }) => match === undefined)?.route ?? [];
    const canary = destinations.find(({ destination }) => destination.subset === this.tree.pair.canary!.subset);
    return canary ? (canary.weight ?? 100) / 100 : 0;
  }
}
