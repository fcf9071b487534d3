import { type Api, ApiError } from '../cluster/api';
import { quantityOf } from '../../../lib/core/quantity';
import { type Resource, listAt, textAt } from '../core/resource';
import type { Tracks } from './expected';
import type { MetricsReading, MetricsRow, SideMetrics, Track } from './side-metrics';

/** CPU and memory of the pods, by track, from metrics.k8s.io. Needs `list` of `pods.metrics.k8s.io`. */
export class UsageMetrics implements SideMetrics {
  constructor(
    private readonly api: Api,
    private readonly tracks: Tracks,
    private readonly namespace: string,
    private readonly deployments: Readonly<Record<Track, string>>,
  ) {}

  async read(): Promise<MetricsReading> {
    const source = 'metrics.k8s.io';
    let items: readonly Resource[];
    try {
      const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(this.namespace)}/pods`;
      items = listAt(await this.api.get(path), 'items');
    } catch (error) {
      const why = missing(error);
      return { source, rows: ['CPU', 'memory'].map((name) => ({ name, unit: '', stable: undefined, canary: undefined, why })) };
    }
    const used = (name: string, unit: MetricsRow['unit'], resource: string): MetricsRow => {
      const of = (track: Track) => sum(items, new Set(this.tracks.pods(this.deployments[track]).map(nameOf)), resource);
      const [stable, canary] = [of('stable'), of('canary')];
      return { name, unit, stable, canary, ...(stable === undefined || canary === undefined ? { why: 'no data' } : {}) };
    };
    return { source, rows: [used('CPU', 'cores', 'cpu'), used('memory', 'bytes', 'memory')] };
  }
}

function missing(error: unknown): string {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 404 || status === 503) {
    return 'this cluster does not serve metrics.k8s.io; install metrics-server';
  }
  return status === 403 ? 'missing permission: list pods.metrics.k8s.io' : (error as Error).message;
}

const nameOf = (pod: Resource) => textAt(pod, 'metadata', 'name');

/** The total usage of the pods; undefined if none of them has data. */
function sum(items: readonly Resource[], names: ReadonlySet<string | undefined>, resource: string): number | undefined {
  const containers = items.filter((item) => names.has(nameOf(item))).flatMap((item) => listAt(item, 'containers'));
  const values = containers.map((container) => quantityOf(textAt(container, 'usage', resource) ?? ''));
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}
