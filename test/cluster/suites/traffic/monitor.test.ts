import { dirname, join, resolve } from 'node:path';
import { attempt, run } from '../../../support/command';
import { amountOf, oneIn } from '../../../support/sampling';
import { erring, slow } from '../../kit/bad-canaries';
import { clusterInfo } from '../../kit/cluster-info';
import { figure, percent } from '../../kit/figures';
import { operator } from '../../kit/operator';
import { startMetricsServer } from '../../kit/metrics-server';
import { histogramText, startPrometheus } from '../../kit/prometheus';
import { documentedRules } from '../../kit/roles';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type Tree, committed } from '../../kit/trees';
import { type Seen, checksOf, seenIn } from '../../kit/verdicts';
import { Walk, pause } from '../../kit/walk';

const CLI = resolve(__dirname, '../../../../cli');
const BUILD = join(clusterInfo.results, 'monitor');

beforeAll(() => run([process.execPath, join(CLI, 'build.js'), BUILD]));

interface Where {
  /** A kubeconfig other than the test's own. */
  readonly kubeconfig?: string;
  /** Runs `monitor` on the node, not where the load comes from and Envoy is. */
  readonly isInside?: boolean;
}

/** Runs `monitor` to its end, by default where the load comes from. */
function monitor(namespace: Namespace, tree: Tree, words: readonly string[], { kubeconfig, isInside }: Where = {}) {
  const from = isInside ? [] : clusterInfo.outside!;
  const argv = [
    ...from,
    process.execPath,
    join(BUILD, 'main.mjs'),
    'monitor',
    '--dir',
    tree.folder,
    '--namespace',
    namespace.name,
    ...words,
  ];
  // `monitor` runs `kubectl` for a port-forward, so `kubectl` must be on PATH.
  const env = {
    ...process.env,
    PATH: `${dirname(clusterInfo.kubectl)}:${process.env['PATH']}`,
    ...(kubeconfig ? { KUBECONFIG: kubeconfig } : {}),
  };
  return attempt(argv, { env });
}

async function seen(...args: Parameters<typeof monitor>): Promise<Seen> {
  const [namespace, tree, words, where] = args;
  return seenIn(await monitor(namespace, tree, [...words, '-o', 'json'], where));
}

/** Options with enough concurrency that no request waits for another when the machine is busy. */
const MANY = ['--requests', '1000', '--rate', '125', '--concurrency', '500'];

function tell(by: string, folder: string, { evidence }: Seen): void {
  const { share, versions, unknown } = evidence;
  const [stable, canary] = versions;
  figure('Monitor', {
    by,
    folder,
    requests: versions.reduce((sum, { requests }) => sum + requests, unknown.requests),
    expected: share?.expected ?? '-',
    seen: percent(canary!.share),
    'canary errors': percent(canary!.errorRate),
    'p95 (ms)': `${Math.round(stable!.latency?.p95 ?? 0)} and ${Math.round(canary!.latency?.p95 ?? 0)}`,
    unknown: unknown.requests,
  });
}

scenario(
  'F26: through the load balancer and through the API server, the measured share is that of the ready endpoints',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-10');
    for (const folder of oneIn(amountOf('cluster: one folder that monitor is asked of in'), ['stage-10', 'stage-25', 'stage-50'])) {
      if (folder !== 'stage-10') {
        await walk.advance(folder);
      }
      await walk.rest();
      const { stable, canary } = tree.pair.states[folder]!;
      for (const [by, words] of [
        ['load balancer', []],
        // The rate is lower because the API server opens a connection to a pod for each request and is busy with other work.
        ['API server', ['--via', 'api', '--rate', '100']],
      ] as const) {
        const found = await seen(namespace, tree, [...MANY, ...words]);
        tell(by, folder, found);
        expect({ by, folder, status: found.status, unknown: found.evidence.unknown.kinds }).toMatchObject({ status: 0 });
        const [count, of] = found.evidence.share!.expected.split('/').map(Number);
        expect(count! / of!).toBeCloseTo(canary / (stable + canary), 10);
        expect(found.evidence.share!.agrees).toBe(true);
        expect(found.notes).toEqual([]);
      }
    }
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  'monitor sends a hundred requests by default, and a share other than expected gives exit code 1',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-10');
    await walk.rest();
    const tutorial = await monitor(namespace, tree, ['--version-pattern', 'Yellow=1.0', '--version-pattern', 'Red=1.1']);
    expect(tutorial.status).toBe(0);
    expect(tutorial.stdout).toContain("the canary's share should be 10 % (9:1 ready endpoints)");
    expect(tutorial.stdout).toContain('it agrees');
    expect(tutorial.stderr).toMatch(/^5 s {2}\d+\/100 {2}1\.0: /m);
    const wrong = await seen(namespace, tree, [
      ...MANY,
      '--expect',
      '1/2',
      '--version-field',
      'version',
      '--header',
      'Accept: application/json',
    ]);
    expect(wrong.status).toBe(1);
    expect(checksOf(wrong)).toMatchObject({ errors: 'pass', 'latency p95': 'pass', share: 'fail' });
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  'through a port-forward all requests go to one pod, and the share is not checked',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-50');
    const found = await seen(namespace, tree, ['--via', 'port-forward', '--rate', '50']);
    expect(found.status).toBe(0);
    expect(found.evidence.share).toBeUndefined();
    expect(found.evidence.unknown.requests).toBe(0);
    expect(found.evidence.versions.map(({ requests }) => requests).sort()).toEqual([0, 100]);
    expect(found.notes).toEqual(['the share is not checked: a port-forward sends all requests to one pod']);
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  'by route: through Envoy the share is the route weight, or all with a header that the route matches, and from outside that of the pods',
  async (namespace) => {
    const tree = committed.istio();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    await walk.rest();
    const inMesh = ['--url', walk.target.url, '--header', `Host: ${walk.target.host}`];
    const route = await seen(namespace, tree, [...MANY, ...inMesh]);
    tell('Istio', 'stage-25', route);
    expect(route).toMatchObject({ status: 0, evidence: { share: { expected: '1/4', agrees: true } }, notes: [] });
    const beta = await seen(namespace, tree, [...MANY, ...inMesh, '--header', 'user-group: beta-testers']);
    tell('Istio, beta testers', 'stage-25', beta);
    expect(beta).toMatchObject({ status: 0, evidence: { share: { expected: '1', seen: 1, agrees: true } } });
    await walk.advance('stage-50-up');
    await walk.rest();
    // The pods are at 3:2, but the route is still at a quarter.
    const outside = await seen(namespace, tree, MANY);
    tell('load balancer beside a route', 'stage-50-up', outside);
    expect(outside).toMatchObject({ status: 0, evidence: { share: { expected: '2/5', agrees: true } } });
    expect(outside.notes[0]).toContain('bypass the VirtualService');
    await walk.stop();
  },
  { needs: ['envoy'] },
);

scenario(
  'the expected share changes with the endpoints',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    await walk.rest();
    const watching = seen(namespace, tree, ['--duration', '20s', '--rate', '100']);
    await pause(5);
    await walk.advance('stage-50');
    const found = await watching;
    tell('load balancer', 'stage-25 to stage-50', found);
    const [count, of] = found.evidence.share!.expected.split('/').map(Number);
    const expected = count! / of!;
    expect(expected).toBeGreaterThan(0.26);
    expect(expected).toBeLessThan(0.5);
    // The API server knows an endpoint a moment before the node sends it requests, so this deviation is not random. The tolerance is fixed.
    expect(Math.abs(found.evidence.share!.seen - expected)).toBeLessThan(0.07);
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  'a canary with 20 % errors fails the check of errors, and its logs show the errors',
  async (namespace) => {
    const tree = erring();
    // `Walk.from` cannot be used: it waits until a hundred requests succeed in a row.
    await namespace.apply(tree.path('stage-25'));
    await namespace.ready(tree.stable, tree.canary);
    await namespace.balance(tree.pair.service);
    await pause(2);
    const found = await seen(namespace, tree, [...MANY, '--logs', '--usage', '--fail-on', 'errors']);
    tell('20 % errors', 'stage-25', found);
    expect(found.status).toBe(1);
    expect(checksOf(found)).toMatchObject({ errors: 'fail', 'latency p95': 'pass', share: 'pass' });
    const [logs, usage] = found.readings;
    const matched = logs!.rows.find(({ name }) => name === 'lines that match')!;
    expect(matched).toMatchObject({ stable: 0, canary: found.evidence.versions[1]!.errors });
    expect(logs!.examples!['canary']![0]).toMatch(/error: \/ answered with 500, as told/);
    expect(usage!.rows[0]!['why']).toBe('this cluster does not serve metrics.k8s.io; install metrics-server');
  },
  { needs: ['load'] },
);

scenario(
  'a canary three times as slow fails the check of latency',
  async (namespace) => {
    const tree = slow();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    const found = await seen(namespace, tree, [...MANY, '--fail-on', 'latency']);
    tell('three times as slow', 'stage-25', found);
    expect(found.status).toBe(1);
    expect(checksOf(found)).toMatchObject({ errors: 'pass', 'latency p95': 'fail', share: 'pass' });
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  "the reader's Role suffices for requests and shares, and monitor reports that other sources need permissions of their own",
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    await walk.rest();
    const reader = await operator(namespace, documentedRules('reader'));
    const kubeconfig = reader.kubeconfig();
    const found = await seen(namespace, tree, [...MANY, '--logs'], { kubeconfig });
    expect(found).toMatchObject({ status: 0, evidence: { share: { expected: '1/4', agrees: true } } });
    expect(found.readings[0]!.rows[0]!['why']).toBe('missing permission: get pods/log');
    const nobody = await operator(namespace, [], 'nobody');
    const { status, stderr } = await monitor(namespace, tree, [], { kubeconfig: nobody.kubeconfig() });
    expect(stderr).toMatch(/services "canary-svc" is forbidden/);
    expect(status).toBe(3);
    const proxy = await seen(namespace, tree, ['--via', 'api', '--rate', '100'], { kubeconfig });
    expect(proxy).toMatchObject({ status: 1, evidence: { unknown: { kinds: { 'status 403': 100 } } } });
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  'monitor reads CPU and memory of both versions from a real metrics-server',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    await walk.rest();
    const stop = await startMetricsServer(namespace.name);
    try {
      const found = await seen(namespace, tree, [...MANY, '--usage', '--fail-on', 'sources']);
      expect(found.status).toBe(0);
      const [usage] = found.readings;
      expect(usage).toMatchObject({
        source: 'metrics.k8s.io',
        rows: [
          { name: 'CPU', unit: 'cores' },
          { name: 'memory', unit: 'bytes' },
        ],
      });
      const [cpu, memory] = usage!.rows as unknown as Record<'stable' | 'canary', number>[];
      // Stable has three pods and the canary one. Each pod is a program of some megabytes that answers some requests.
      for (const track of ['stable', 'canary'] as const) {
        expect(cpu![track]).toBeGreaterThan(0);
        expect(cpu![track]).toBeLessThan(2);
      }
      expect(memory!.canary).toBeGreaterThan(1e6);
      expect(memory!.stable).toBeGreaterThan(1.5 * memory!.canary);
    } finally {
      await stop();
      await walk.stop();
    }
  },
  // It may wait for another test that has a metrics-server.
  { needs: ['load'], limit: 900 },
);

scenario(
  'a real Prometheus answers the preset queries from metrics in the format of Istio and ingress-nginx, with numbers of the test',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-25');
    await walk.rest();
    const begin = Date.now();
    // Both versions have a fixed rate of requests. The canary is slower, and a tenth of its responses are errors.
    const metrics = () => metricsText(namespace.name, Math.floor((Date.now() - begin) / 1000));
    const prometheus = await startPrometheus(metrics, { namespace: 'ingress-nginx', service: 'ingress-nginx-controller' });
    try {
      // Prometheus needs several scrapes to compute rates.
      await pause(10);
      for (const preset of ['istio', 'ingress-nginx']) {
        const found = await seen(
          namespace,
          tree,
          ['--prometheus', prometheus.url, '--preset', preset, '--fail-on', 'sources', '--rate', '50'],
          {
            isInside: true,
          },
        );
        const rows = Object.fromEntries(found.readings[0]!.rows.map(({ name, ...row }) => [name as string, row]));
        expect({ preset, status: found.status, rows }).toMatchObject({ status: 0 });
        const ratio = (name: string) => Number(rows[name]!['canary']) / Number(rows[name]!['stable']);
        expect(ratio('requests')).toBeCloseTo(1 / 3, 1);
        expect(rows['errors']!['stable']).toBe(0);
        expect(Number(rows['errors']!['canary']) / Number(rows['requests']!['canary'])).toBeCloseTo(0.1, 1);
        // 90 of 100 are below 10 ms, the rest below 25 ms, so Prometheus interpolates p95 half-way between. The canary has the next bucket.
        expect(rows['p95']!['stable']).toBeCloseTo(17.5, 0);
        expect(rows['p95']!['canary']).toBeCloseTo(37.5, 0);
      }
      const other = [
        '--query',
        'own=sum(no_such_metric{version="{{version}}"})',
        '--query',
        'nan=vector(0)/vector(0)',
        '--query',
        'bad=sum(',
      ];
      const found = await seen(namespace, tree, ['--prometheus', prometheus.url, ...other, '--fail-on', 'sources', '--rate', '50'], {
        isInside: true,
      });
      expect(found.status).toBe(1);
      expect(found.readings[0]!.rows.map(({ why }) => String(why).replace(/parse error.*?(;|$)/g, 'parse error$1'))).toEqual([
        'stable: no data; canary: no data',
        'stable: NaN; canary: NaN',
        expect.stringContaining('parse error') as string,
      ]);
    } finally {
      await prometheus.stop();
    }
    await walk.stop();
  },
  { needs: ['load'] },
);

/** The metrics of Istio's proxies and of ingress-nginx after `seconds` seconds: 30 requests a second to stable, 10 to the canary. */
function metricsText(namespace: string, seconds: number): string {
  const lines: string[] = [];
  for (const [version, rate, errors] of [
    ['1.0', 30, 0],
    ['1.1', 10, 1],
  ] as const) {
    const all = rate * seconds;
    const [quick, slower] = version === '1.0' ? [10, 25] : [25, 50];
    const buckets = (scale: number) => ({ [String(quick * scale)]: 0.9 * all, [String(slower * scale)]: all, '+Inf': all });
    const istio = `reporter="destination",destination_service_name="canary-svc",destination_service_namespace="${namespace}",destination_version="${version}"`;
    const canary = version === '1.0' ? '' : `${namespace}-canary-svc-8080`;
    const nginx = `namespace="${namespace}",ingress="shop",service="canary-svc",canary="${canary}",host="shop.example",method="GET",path="/"`;
    for (const [name, labels, code] of [
      ['istio_requests_total', istio, 'response_code'],
      ['nginx_ingress_controller_requests', nginx, 'status'],
    ] as const) {
      lines.push(`${name}{${labels},${code}="200"} ${all - errors * seconds}`);
      if (errors > 0) {
        lines.push(`${name}{${labels},${code}="503"} ${errors * seconds}`);
      }
    }
    lines.push(histogramText('istio_request_duration_milliseconds', istio, buckets(1)));
    lines.push(histogramText('nginx_ingress_controller_request_duration_seconds', nginx, buckets(0.001)));
  }
  return `${lines.join('\n')}\n`;
}
