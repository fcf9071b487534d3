import type { Evidence } from '../core/traffic/evidence';
import type { RecordedStage } from '../core/rollout/record';
import { isNumber } from './numbers';
import { type Span, moment, roundStep } from './time';

/** The traffic in one bin, a period of time at one stage. */
export interface Bin extends Span {
  /** The folder of the stage, and the index of the stage in the record. */
  readonly folder: string;
  readonly stage: number;
  readonly versions: ReadonlyMap<string, BinVersion>;
  readonly unknown: number;
}

export interface BinVersion {
  readonly requests: number;
  readonly errors: number;
  /** The highest p95 in the bin: percentiles cannot be added. */
  readonly p95: number | undefined;
}

/** A version of the release, as a line of a chart. */
export interface Line {
  readonly version: string;
  readonly track: 'stable' | 'canary';
}

/** The versions in the evidence, stable first. */
export function lines(stages: readonly RecordedStage[]): readonly Line[] {
  const found = new Map<string, Line>();
  for (const { version, track } of stages.flatMap(({ evidence }) => evidence?.versions ?? [])) {
    found.set(version, found.get(version) ?? { version, track });
  }
  return [...found.values()].sort((a, b) => Number(a.track === 'canary') - Number(b.track === 'canary'));
}

/**
 * Groups the samples of all stages into about the given number of bins: a line with more is no clearer, and a run of
 * a day at one sample a second would make a page of megabytes. A bin never spans two stages.
 */
export function bins(stages: readonly RecordedStage[], most: number): readonly Bin[] {
  const seconds = stages.reduce((sum, { evidence }) => sum + (evidence?.series.at(-1)?.second ?? 0) + (evidence?.stepSeconds ?? 0), 0);
  const width = roundStep((seconds * 1000) / most);
  return stages.flatMap((stage, n) => binsOf(stage, n, width));
}

function binsOf({ folder, evidence }: RecordedStage, stage: number, width: number): readonly Bin[] {
  const start = moment(evidence?.from);
  if (!evidence || start === undefined) {
    return [];
  }
  if (evidence.series.length === 0) {
    return sumOf(folder, stage, evidence, start);
  }
  const step = evidence.stepSeconds * 1000;
  const groups = new Map<number, { second: number; last: number; unknown: number; versions: Map<string, BinVersion> }>();
  for (const { second, versions, unknown } of evidence.series) {
    const key = Math.floor((second * 1000) / Math.max(width, step));
    const group = groups.get(key) ?? { second, last: second, unknown: 0, versions: new Map<string, BinVersion>() };
    groups.set(key, group);
    group.last = second;
    group.unknown += unknown;
    for (const [version, { requests, errors, p95 }] of Object.entries(versions)) {
      const sum = group.versions.get(version);
      const worst = [sum?.p95, p95].filter(isNumber);
      group.versions.set(version, {
        requests: (sum?.requests ?? 0) + requests,
        errors: (sum?.errors ?? 0) + errors,
        p95: worst.length > 0 ? Math.max(...worst) : undefined,
      });
    }
  }
  return [...groups.values()].map(({ second, last, unknown, versions }) => ({
    folder,
    stage,
    from: start + second * 1000,
    until: start + last * 1000 + step,
    versions,
    unknown,
  }));
}

/** A whole stage as one bin, for a source that has no samples over time. */
function sumOf(folder: string, stage: number, { until, versions, unknown }: Evidence, from: number): readonly Bin[] {
  const rows = versions.map(({ version, requests, errors, latency }) => [version, { requests, errors, p95: latency?.p95 }] as const);
  return [{ folder, stage, from, until: moment(until) ?? from, versions: new Map(rows), unknown: unknown.requests }];
}

/** The number of requests that any version answered, and how many of them the canary answered. */
export function answered(bin: Bin, all: readonly Line[]): { readonly all: number; readonly canary: number } {
  const requests = (some: readonly Line[]) => some.reduce((sum, { version }) => sum + (bin.versions.get(version)?.requests ?? 0), 0);
  return { all: requests(all), canary: requests(all.filter(({ track }) => track === 'canary')) };
}
