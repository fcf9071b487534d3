import { setMaxListeners } from 'node:events';
import { isAllowed } from '../cluster/access';
import type { Api } from '../cluster/api';
import { type Resource, listAt, textAt } from '../core/resource';
import {
  type ContainerStatus,
  type FailedPod,
  type PodEvent,
  MOST_LINES,
  containersOf,
  eventsOf,
  linesOf,
  podsToRead,
} from '../core/rollout/failure';
import { plainText } from '../core/text/plain-text';
import { readPodLog, readText } from '../monitor/pod-log';

/** How long a rollback may wait for the reason of a failure, in milliseconds. */
export const LONGEST_READ = 3_000;

/** The most bytes that are read of a log, and of a list of events. */
const LARGEST_LOG = 64 * 1024;
const LARGEST_EVENTS = 1024 * 1024;

/** What was read of the pods, and what could not be read. */
export interface ReadFailure {
  readonly pods: readonly FailedPod[];
  readonly missing: readonly string[];
}

/**
 * Reads why pods fail: how their containers ended, their events, and the last lines of their logs. It never throws, and takes no longer than
 * {@link LONGEST_READ}: what cannot be read in time is missing, with the reason. Permissions are checked first, so that nothing is refused.
 */
export async function readFailure(api: Api, namespace: string, pods: readonly Resource[]): Promise<ReadFailure> {
  const reader = new FailureReader(api, namespace);
  return { pods: await Promise.all(podsToRead(pods).map((pod) => reader.pod(pod))), missing: [...reader.missing] };
}

class FailureReader {
  readonly missing = new Set<string>();
  private readonly limits = { timeout: LONGEST_READ, signal: AbortSignal.timeout(LONGEST_READ) };
  private readonly mayList: Promise<boolean>;
  private readonly mayRead: Promise<boolean>;

  constructor(
    private readonly api: Api,
    private readonly namespace: string,
  ) {
    // Every request and wait listens to this signal, which is not a leak.
    setMaxListeners(0, this.limits.signal);
    this.mayList = this.may('list', 'events', 'the events of the pods');
    this.mayRead = this.may('get', 'pods/log', 'the logs of the pods');
  }

  async pod(pod: Resource): Promise<FailedPod> {
    const name = plainText(textAt(pod, 'metadata', 'name') ?? '');
    const [events, containers] = await Promise.all([
      this.events(name, textAt(pod, 'metadata', 'uid') ?? ''),
      Promise.all(
        containersOf(pod).map(async (status) => {
          const { isPrevious: _, ...container } = status;
          return { ...container, log: await this.log(name, status) };
        }),
      ),
    ]);
    return { name, containers, events };
  }

  private async events(pod: string, uid: string): Promise<readonly PodEvent[]> {
    if (!(await this.mayList)) {
      return [];
    }
    const path = `/api/v1/namespaces/${encodeURIComponent(this.namespace)}/events`;
    return this.attempt(`the events of pod ${pod}`, [], async () => {
      const answer = await readText(
        this.api,
        path,
        { fieldSelector: `involvedObject.uid=${uid}` },
        { ...this.limits, largest: LARGEST_EVENTS },
      );
      if (answer.status !== 200 || !answer.isWhole) {
        throw new Error(answer.isWhole ? `the API server returned status ${answer.status}` : 'there are too many');
      }
      return eventsOf(listAt(JSON.parse(answer.text), 'items'));
    });
  }

  private async log(pod: string, { name: container, isPrevious }: ContainerStatus): Promise<readonly string[]> {
    if (!(await this.mayRead)) {
      return [];
    }
    return this.attempt(`the log of container ${container} of pod ${pod}`, [], async () => {
      const read = async (previous: boolean) => {
        const query = { tailLines: String(MOST_LINES), limitBytes: String(LARGEST_LOG), ...(previous ? { previous: 'true' } : {}) };
        return readPodLog(this.api, { namespace: this.namespace, pod, container, query }, { ...this.limits, largest: LARGEST_LOG });
      };
      const first = await read(isPrevious);
      // The kubelet may have removed the log of the previous container.
      const answer = isPrevious && first.status === 400 ? await read(false) : first;
      // A container that has not started has no log.
      if (answer.status === 400 || answer.status === 404) {
        return [];
      }
      if (answer.status !== 200) {
        throw new Error(`the API server returned status ${answer.status}`);
      }
      return linesOf(answer.text);
    });
  }

  private async may(verb: string, what: string, name: string): Promise<boolean> {
    const [resource, subresource] = what.split('/') as [string, string | undefined];
    const late = new Promise<boolean>((_, failed) =>
      this.limits.signal.addEventListener('abort', () => failed(new Error(`no response within ${LONGEST_READ / 1_000} s`))),
    );
    const isGiven = await this.attempt(name, undefined, () =>
      Promise.race([isAllowed(this.api, { verb, group: '', resource, subresource, namespace: this.namespace }), late]),
    );
    if (isGiven === false) {
      this.missing.add(`${name} are not in the record: missing permission to ${verb} ${what} in ${this.namespace}`);
    }
    return isGiven === true;
  }

  private async attempt<T, U>(what: string, otherwise: U, task: () => Promise<T>): Promise<T | U> {
    try {
      return await task();
    } catch (error) {
      const verb = what.startsWith('the log of') ? 'is' : 'are';
      this.missing.add(`${what} ${verb} not in the record: ${plainText((error as Error).message)}`);
      return otherwise;
    }
  }
}
