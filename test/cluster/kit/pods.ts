import { type Resource, watch } from './api';
import { DEPLOYMENT, type Namespace, type TrackPods } from './namespace';

/** The pods at one moment. It is a state that the API server had, because a watch delivers every state in order. */
export interface Moment {
  readonly at: number;
  readonly tracks: Readonly<Record<string, TrackPods>>;
  /** Terminating pods. They may still finish requests, but are not counted otherwise. */
  readonly terminating: number;
}

/** Records every state of a namespace's pods from its start on. */
export class PodRecord {
  readonly moments: Moment[] = [];
  private readonly pods = new Map<string, Resource>();
  private closing: (() => Promise<void>) | undefined;

  private constructor(private readonly label: string) {}

  /** @param label label whose value tells the pods of the Deployments apart */
  static async start(namespace: Namespace, label: string = DEPLOYMENT): Promise<PodRecord> {
    const record = new PodRecord(label);
    const { close } = await watch(namespace.path('v1', 'pods'), ({ type, object }) => record.see(type, object));
    record.closing = close;
    return record;
  }

  async stop(): Promise<void> {
    await this.closing?.();
  }

  /** The moments since a time, preceded by the state at that time. */
  since(time: number): Moment[] {
    const before = this.moments.filter(({ at }) => at <= time).at(-1);
    const after = this.moments.filter(({ at }) => at > time);
    return before ? [before, ...after] : after;
  }

  private see(type: string, pod: Resource): void {
    const { uid } = pod['metadata'] as { uid: string };
    if (type === 'DELETED') {
      this.pods.delete(uid);
    } else {
      this.pods.set(uid, pod);
    }
    this.moments.push(this.now());
  }

  private now(): Moment {
    const tracks: Record<string, { ready: number; pods: number }> = {};
    let terminating = 0;
    for (const pod of this.pods.values()) {
      if (pod['metadata'].deletionTimestamp) {
        terminating += 1;
        continue;
      }
      const track = (tracks[(pod['metadata'].labels?.[this.label] as string | undefined) ?? deploymentOf(pod)] ??= { ready: 0, pods: 0 });
      track.pods += 1;
      track.ready += isReady(pod) ? 1 : 0;
    }
    return { at: performance.now(), tracks, terminating };
  }
}

/** The Deployment of a pod by the name of its ReplicaSet, for pods that were not made for a pair and lack its label. */
function deploymentOf({ metadata }: Resource): string {
  const { generateName = '', labels } = metadata as { generateName?: string; labels?: Record<string, string> };
  return generateName.replace(`-${labels?.['pod-template-hash']}-`, '');
}

/** Whether a pod receives traffic. */
export function isReady(pod: Resource): boolean {
  const conditions = (pod['status'].conditions ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** The extremes of two tracks over some moments: the fewest ready pods, the most pods, and the canary's largest share of the ready pods. */
export function seen(
  moments: readonly Moment[],
  stable: string,
  canary: string,
): { fewestReady: number; mostPods: number; mostShare: number } {
  const of = (moment: Moment, track: string): TrackPods => moment.tracks[track] ?? { ready: 0, pods: 0 };
  const totals = moments.map((moment) => {
    const [a, b] = [of(moment, stable), of(moment, canary)];
    return { ready: a.ready + b.ready, pods: a.pods + b.pods, share: b.ready === 0 ? 0 : b.ready / (a.ready + b.ready) };
  });
  return {
    fewestReady: Math.min(...totals.map(({ ready }) => ready)),
    mostPods: Math.max(...totals.map(({ pods }) => pods)),
    mostShare: Math.max(...totals.map(({ share }) => share)),
  };
}
