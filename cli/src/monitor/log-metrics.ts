import type { Api } from '../cluster/api';
import { type MatchedLines, addedLines, matchedLines } from '../core/traffic/log-lines';
import { type Resource, listAt, textAt } from '../core/resource';
import type { Tracks } from './expected';
import { readPodLog } from './pod-log';
import { type MetricsReading, type SideMetrics, type Track, readBoth } from './side-metrics';

export interface LogOptions {
  readonly namespace: string;
  readonly deployments: Readonly<Record<Track, string>>;
  /** The pattern of an error line. */
  readonly pattern: RegExp;
  /** An ISO 8601 timestamp; earlier lines are ignored. */
  readonly since: string;
  /** Milliseconds until the log of a container must be read; 0 for no limit. */
  readonly timeout: number;
}

/** The most bytes that are read of one container's log. */
const LARGEST_LOG = 16 * 1024 * 1024;

/** Counts the lines of the pods' logs that look like errors, by track. Needs `get` of `pods/log`. */
export class LogMetrics implements SideMetrics {
  constructor(
    private readonly api: Api,
    private readonly tracks: Tracks,
    private readonly options: LogOptions,
  ) {}

  async read(): Promise<MetricsReading> {
    const { deployments } = this.options;
    const found = await readBoth((track) => this.ofPods(this.tracks.pods(deployments[track])));
    const source = 'logs';
    if ('why' in found) {
      return { source, rows: [{ name: 'lines that match', unit: '', stable: undefined, canary: undefined, why: found.why }] };
    }
    const row = (name: string, pick: (lines: MatchedLines) => number) =>
      ({ name, unit: '', stable: pick(found.stable), canary: pick(found.canary) }) as const;
    return {
      source,
      rows: [row('log lines', ({ lines }) => lines), row('lines that match', ({ matched }) => matched)],
      examples: { stable: found.stable.examples, canary: found.canary.examples },
    };
  }

  private async ofPods(pods: readonly Resource[]): Promise<MatchedLines> {
    const parts: MatchedLines[] = [];
    // Read the logs one at a time: they are large, and nothing waits for them.
    for (const pod of pods) {
      for (const container of listAt(pod, 'spec', 'containers')) {
        parts.push(await this.ofContainer(textAt(pod, 'metadata', 'name') ?? '', textAt(container, 'name') ?? ''));
      }
    }
    return addedLines(parts);
  }

  private async ofContainer(pod: string, container: string): Promise<MatchedLines> {
    const { namespace, since, timeout, pattern } = this.options;
    const query = { sinceTime: since, timestamps: 'true', limitBytes: String(LARGEST_LOG) };
    const { status, text } = await readPodLog(this.api, { namespace, pod, container, query }, { timeout, largest: LARGEST_LOG });
    // A container that has not started has no log, and the pod may have been deleted.
    if (status === 400 || status === 404) {
      return { lines: 0, matched: 0, examples: [] };
    }
    if (status !== 200) {
      throw new Error(status === 403 ? 'missing permission: get pods/log' : `reading the log of ${pod} failed with status ${status}`);
    }
    return matchedLines(text, pattern, since);
  }
}
