import { Chance } from '../../../test/support/chance';
import type { Check, Evidence, Sample, VersionEvidence } from '../../src/core/traffic/evidence';
import type { RecordedFailure } from '../../src/core/rollout/failure';
import type { Decision, RecordedStage, RecordedStep, RunRecord } from '../../src/core/rollout/record';

const BEGIN = Date.parse('2026-03-02T14:00:00Z');
const PLAN = '5f1d7a84c2e0b9366f0a41d8e7b2c9555f1d7a84c2e0b9366f0a41d8e7b2c955';

/** The time at this second of a run. */
export const at = (second: number): string => new Date(BEGIN + second * 1000).toISOString();

/** What was read of a canary's pod that crashes. */
export const FAILURE: RecordedFailure = {
  at: at(100),
  folder: 'stage-25',
  track: 'canary',
  deployment: 'canary-2-dep',
  pods: [
    {
      name: 'canary-2-dep-1',
      containers: [
        {
          name: 'web',
          state: 'waiting: CrashLoopBackOff',
          isReady: false,
          restarts: 3,
          exit: { code: 1, reason: 'Error' },
          log: ['starting', 'panic: no route to db'],
        },
      ],
      events: [
        {
          at: at(90),
          type: 'Warning',
          reason: 'Unhealthy',
          message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
          count: 12,
        },
      ],
    },
  ],
  missing: ['the events of the pods are not in the record: missing permission to list events in demo'],
};

/** The parameters of a simulated stage. */
export interface StageLike {
  readonly folder: string;
  readonly asked: string;
  /** The canary's share, in percent. */
  readonly percent: number;
  readonly seconds: number;
  readonly errorPercent?: number;
  readonly p95?: number;
  /** Requests per second that get no response. */
  readonly lost?: number;
}

const REQUESTS = 20;

/** Simulated evidence of a stage, one sample per second, the same in every run. */
export function evidence(stage: StageLike, from: number, chance = new Chance(from + 1)): Evidence {
  const { percent, seconds, errorPercent = 0, p95 = 46, lost = 0 } = stage;
  const series: Sample[] = Array.from({ length: seconds }, (_, second) => {
    const canary = hits(chance, REQUESTS, percent);
    const errors = hits(chance, canary, errorPercent);
    const jitter = (middle: number) => middle + chance.between(-6, 9);
    return {
      second,
      versions: {
        '1.0': { requests: REQUESTS - canary, errors: 0, p95: canary === REQUESTS ? undefined : jitter(44) },
        '1.1': { requests: canary, errors, p95: canary === 0 ? undefined : jitter(p95) },
      },
      unknown: lost,
    };
  });
  const sum = (version: string, key: 'requests' | 'errors') => series.reduce((total, sample) => total + sample.versions[version]![key], 0);
  const all = seconds * REQUESTS;
  const row = (version: string, track: 'stable' | 'canary', slow: number): VersionEvidence => {
    const requests = sum(version, 'requests');
    const errors = sum(version, 'errors');
    const errorRate = requests === 0 ? 0 : errors / requests;
    return {
      version,
      track,
      requests,
      share: requests / all,
      shareInterval: around(requests / all, all),
      errors,
      errorRate,
      errorInterval: around(errorRate, requests),
      latency: requests === 0 ? undefined : { p50: slow / 2, p95: slow, p99: slow * 1.4, slowest: slow * 4 },
    };
  };
  const canary = row('1.1', 'canary', p95);
  return {
    from: at(from),
    until: at(from + seconds),
    source: 'http://192.0.2.10:8080/',
    versions: [row('1.0', 'stable', 44), canary],
    unknown: lost === 0 ? { requests: 0, kinds: {} } : { requests: lost * seconds, kinds: { refused: lost * seconds - 3, timeout: 3 } },
    share: { expected: stage.asked, seen: canary.share, pValue: 0.41, agrees: true },
    series,
    stepSeconds: 1,
  };
}

/** Draws how many of the requests fall into a share of this many percent. */
function hits(chance: Chance, requests: number, percent: number): number {
  let count = 0;
  for (let n = 0; n < requests; n += 1) {
    count += chance.below(100) < percent ? 1 : 0;
  }
  return count;
}

/** A normal approximation of the exact interval, which is close enough for a picture. */
function around(share: number, of: number): readonly [number, number] {
  const half = of === 0 ? 1 : 1.96 * Math.sqrt((share * (1 - share)) / of) + 1 / of;
  return [Math.max(0, share - half), Math.min(1, share + half)];
}

/** The record of the tutorial's rollout before the first step. */
export const EMPTY: RunRecord = {
  version: 1,
  id: '20260302-140000-6f3a',
  tool: 'kubectl-canary 0.1.0',
  command: 'kubectl canary run dist --auto --hold 5m --url http://192.0.2.10:8080/',
  by: 'dana@ops-7',
  context: 'production',
  namespace: 'demo',
  plan: PLAN,
  pairs: [
    {
      path: 'canary/servicedemo',
      namespace: 'demo',
      service: 'canary-svc',
      router: 'pods',
      stable: { deployment: 'canary-1-dep', version: '1.0' },
      canary: { deployment: 'canary-2-dep', version: '1.1' },
    },
  ],
  startedAt: at(0),
  endedAt: undefined,
  outcome: undefined,
  steps: [],
  stages: [],
  decisions: [],
};

const OBJECTS = [
  ['v1', 'Service', 'canary-svc'],
  ['apps/v1', 'Deployment', 'canary-1-dep'],
  ['apps/v1', 'Deployment', 'canary-2-dep'],
] as const;

export function step(folder: string, from: number, seconds: number, pods: readonly [number, number], changes = 'ucu'): RecordedStep {
  const words = { u: 'unchanged', c: 'changed', n: 'created', d: 'deleted' } as const;
  return {
    folder,
    direction: folder.startsWith('rollback') || folder === 'stage-0' ? 'rollback' : 'advance',
    startedAt: at(from),
    endedAt: at(from + seconds),
    objects: OBJECTS.map(([apiVersion, kind, name], n) => ({
      object: { apiVersion, kind, namespace: 'demo', name },
      change: words[changes[n] as keyof typeof words],
    })),
    fewestReady: pods[0],
    mostPods: pods[1],
  };
}

export function stage(like: StageLike, from: number): RecordedStage {
  const seen = evidence(like, from + 1);
  const checks = checksOf(seen);
  const verdicts = checks.map(({ verdict }) => verdict);
  return {
    folder: like.folder,
    asked: like.asked,
    settledAt: at(from),
    leftAt: at(from + like.seconds + 2),
    evidence: seen,
    verdict: { verdict: (['fail', 'inconclusive'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'pass', checks },
  };
}

/** Sentences in the form of the gates' messages; the gates themselves are not used here. */
function checksOf({ versions, share }: Evidence): readonly Check[] {
  const [stable, canary] = [versions[0]!, versions[1]!];
  const failures = ({ errorRate, errors, requests }: VersionEvidence) =>
    `${(errorRate * 100).toFixed(1)} % (${errors} of ${requests.toLocaleString('en-US')})`;
  const slow = (canary.latency?.p95 ?? 0) / (stable.latency?.p95 ?? 44);
  return [
    {
      name: 'errors',
      verdict: canary.errorRate > 0.01 ? 'fail' : 'pass',
      why: `canary ${failures(canary)}, stable ${failures(stable)}; p = ${canary.errorRate > 0.01 ? '1e-38' : '1'}`,
    },
    {
      name: 'latency p95',
      verdict: slow > 1.5 ? 'inconclusive' : 'pass',
      why: `canary ${canary.latency?.p95} ms, stable ${stable.latency?.p95 ?? 'no'} ms; ${slow.toFixed(1)} times stable, up to 1.5 is allowed`,
    },
    { name: 'share', verdict: 'pass', why: `expected ${share!.expected}, seen ${(canary.share * 100).toFixed(1)} %; p = 0.41` },
  ];
}

export function decision(second: number, folder: string, what: Decision['decision'], by: Decision['by'], why: string): Decision {
  return { at: at(second), folder, by, decision: what, why };
}

const GOOD = 'errors, latency and share passed over 5 minutes';

/** A run through all stages, up to the promotion. */
export const PROMOTED: RunRecord = {
  ...EMPTY,
  endedAt: at(1388),
  outcome: {
    result: 'promoted',
    exitCode: 0,
    folder: 'promoted',
    why: 'Every stage passed its checks, and canary-2-dep with version 1.1 is now the stable Deployment, with 3 pods ready.',
  },
  steps: [
    step('stage-10-up', 4, 24, [3, 9]),
    step('stage-10', 29, 9, [9, 10], 'uuc'),
    step('stage-25', 342, 14, [4, 10]),
    step('stage-50', 660, 12, [4, 6], 'uuc'),
    step('stage-100', 976, 31, [6, 9], 'ucc'),
    step('promoted', 1350, 36, [3, 6], 'uuc'),
  ],
  stages: [
    stage({ folder: 'stage-10', asked: '1/10', percent: 10, seconds: 300 }, 38),
    stage({ folder: 'stage-25', asked: '1/4', percent: 25, seconds: 300 }, 356),
    stage({ folder: 'stage-50', asked: '1/2', percent: 50, seconds: 300 }, 672),
    stage({ folder: 'stage-100', asked: '1', percent: 100, seconds: 300 }, 1007),
  ],
  decisions: [
    decision(339, 'stage-10', 'go on', 'gates', GOOD),
    decision(657, 'stage-25', 'go on', 'gates', GOOD),
    decision(974, 'stage-50', 'go on', 'gates', GOOD),
    decision(1308, 'stage-100', 'go on', 'person', 'dana answered yes to “promote 1.1?”'),
  ],
};

/** A run with one healthy stage, then errors and a rollback. */
export const ROLLED_BACK: RunRecord = {
  ...EMPTY,
  failures: [FAILURE],
  endedAt: at(566),
  outcome: {
    result: 'rolled-back',
    exitCode: 3,
    folder: 'stage-0',
    why: 'At stage-25 the canary failed 18.4 % of its requests and stable none, so all traffic is on 1.0 again.',
  },
  steps: [
    step('stage-10-up', 4, 24, [3, 9]),
    step('stage-10', 29, 9, [9, 10], 'uuc'),
    step('stage-25', 342, 14, [4, 10]),
    step('stage-0', 545, 20, [3, 4], 'uuc'),
  ],
  stages: [
    stage({ folder: 'stage-10', asked: '1/10', percent: 10, seconds: 300 }, 38),
    stage({ folder: 'stage-25', asked: '1/4', percent: 25, seconds: 180, errorPercent: 20, p95: 131, lost: 1 }, 356),
  ],
  decisions: [
    decision(339, 'stage-10', 'go on', 'gates', GOOD),
    decision(538, 'stage-25', 'roll back', 'gates', 'errors: canary 18.4 % (163 of 887), stable 0.0 % (0 of 2,713); p = 1e-38'),
  ],
};

/** A run that was killed on the way to the second stage. */
export const UNFINISHED: RunRecord = {
  ...PROMOTED,
  endedAt: undefined,
  outcome: undefined,
  steps: [...PROMOTED.steps.slice(0, 2), { ...PROMOTED.steps[2]!, endedAt: undefined, fewestReady: undefined, mostPods: undefined }],
  stages: PROMOTED.stages.slice(0, 1),
  decisions: PROMOTED.decisions.slice(0, 1),
};

/** A run that the user asked to stop at one stage. */
export const ONE_STAGE: RunRecord = {
  ...PROMOTED,
  outcome: { result: 'at-stage', exitCode: 0, folder: 'stage-100', why: 'That was asked for.' },
  steps: PROMOTED.steps.slice(0, 1),
  stages: PROMOTED.stages.slice(3),
  decisions: [],
};

/** A run of two days, with one sample per second for a third of that time. */
export const TWO_DAYS: RunRecord = {
  ...PROMOTED,
  endedAt: at(180_000),
  stages: [1, 2, 3].map((n) => stage({ folder: `stage-${n}0`, asked: `${n}/10`, percent: 10 * n, seconds: 20_000 }, (n - 1) * 60_000)),
};
