import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence, Verdict } from '../../../../cli/src/core/evidence';
import { StageGates } from '../../../../cli/src/core/gates/gates';
import { timesOf } from '../../../../cli/src/core/quantiles';
import type { RecordedStage, RunRecord } from '../../../../cli/src/core/record';
import { CanaryPair, IstioVirtualService } from '../../../../lib';
import { CommandEnd, canary } from '../../kit/command';
import { figure, percent } from '../../kit/figures';
import { operator } from '../../kit/operator';
import { Prometheus, histogramText, startPrometheus } from '../../kit/prometheus';
import { documentedRules } from '../../kit/roles';
import { scenario } from '../../kit/scenario';
import { Space } from '../../kit/space';
import { Tree, committed, tutorial } from '../../kit/trees';
import { Walk, pause } from '../../kit/walk';

/**
 * Gates that are decided by what a real Prometheus counts. What it scrapes is a text in the form of Istio's proxies and of ingress-nginx,
 * and says what each test wants to have happened.
 */

/** The labels of the target: where a metric has the same ones, its own become `exported_`, as those of ingress-nginx do. */
const TARGET = { namespace: 'ingress-nginx', service: 'ingress-nginx-controller' };

/** Seconds until a server that was started has its first scrapes: it looks for targets every five. */
const SCRAPED = 10;

interface Canary {
  /** Errors of a hundred requests; stable has one. */
  readonly errors?: number;
  /** How many times as long as stable's its answers take. */
  readonly slower?: number;
}

interface Seen {
  readonly status: number | null;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly notes: readonly string[];
}

const seenIn = ({ status, stdout, stderr }: CommandEnd): Seen => {
  const last = stdout.trim().split('\n').at(-1)!;
  if (last === '') {
    throw new Error(`kubectl canary monitor ended with ${status} and said nothing: ${stderr}`);
  }
  return { status, ...(JSON.parse(last) as Omit<Seen, 'status'>) };
};

/** Runs the command on the node, where the server is. */
const typed = (space: Space, tree: Tree, words: readonly string[], kubeconfig = process.env['KUBECONFIG']!) =>
  canary([...words, '--dir', tree.folder, '--namespace', space.name, '-o', 'json'], { kubeconfig, timeout: 280 });

const checksOf = ({ verdict }: Seen) => Object.fromEntries(verdict.checks.map((check) => [check.name, check.verdict]));
const countsOf = ({ evidence }: Seen) => evidence.versions.map(({ requests, errors }) => [requests, errors]);

function tell(what: string, words: string, { evidence, verdict }: Seen): void {
  const [stable, canary_] = evidence.versions;
  figure('Gates by Prometheus', {
    canary: what,
    counted: words,
    verdict: verdict.verdict,
    seconds: Math.round((Date.parse(evidence.until) - Date.parse(evidence.from)) / 1000),
    requests: stable!.requests + canary_!.requests,
    'canary errors': percent(canary_!.errorRate),
    'p95 (ms)': `${Math.round(stable!.latency?.p95 ?? 0)} and ${Math.round(canary_!.latency?.p95 ?? 0)}`,
  });
}

/** A server that counts this traffic for as long as something goes on, and has counted for a while. */
async function counting<T>(space: Space, canary_: Canary, body: (server: Prometheus) => Promise<T>): Promise<T> {
  const begin = Date.now();
  const server = await startPrometheus(() => metricsText(space.name, 3_600 + Math.floor((Date.now() - begin) / 1000), canary_), TARGET);
  try {
    await pause(SCRAPED);
    return await body(server);
  } finally {
    await server.stop();
  }
}

/** The counters that a gateway of one's own might have: here those of Istio, by name. */
const OWN = [
  ...['--traffic', 'queries'],
  ...[
    '--counter',
    'requests=istio_requests_total{reporter="source",destination_service_namespace="{{namespace}}",destination_version="{{version}}"}',
  ],
  ...[
    '--counter',
    'errors=istio_requests_total{reporter="source",destination_service_namespace="{{namespace}}",destination_version="{{version}}",response_code=~"5.."} # of a server',
  ],
  ...[
    '--counter',
    'milliseconds=istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace="{{namespace}}",destination_version="{{version}}"}',
  ],
];

const SOURCES: readonly (readonly [name: string, words: readonly string[]])[] = [
  ['istio', ['--traffic', 'istio']],
  ['ingress-nginx', ['--traffic', 'ingress-nginx']],
  ['queries', OWN],
];

scenario(
  'monitor decides by what is counted: equal versions pass, 5 % errors against 1 % fail, and so does a canary three times as slow by its buckets',
  async (space) => {
    const tree = committed.pods();
    const walk = await Walk.from(space, tree, 'stage-25');
    await walk.rest();
    const cases: readonly (readonly [string, Canary, number, Record<string, string>])[] = [
      ['as good as stable', {}, 0, { errors: 'pass', 'latency p95': 'pass' }],
      ['5 % errors', { errors: 5 }, 1, { errors: 'fail' }],
      ['three times as slow', { slower: 3 }, 1, { 'latency p95': 'fail' }],
    ];
    for (const [what, canary_, status, checks] of cases) {
      await counting(space, canary_, async ({ url }) => {
        for (const [name, words] of SOURCES) {
          const found = seenIn(
            await typed(space, tree, ['monitor', '--until-decided', '--duration', '60s', '--prometheus', url, ...words]),
          );
          tell(what, name, found);
          expect({ what, name, status: found.status, checks: checksOf(found) }).toMatchObject({ status, checks });
          expect(found.evidence.source).toBe(`Prometheus at ${new URL(url).host} (${name})`);
          expect(found.notes).toEqual([
            'no route divides these requests one by one, and those of one connection go to one pod, so no share is judged',
          ]);
          // A second of both is 900 and 300 requests, whoever else has counted them.
          const [stable, others] = found.evidence.versions;
          expect(stable!.requests).toBe(3 * others!.requests);
          // And none of the hour before.
          expect(stable!.requests).toBeLessThan(60 * 900);
          expect(stable!.errorRate).toBeCloseTo(0.01, 3);
        }
      });
    }
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  'what is away comes back with what it counted since, what begins again counts anew, and what is new counts in full',
  async (space) => {
    const tree = committed.pods();
    const labels = (version: string, code: string) =>
      `istio_requests_total{reporter="source",source_workload="web",destination_service_name="canary-svc",destination_service_namespace="${space.name}",destination_version="${version}",response_code="${code}"}`;
    const text = (stable: number, canary_: number, errors?: number) =>
      [
        `${labels('1.0', '200')} ${stable}`,
        `${labels('1.1', '200')} ${canary_}`,
        ...(errors === undefined ? [] : [`${labels('1.1', '503')} ${errors}`]),
        '',
      ].join('\n');
    let said = text(1_000, 100);
    const server = await startPrometheus(() => said, TARGET);
    try {
      // The hour before is looked at in steps of a quarter of a minute.
      await pause(SCRAPED + 16);
      // Not scraped while it is begun: what is not there just then has a past all the same.
      said = '';
      await pause(3);
      const words = [
        'monitor',
        '--traffic',
        'istio',
        '--expect',
        'none',
        '--fail-on',
        'none',
        '--duration',
        '40s',
        '--prometheus',
        server.url,
      ];
      const measuring = typed(space, tree, words);
      await pause(8);
      said = text(1_010, 105);
      await pause(8);
      said = text(3, 2);
      await pause(8);
      said = text(4, 2, 6);
      const found = seenIn(await measuring);
      expect({ status: found.status, counts: countsOf(found) }).toEqual({
        status: 0,
        counts: [
          [10 + 3 + 1, 0],
          [5 + 2 + 6, 6],
        ],
      });
    } finally {
      await server.stop();
    }
  },
  { needs: ['load'] },
);

scenario(
  "the share that is expected of what Istio counts is the route's, and the reader's rights are enough for it",
  async (space) => {
    const tree = tutorial({
      pair: { accept: { 'load-balancer-bypasses-route': 'requests come from inside the mesh' } },
      beside: (chart) =>
        void new IstioVirtualService(chart, 'route', {
          pair: chart.node.findChild('servicedemo') as CanaryPair,
          name: 'canary-vs',
          destinationRuleName: 'canary-dr',
        }),
    });
    await space.withoutPods();
    await space.apply(tree.path('stage-25'));
    const reader = await operator(space, documentedRules('reader'));
    const kubeconfig = reader.kubeconfig();
    await counting(space, {}, async ({ url }) => {
      const words = ['monitor', '--until-decided', '--duration', '150s', '--traffic', 'istio', '--prometheus', url];
      // Side by side: what is counted may be as old as a minute and a half, and before that no share is expected of it.
      const [right, wrong] = await Promise.all([
        typed(space, tree, words, kubeconfig),
        typed(space, tree, [...words, '--fail-on', 'share', '--expect', '1/2'], kubeconfig),
      ]);
      const found = seenIn(right);
      tell('as good as stable, a quarter by route', 'istio', found);
      expect({ status: found.status, checks: checksOf(found), notes: found.notes }).toEqual({
        status: 0,
        checks: { errors: 'pass', 'latency p95': 'pass', share: 'pass' },
        notes: [],
      });
      expect(found.evidence.share).toMatchObject({ expected: '1/4', agrees: true });
      expect(seenIn(wrong)).toMatchObject({ status: 1, evidence: { share: { expected: '1/2', agrees: false } } });
      expect(checksOf(seenIn(wrong))).toMatchObject({ share: 'fail' });
    });
  },
  { needs: ['istio', 'load'] },
);

/** What the gates said of a stage, and what they say again when they are given what the record has. */
function again({ gates, evidence }: RecordedStage): Verdict {
  const { settings, stages, isAlone, blocks } = gates!;
  const asked = new StageGates(settings, stages, isAlone);
  blocks.forEach((block) => asked.add(block));
  const times = (track: string) => timesOf(evidence!.versions.find((row) => row.track === track)!.latency);
  return asked.verdict({ stable: times('stable'), canary: times('canary') });
}

/** A run to its end, and its record. */
async function auto(space: Space, tree: Tree, url: string): Promise<{ readonly end: CommandEnd; readonly record: RunRecord }> {
  const folder = mkdtempSync(join(tmpdir(), 'canary-record-'));
  const end = await typed(space, tree, ['run', '--auto', '--hold', '5s', '--traffic', 'istio', '--prometheus', url, '--record', folder]);
  const record = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!, 'run.json'), 'utf8')) as RunRecord;
  return { end, record };
}

scenario(
  'run --auto by what is counted: nothing is written where nobody counts, a good canary is promoted, and it sends no request',
  async (space) => {
    const tree = committed.pods();
    const walk = await Walk.from(space, tree, 'stage-0');
    const all = () => space.kubectl('get', 'deployments,services,leases', '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
    const before = await all();
    const nobody = await typed(space, tree, ['run', '--auto', '--no-record', '--traffic', 'istio', '--prometheus', 'http://127.0.0.1:1']);
    expect({ status: nobody.status, said: nobody.stderr }).toEqual({
      status: 3,
      said: expect.stringContaining('Prometheus: 127.0.0.1:1: connect ECONNREFUSED') as string,
    });
    await counting(space, {}, async ({ url }) => {
      const wrong = ['--traffic', 'queries', '--counter', 'requests=sum(', '--counter', 'errors=up'];
      const refused = await typed(space, tree, ['run', '--auto', '--no-record', '--prometheus', url, ...wrong]);
      expect({ status: refused.status, said: refused.stderr }).toEqual({
        status: 2,
        said: expect.stringMatching(/the requests of stable: Prometheus at .* answers: .*parse error/) as string,
      });
      expect(await all()).toBe(before);
      const { end, record } = await auto(space, tree, url);
      expect({ status: end.status, said: end.stderr }).toMatchObject({ status: 0 });
      expect(record.outcome!.result).toBe('promoted');
      expect(record.decisions.map(({ folder, by, decision }) => `${folder} ${decision} by ${by}`)).toEqual(
        ['stage-10', 'stage-25', 'stage-50', 'stage-100'].map((folder) => `${folder} go on by gates`),
      );
      for (const stage of record.stages.filter(({ evidence }) => evidence)) {
        expect(stage.evidence!.source).toBe(`Prometheus at ${new URL(url).host} (istio)`);
        expect(again(stage)).toEqual(stage.verdict);
      }
    });
    await walk.stop();
  },
  { needs: ['load'], limit: 420 },
);

scenario(
  'run --auto by what is counted: a canary with 5 % errors is rolled back',
  async (space) => {
    const tree = committed.pods();
    const walk = await Walk.from(space, tree, 'stage-0');
    await counting(space, { errors: 5 }, async ({ url }) => {
      const { end, record } = await auto(space, tree, url);
      expect({ status: end.status, said: end.stderr }).toMatchObject({ status: 7 });
      expect(record.outcome).toMatchObject({ result: 'rolled-back', folder: 'stage-0' });
      const last = record.decisions.at(-1)!;
      expect(last).toMatchObject({ folder: 'stage-10', by: 'gates', decision: 'roll back' });
      expect(last.why).toMatch(/^errors: canary 5\.0 % .*, stable 1\.0 %/);
      figure('Gates by Prometheus', {
        canary: '5 % errors, run --auto',
        counted: 'istio',
        verdict: 'fail',
        seconds: Math.round((Date.parse(last.at) - Date.parse(record.stages[0]!.settledAt)) / 1000),
      });
    });
    await walk.stop();
  },
  { needs: ['load'] },
);

/** What is counted after so many seconds: 900 requests a second to stable and 300 to the canary, an error in a hundred, half of 20 ms and half of 40. */
function metricsText(namespace: string, seconds: number, { errors = 1, slower = 1 }: Canary): string {
  const lines: string[] = [];
  for (const [version, hundreds, failing, factor] of [
    ['1.0', 9 * seconds, 1, 1],
    ['1.1', 3 * seconds, errors, slower],
  ] as const) {
    const answers = (100 - failing) * hundreds;
    const buckets = (scale: number) =>
      Object.fromEntries(
        [5, 10, 25, 50, 100, 250, Infinity].map((end) => {
          const part = [20, 40].filter((time) => time * factor <= end).length / 2;
          return [end === Infinity ? '+Inf' : String(end * scale), Math.floor(part * answers)];
        }),
      );
    // The client's proxy counts each request, and so does the server's: one of them is enough.
    for (const reporter of ['source', 'destination']) {
      const istio = `reporter="${reporter}",source_workload="web",destination_service_name="canary-svc",destination_service_namespace="${namespace}",destination_version="${version}"`;
      lines.push(`istio_requests_total{${istio},response_code="200"} ${answers}`);
      lines.push(`istio_requests_total{${istio},response_code="503"} ${failing * hundreds}`);
      lines.push(histogramText('istio_request_duration_milliseconds', `${istio},response_code="200"`, buckets(1)));
      // A version that fails fast must not look fast.
      lines.push(
        histogramText('istio_request_duration_milliseconds', `${istio},response_code="503"`, {
          '5': failing * hundreds,
          '+Inf': failing * hundreds,
        }),
      );
    }
    const nginx = `namespace="${namespace}",ingress="shop",service="canary-svc",canary="${version === '1.0' ? '' : `${namespace}-canary-svc-8080`}",host="shop.example",method="GET",path="/"`;
    lines.push(`nginx_ingress_controller_requests{${nginx},status="200"} ${answers}`);
    lines.push(`nginx_ingress_controller_requests{${nginx},status="503"} ${failing * hundreds}`);
    lines.push(histogramText('nginx_ingress_controller_request_duration_seconds', `${nginx},status="200"`, buckets(0.001)));
  }
  return `${lines.join('\n')}\n`;
}
