import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requestTimer } from '../src/cluster/request-timer';
import { connectionFailure } from '../src/core/kubernetes/connection-failure';
import { passes } from '../src/core/kubernetes/retry';
import { warningsIn } from '../src/core/kubernetes/warnings';
import { checkOutside, outsideOf, outsideText } from '../src/core/plan/outside';
import { typed } from './support/in-process';
import { apiServer, command, http } from './support/processes';
import { objectsOf, trees } from './trees';

/** Tests of what the command takes in: folders, plan.json, kubeconfigs, answers of an API server. */

const DIST = resolve(__dirname, '../../dist');

/** A kubeconfig for a server. */
function kubeconfigOf(server: string, user: object = {}): string {
  const path = join(mkdtempSync(join(tmpdir(), 'canary-doors-')), 'config');
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'it',
      clusters: [{ name: 'c', cluster: { server } }],
      contexts: [{ name: 'it', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
      users: [{ name: 'u', user }],
    }),
  );
  return path;
}

/** The answers of a cluster in which nothing of a plan exists, and everything is allowed. */
const EMPTY = (() => {
  const list = { metadata: { resourceVersion: '1' }, items: [] };
  const serves = (...kinds: string[]) => ({
    resources: kinds.map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true })),
  });
  const shop = 'namespaces/shop';
  return {
    '/api/v1': serves('Service', 'Pod'),
    '/apis/apps/v1': serves('Deployment', 'ReplicaSet'),
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': { status: { allowed: true } },
    [`/api/v1/${shop}/services`]: list,
    [`/api/v1/${shop}/pods`]: list,
    [`/apis/apps/v1/${shop}/deployments`]: list,
    [`/apis/apps/v1/${shop}/replicasets`]: list,
    [`/apis/discovery.k8s.io/v1/${shop}/endpointslices`]: list,
  };
})();

describe('a server that cannot be reached', () => {
  test.each([['status'], ['diff', 'stage-10'], ['advance'], ['run', '--yes']])(
    '%s says within seconds that nothing accepts the connection',
    async (...words) => {
      const { status, stderr } = await command(words, { env: { KUBECONFIG: kubeconfigOf('http://127.0.0.1:1') }, clock: 20 });
      expect(stderr).toContain('the API server at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1 (tried for 2 s); check the server in the');
      expect(status).toBe(6);
    },
  );

  test('a redirect is not followed, and ends the command at once', async () => {
    let asked = 0;
    const server = await http((_, answer) => {
      asked += 1;
      answer.writeHead(302, { Location: 'https://login.example/' }).end();
    });
    const { status, stderr } = await typed(['status'], { KUBECONFIG: kubeconfigOf(server) });
    expect(stderr).toContain('got a redirect (302) to https://login.example/; the server in the kubeconfig must be the API server itself');
    expect(status).toBe(3);
    // The two groups of the plan's objects are discovered at the same time.
    expect(asked).toBeLessThanOrEqual(2);
  });

  test.each<[string, boolean, boolean]>([
    ['SELF_SIGNED_CERT_IN_CHAIN', false, false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, false],
    ['CERT_HAS_EXPIRED', false, false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', true, false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', false, true],
    ['ECONNRESET', true, true],
    ['ECONNREFUSED', true, true],
  ])('%s, first contact: %s; sent again: %s', (code, isFirst, isPassing) => {
    expect(passes(connectionFailure({ code, message: 'x' }, isFirst))).toBe(isPassing);
  });

  test('an exec plugin that hangs ends with --api-timeout', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['20'] };
    const kubeconfig = kubeconfigOf('http://127.0.0.1:1', { exec });
    const { status, stderr } = await command(['status', '--api-timeout', '2s'], { env: { KUBECONFIG: kubeconfig }, clock: 20 });
    expect(stderr).toContain('cannot get credentials: the exec plugin "sleep" did not end within 2 s');
    expect(status).toBe(3);
  });
});

describe('timeouts', () => {
  test('--request-timeout 0 is no limit', async () => {
    jest.useFakeTimers();
    try {
      const late = jest.fn();
      expect(requestTimer(0, late)).toBeUndefined();
      // Node's timers end at 2^31 ms, and a longer one would fire at once.
      clearTimeout(requestTimer(2 ** 40, late));
      requestTimer(2 ** 40, late);
      jest.advanceTimersByTime(2 ** 31 - 2);
      expect(late).not.toHaveBeenCalled();
    } finally {
      jest.useRealTimers();
    }
    const { env } = await apiServer(EMPTY);
    const { stdout, stderr } = await typed(['status', '--request-timeout', '0', '--api-timeout', '0', '--dir', DIST], env);
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringMatching(/^nothing of this plan exists in namespace shop /) as string,
      stderr: '',
    });
  });

  test.each(['0', '0s', '0ms'])('--timeout %s is refused', async (timeout) => {
    const { status, stderr } = await typed(['advance', '--timeout', timeout]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('must be longer than 0') as string });
  });
});

describe('warnings of the API server', () => {
  test('are shown once each, as kubectl shows them', async () => {
    const warned = (value: unknown) => (answer: ServerResponse) =>
      answer.setHeader('Warning', ['299 - "v1 Service is \\"old\\""', '299 - "another", 299 - "third" "Sat, 01 Jan 2026 00:00:00 GMT"']) &&
      answer.end(JSON.stringify(value));
    const { env } = await apiServer({ ...EMPTY, '/api/v1': warned(EMPTY['/api/v1']), '/apis/apps/v1': warned(EMPTY['/apis/apps/v1']) });
    const { status, stderr } = await typed(['status', '--dir', DIST], env);
    expect({ status, lines: stderr.trimEnd().split('\n') }).toEqual({
      status: 0,
      lines: ['Warning: v1 Service is "old"', 'Warning: another', 'Warning: third'],
    });
  });

  test.each<[string, string[]]>([
    ['299 - "a"', ['a']],
    ['299 kube-apiserver "a, b"', ['a, b']],
    ['199 - "other code"', []],
    ['299 - ""', []],
    ['299 - "open', []],
    ['299 - "first", garbage, 299 - "lost"', ['first']],
    ['', []],
  ])('%s', (header, texts) => {
    expect(warningsIn([header])).toEqual(texts);
  });
});

describe('--namespace', () => {
  test('is refused if the pair is in another namespace', async () => {
    const { status, stderr } = await typed(['status', '--namespace', 'wrong', '--dir', trees.outside().dir]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'error: --namespace: got "wrong"; must be "shop", the namespace of test/shop in the plan; leave it out\n',
    });
  });

  test("the namespace that is printed is the pair's, not the context's", async () => {
    const { dir } = trees.outside();
    const { env } = await apiServer({
      ...EMPTY,
      '/api/v1': {
        resources: ['Service', 'Pod', 'ConfigMap']
          .map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true }))
          .concat([{ name: 'namespaces', kind: 'Namespace', namespaced: false }]),
      },
      '/apis/rbac.authorization.k8s.io/v1': { resources: [{ name: 'clusterroles', kind: 'ClusterRole', namespaced: false }] },
    });
    const kubeconfig = env['KUBECONFIG']!;
    writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace('"namespace":"shop"', '"namespace":"elsewhere"'));
    const { stdout } = await typed(['status', '--dir', dir], env);
    expect(stdout).toMatch(/^nothing of this plan exists in namespace shop .*\(shop, context it\)/);
    const { status, stderr } = await typed(['advance', '--dir', dir, '--allow-cluster-scoped'], env);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining('nothing of this plan exists in namespace shop of context it: looked for shop-a, shop-b') as string,
    });
  });
});

test('a namespace that is being deleted is named', async () => {
  const { env } = await apiServer({ ...EMPTY, '/api/v1/namespaces/shop': { status: { phase: 'Terminating' } } });
  for (const words of [['advance'], ['advance', '--create'], ['rollback'], ['cleanup', '--yes']]) {
    const { status, stderr } = await typed([...words, '--dir', DIST], env);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining('error: namespace shop is being deleted, and nothing of this plan exists in it\n') as string,
    });
  }
});

describe('several pairs', () => {
  test('run --yes says that no traffic is measured, and Node reports no leak', async () => {
    const { env } = await apiServer(EMPTY);
    const words = ['run', '--yes', '--create', '--no-record', '--api-timeout', '0', '--dir', trees.five().dir];
    // Node writes its warnings to the standard error of the process.
    const { status, stderr } = await command(words, { env });
    // There is no namespace for the lock, so the run ends.
    expect(status).toBe(3);
    expect(stderr).toContain(
      'no traffic is measured: the plan has several pairs (test/a, test/b, test/c, test/d, test/e); pass --pair to measure one of them',
    );
    expect(stderr).not.toContain('MaxListenersExceededWarning');
  });
});

describe('objects outside the namespaces of the pairs', () => {
  const objects = objectsOf(trees.outside());
  const outside = outsideOf(objects, ({ kind }) => !['Namespace', 'ClusterRole'].includes(kind));

  test('are named, but for the own Namespace of a pair', () => {
    expect(outsideText(outside)).toBe('ClusterRole/shop:reader (cluster-scoped), ConfigMap/dns in kube-system');
  });

  test('must be in plan.json', () => {
    expect(() => checkOutside(outside, objects, true)).not.toThrow();
    const { outside: listed, ...plan } = objects.plan;
    Object.assign(objects, { plan });
    try {
      expect(() => checkOutside(outside, objects, true)).toThrow(
        'plan.json: outside: got no ClusterRole/shop:reader (cluster-scoped), ConfigMap/dns in kube-system, but a folder contains it; must list every object',
      );
    } finally {
      Object.assign(objects, { plan: { ...plan, outside: listed } });
    }
  });

  test('need --allow-cluster-scoped if they are in no namespace', () => {
    expect(() => checkOutside(outside, objects, false)).toThrow(
      'the plan changes objects of the whole cluster: ClusterRole/shop:reader (cluster-scoped)',
    );
  });

  test('are what the synth lists', () => {
    expect(objects.plan.outside).toEqual([
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: 'shop', name: 'shop:reader' },
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'dns' },
    ]);
    expect(trees.pods().plan.outside).toBeUndefined();
  });
});

describe('the output folder', () => {
  function release(change: (dir: string) => void): string {
    const dir = join(mkdtempSync(join(tmpdir(), 'canary-doors-')), 'dist');
    cpSync(DIST, dir, { recursive: true });
    change(dir);
    return dir;
  }

  const kubeconfig = kubeconfigOf('http://127.0.0.1:1');
  const replace = (change: (plan: string) => void) => (dir: string) => {
    rmSync(join(dir, 'plan.json'));
    change(join(dir, 'plan.json'));
  };

  test.each<[string, (dir: string) => void, string]>([
    ['a folder', replace((plan) => mkdirSync(plan)), 'plan.json: got a folder; must be a regular file'],
    ['a pipe', replace((plan) => execFileSync('mkfifo', [plan])), 'plan.json: got a pipe; must be a regular file'],
    ['a link to a device', replace((plan) => symlinkSync('/dev/zero', plan)), 'plan.json: got a symbolic link; must be a regular file'],
    [
      '600 MB',
      (dir) => truncateSync(join(dir, 'plan.json'), 600 * 1024 * 1024),
      'plan.json: got a file of 600 MB; must have at most 256 MB',
    ],
    [
      'nested deeply',
      (dir) => {
        const plan = readFileSync(join(dir, 'plan.json'), 'utf8');
        writeFileSync(join(dir, 'plan.json'), plan.replace('{', `{"x":${'['.repeat(1e5)}${']'.repeat(1e5)},`));
      },
      'plan.json: x: got a value that is nested too deeply to be shown; must be left out',
    ],
  ])('plan.json as %s is refused in one sentence', async (_, change, message) => {
    const { status, stderr } = await typed(['plan', release(change)]);
    expect({ status, lines: stderr.trimEnd().split('\n') }).toEqual({ status: 2, lines: [expect.stringContaining(message)] });
  });

  test.each([['stage-25'], ['rollback']])('the folder %s as a symbolic link is refused as a file is', async (folder) => {
    const dir = release((path) => {
      renameSync(join(path, folder), join(path, '..', 'elsewhere'));
      symlinkSync(join(path, '..', 'elsewhere'), join(path, folder));
    });
    const { status, stderr } = await typed(['advance', '--kubeconfig', kubeconfig, '--api-timeout', '0', '--dir', dir]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining(`${folder}: got a symbolic link; must be a folder with the files that plan.json lists`) as string,
    });
  });
});
