import { type CanaryPair, IstioVirtualService } from '../../../../lib';
import { type Canary, SCRAPED, TARGET, counting, typed } from '../../kit/counted-traffic';
import { figure, percent } from '../../kit/figures';
import { operator } from '../../kit/operator';
import { startPrometheus } from '../../kit/prometheus';
import { documentedRules } from '../../kit/roles';
import { scenario } from '../../kit/scenario';
import { committed, tutorial } from '../../kit/trees';
import { type Seen, checksOf, seenIn } from '../../kit/verdicts';
import { Walk, pause } from '../../kit/walk';

// Tests of `monitor` and its gates with the counters of a real Prometheus.

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

/** Options for custom queries, as for a user's own gateway. The metrics are those of Istio. */
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
  'monitor decides by counters: equal versions pass, 5 % errors against 1 % fail, and a canary three times as slow by its buckets fails',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    await walk.rest();
    const cases: readonly (readonly [string, Canary, number, Record<string, string>])[] = [
      ['as good as stable', {}, 0, { errors: 'pass', 'latency p95': 'pass' }],
      ['5 % errors', { errors: 5 }, 1, { errors: 'fail' }],
      ['three times as slow', { slower: 3 }, 1, { 'latency p95': 'fail' }],
    ];
    for (const [what, canary_, status, checks] of cases) {
      await counting(namespace, canary_, async ({ url }) => {
        const monitor = (words: readonly string[]) =>
          typed(namespace, tree, ['monitor', '--until-decided', '--duration', '60s', '--prometheus', url, ...words]);
        const ends = await Promise.all(SOURCES.map(([, words]) => monitor(words)));
        for (const [n, [name]] of SOURCES.entries()) {
          const found = seenIn(ends[n]!);
          tell(what, name, found);
          expect({ what, name, status: found.status, checks: checksOf(found) }).toMatchObject({ status, checks });
          expect(found.evidence.source).toBe(`Prometheus at ${new URL(url).host} (${name})`);
          expect(found.notes).toEqual([
            'the share is not checked: no route divides these requests one by one, and all requests of a connection go to one pod',
          ]);
          // Stable gets 900 requests a second and the canary 300, no matter which other proxies count them too.
          const [stable, others] = found.evidence.versions;
          expect(stable!.requests).toBe(3 * others!.requests);
          // The requests of the hour before the start must not be counted.
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
  'a missing series counts its increase when it returns, a counter that is reset counts from 0, and a new series counts in full',
  async (namespace) => {
    const tree = committed.pods();
    const labels = (version: string, code: string) =>
      `istio_requests_total{reporter="source",source_workload="web",destination_service_name="canary-svc",destination_service_namespace="${namespace.name}",destination_version="${version}",response_code="${code}"}`;
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
      // `monitor` reads the past hour in steps of a quarter of a minute, so the series must exist for longer than a step.
      await pause(SCRAPED + 16);
      // Nothing is scraped while `monitor` starts: a series that is missing just then must still be known from the past.
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
      const measuring = typed(namespace, tree, words);
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
  "the expected share of requests that Istio counts is that of the route, and the reader's permissions suffice",
  async (namespace) => {
    const tree = tutorial({
      pair: { accept: { 'load-balancer-bypasses-route': 'requests come from inside the mesh' } },
      beside: (chart) =>
        void new IstioVirtualService(chart, 'route', {
          pair: chart.node.findChild('servicedemo') as CanaryPair,
          name: 'canary-vs',
          destinationRuleName: 'canary-dr',
        }),
    });
    await namespace.withoutPods();
    await namespace.apply(tree.path('stage-25'));
    const reader = await operator(namespace, documentedRules('reader'));
    const kubeconfig = reader.kubeconfig();
    await counting(namespace, {}, async ({ url }) => {
      const words = ['monitor', '--until-decided', '--duration', '150s', '--traffic', 'istio', '--prometheus', url];
      // Run both at a time: counters may lag a change of the share by a minute and a half, and until then `monitor` expects no share.
      const [right, wrong] = await Promise.all([
        typed(namespace, tree, words, kubeconfig),
        typed(namespace, tree, [...words, '--fail-on', 'share', '--expect', '1/2'], kubeconfig),
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
