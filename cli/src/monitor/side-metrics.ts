import type { Unit } from '../core/prometheus/promql';

/** Numbers of both tracks, side by side, from anything but the requests. */
export interface MetricsRow {
  readonly name: string;
  readonly unit: Unit;
  readonly stable: number | undefined;
  readonly canary: number | undefined;
  /** Why a number is missing. */
  readonly why?: string;
}

/** What one source says. */
export interface MetricsReading {
  /** `logs`, `metrics.k8s.io`, `Prometheus at …`. */
  readonly source: string;
  readonly rows: readonly MetricsRow[];
  /** Lines that illustrate the numbers, by track. */
  readonly examples?: Readonly<Record<'stable' | 'canary', readonly string[]>>;
}

/** Something besides requests that tells versions apart. */
export interface SideMetrics {
  /** Reads it now. It never throws: what cannot be read is a row without numbers. */
  read(): Promise<MetricsReading>;
}

const TRACKS = ['stable', 'canary'] as const;
export type Track = (typeof TRACKS)[number];

/** Reads both tracks at once; what fails is a row without numbers. */
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
