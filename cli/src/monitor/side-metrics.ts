import type { Unit } from '../core/prometheus/promql';

/** A metric of both tracks, side by side, from a source other than the requests. */
export interface MetricsRow {
  readonly name: string;
  readonly unit: Unit;
  readonly stable: number | undefined;
  readonly canary: number | undefined;
  /** Why a value is missing. */
  readonly why?: string;
}

/** The result of one source. */
export interface MetricsReading {
  /** `logs`, `metrics.k8s.io`, `Prometheus at …`. */
  readonly source: string;
  readonly rows: readonly MetricsRow[];
  /** Log lines that illustrate the numbers, by track. */
  readonly examples?: Readonly<Record<'stable' | 'canary', readonly string[]>>;
}

/** A source, besides the requests, of metrics that compare the versions. */
export interface SideMetrics {
  /** Reads the metrics. It never throws: a metric that cannot be read becomes a row without numbers. */
  read(): Promise<MetricsReading>;
}

const TRACKS = ['stable', 'canary'] as const;
export type Track = (typeof TRACKS)[number];

/** Reads both tracks in parallel. A failed read becomes a row without numbers. */
export async function readBoth<T>(
  read: (track: Track) => Promise<T>,
): Promise<{ readonly stable: T; readonly canary: T } | { readonly why: string }> {
  try {
    const [stable, canary] = await Promise.all(TRACKS.map(read));
    return { stable: stable!, canary: canary! };
  } catch (error) {
    return { why: (error as Error).message };
  }
}
