import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { freshFolder } from '../../../test/support/fresh-folder';

/** Runs the command as a process, against servers on the loopback. All test files of a run share one build of the command. */

const PROJECT = resolve(__dirname, '../../..');
const FAST_CLOCK = join(__dirname, 'fast-clock.cjs');
const scratch = freshFolder();

/** `test/support/make-run-folder.js` makes the folder around it for each run of the tests. */
const BUILD = join(process.env['CANARY_TEST_RUN']!, 'kubectl-canary');

beforeAll(() => {
  if (!existsSync(BUILD)) {
    const own = `${BUILD}.${process.pid}`;
    execFileSync(process.execPath, [join(PROJECT, 'cli/build.js'), own]);
    try {
      renameSync(own, BUILD);
    } catch (error) {
      // Another test file built it at the same time.
      expect((error as NodeJS.ErrnoException).code).toMatch(/^(EEXIST|ENOTEMPTY)$/);
    }
  }
});

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. `meanwhile` receives the process; its clock runs `clock` times as fast as the real one. */
export function command(
  words: readonly string[],
  options: { env?: Record<string, string>; meanwhile?: (child: ChildProcess) => void; clock?: number } = {},
): Promise<Ended> {
  const env = { PATH: process.env['PATH']!, HOME: '/nonexistent', ...options.env };
  const { clock } = options;
  const [preload, hurry] = clock === undefined ? [[], {}] : [['--require', FAST_CLOCK], { CANARY_TEST_CLOCK: String(clock) }];
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [...preload, join(BUILD, 'main.mjs'), ...words], {
      cwd: PROJECT,
      env: { ...env, ...hurry },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', failed).once('close', (status) => done({ status, stdout, stderr }));
    options.meanwhile?.(child);
  });
}

export function monitor(words: readonly string[], options?: Parameters<typeof command>[1]): Promise<Ended> {
  return command(['monitor', ...words], options);
}

const closing: Server[] = [];
afterEach(() =>
  closing.splice(0).forEach((server) => {
    server.closeAllConnections();
    server.close();
  }),
);

/** Starts a server that runs until the end of the test. */
export async function http(handler: (request: IncomingMessage, answer: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  closing.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts an API server that returns the object at each path, and returns a kubeconfig for it. */
export async function apiServer(objects: Readonly<Record<string, unknown>>): Promise<{ env: Record<string, string>; asked: string[] }> {
  const asked: string[] = [];
  const url = await http((request, answer) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    asked.push(`${request.method} ${request.url}`);
    if (searchParams.get('watch')) {
      // Keep the watch open without sending an event.
      return void answer.writeHead(200).flushHeaders();
    }
    const found = objects[pathname];
    if (typeof found === 'function') {
      return void (found as (answer: ServerResponse) => void)(answer);
    }
    if (found === undefined) {
      return void answer.writeHead(404).end(JSON.stringify({ kind: 'Status', reason: 'NotFound', message: `${pathname} not found` }));
    }
    answer.end(typeof found === 'string' ? found : JSON.stringify(found));
  });
  const kubeconfig = join(scratch, `kubeconfig-${Math.random()}`);
  const config = {
    'current-context': 'it',
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it', namespace: 'shop' } }],
    clusters: [{ name: 'it', cluster: { server: url } }],
    users: [{ name: 'it', user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return { env: { KUBECONFIG: kubeconfig }, asked };
}

/** A pod of a Deployment, in the API's format. */
const pod = (name: string, deployment: string) => ({
  metadata: {
    name,
    uid: name,
    labels: { 'pod-template-hash': 'abc', target: 'canary-pod' },
    ownerReferences: [{ kind: 'ReplicaSet', name: `${deployment}-abc` }],
  },
  spec: { containers: [{ name: 'servicedemo' }] },
});

const endpoint = (name: string, ready?: boolean) => ({ conditions: { ready }, targetRef: { kind: 'Pod', name } });

/** The tutorial's Service, before its load balancer has an address. */
export const SERVICE = {
  metadata: { name: 'canary-svc', uid: 'svc' },
  spec: { type: 'LoadBalancer', selector: { target: 'canary-pod' }, ports: [{ name: 'web', port: 8080 }] },
  status: {},
};

/** The path of the tutorial's namespace in the core API. */
export const CORE = '/api/v1/namespaces/shop';

/** The objects of a cluster that runs the tutorial's release, with two ready pods of stable and one of the canary. */
export const CLUSTER = {
  [`${CORE}/services/canary-svc`]: SERVICE,
  [`${CORE}/pods`]: { items: [pod('a', 'canary-1-dep'), pod('b', 'canary-1-dep'), pod('c', 'canary-2-dep'), pod('d', 'canary-2-dep')] },
  '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices': {
    items: [
      { metadata: { uid: '1' }, endpoints: [endpoint('a', true), endpoint('b'), endpoint('c', true), endpoint('d', false)] },
      // A second EndpointSlice has the other addresses of the same pods.
      { metadata: { uid: '2' }, endpoints: [endpoint('a', true), endpoint('c', true)] },
    ],
  },
};
