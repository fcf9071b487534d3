import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fields } from '../../test/support/api-defaults';
import { declare } from '../src/core/init/declare';
import { synthesized } from './support/generated-app';
import { typed } from './support/in-process';
import { plainService } from './support/init-features';

/** `kubectl canary init`: literal values that look like secrets are not in the program. */

const VALUE = 'hunter2';

/** The plain manifest with these fields of its main container and its pod. */
function manifests(container: Fields, pod: Fields = {}): Fields[] {
  const { deployment, service } = plainService();
  Object.assign(deployment.spec.template.metadata.labels as Fields, { version: '2.3' });
  const spec = deployment.spec.template.spec as Fields;
  Object.assign(spec, { automountServiceAccountToken: true }, pod);
  Object.assign(spec.containers[0] as Fields, container);
  return [deployment, service];
}

const init = (objects: readonly Fields[]) => declare(objects, { image: 'registry.example/orders:2.4' });

const containerIn = (program: string) => {
  const { objects, printed } = synthesized(program);
  const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'orders')!;
  return { container: spec.template.spec.containers[0] as Fields, printed };
};

const reference = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });

test('a literal secret becomes a reference, and the report says what to create and that the pods restart', () => {
  const objects = manifests({
    env: [
      { name: 'LEVEL', value: 'info' },
      { name: 'DB_PASSWORD', value: VALUE },
    ],
  });
  const { program, report } = init(objects);
  expect(JSON.stringify([program, report])).not.toContain(VALUE);
  expect(report.restarts).toEqual(['the variable DB_PASSWORD of orders, which comes from Secret/orders-db-password']);
  expect(report.differs).toEqual([
    expect.stringMatching(
      /^the variable DB_PASSWORD of orders comes from key DB_PASSWORD of Secret\/orders-db-password, because .*; create the Secret/,
    ),
  ]);
  const { container, printed } = containerIn(program);
  expect(container.env).toEqual([
    { name: 'LEVEL', value: 'info' },
    { name: 'DB_PASSWORD', ...reference('orders-db-password', 'DB_PASSWORD') },
  ]);
  expect(printed).not.toMatch(/secret/);
});

test('without such a value no pod restarts', () => {
  const { report } = init(manifests({ env: [{ name: 'TOKEN_EXPIRY_SECONDS', value: '60' }] }));
  expect([report.restarts, report.differs]).toEqual([[], []]);
});

test('a value that a patch would copy is replaced, too', () => {
  // No property can express the first variable, so all of them become a patch.
  const env = [
    { name: 'IPS', valueFrom: { fieldRef: { fieldPath: 'status.hostIPs' } } },
    { name: 'DB_PASSWORD', value: VALUE },
  ];
  const { program, report } = init(manifests({ env }));
  expect(report.patches.map(({ path }) => path)).toEqual(['/spec/template/spec/containers/0/env']);
  expect(program).not.toContain(VALUE);
  expect(containerIn(program).container.env[1]).toEqual({ name: 'DB_PASSWORD', ...reference('orders-db-password', 'DB_PASSWORD') });
});

test('each value has a Secret of its own, whose name no other Secret has', () => {
  const env = (value: string) => [{ name: 'DB_PASSWORD', value }];
  const { secrets } = init([
    ...manifests(
      { env: env(VALUE) },
      {
        initContainers: [
          { name: 'migrate', image: 'migrate:1', env: env(VALUE) },
          { name: 'seed', image: 'seed:1', env: env('another') },
        ],
        volumes: [{ name: 'one', secret: { secretName: 'orders-db-password' } }],
      },
    ),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'orders-db-password-2' } },
  ]);
  expect(secrets.map(({ container, secret }) => [container, secret])).toEqual([
    ['orders', 'orders-db-password-3'],
    ['migrate', 'orders-db-password-3'],
    ['seed', 'orders-db-password-4'],
  ]);
});

test.each<[string, Fields, string]>([
  [
    'a variable that refers to others, which a value from a Secret cannot',
    { env: [{ name: 'URL', value: 'postgres://me:hunter2@$(HOST)/orders' }] },
    'the variable URL of orders has a literal value that looks like a secret and refers to other variables',
  ],
  ['an argument', { args: ['--port=80', `--db-password=${VALUE}`] }, 'the argument --db-password of orders has a literal value'],
  ['an argument of its own', { command: ['orders', '--token', VALUE, '--verbose'] }, 'the argument --token of orders has a literal value'],
])('%s is kept, and named without its value', (_, container, expected) => {
  const { program, report } = init(manifests(container));
  expect(report.remarks.join('\n')).toContain(expected);
  expect(JSON.stringify(report)).not.toContain(VALUE);
  expect(synthesized(program).objects.length).toBeGreaterThan(0);
});

test.each<[string, Fields]>([
  ['a reference to a variable', { args: ['--db-password=$(DB_PASSWORD)'] }],
  ['a flag without a value', { args: ['--use-token', '--verbose'] }],
])('%s in the arguments is no secret', (_, container) => {
  expect(init(manifests(container)).report.remarks.join()).not.toContain('secret');
});

describe('the commands that create the Secrets', () => {
  let folder = '';
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'canary-secrets-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function nextOf(objects: readonly Fields[], words: readonly string[] = ['--to', 'registry.example/orders:2.4']): Promise<string[]> {
    const file = join(folder, 'orders.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    const { stdout } = await typed(['init', '-f', file, ...words, '--dry-run', '-o', 'json']);
    return (JSON.parse(stdout) as { next: string[] }).next;
  }

  test('stand before the first apply, one for each Secret', async () => {
    const twice = [
      { name: 'API_TOKEN', value: VALUE },
      { name: 'API_TOKEN', value: 'later' },
    ];
    const objects = manifests({ env: [{ name: 'DB_PASSWORD', value: VALUE }, ...twice] });
    objects.forEach(({ metadata }) => Object.assign(metadata as Fields, { namespace: 'apps' }));
    const next = await nextOf(objects);
    expect(next.slice(1, -2)).toEqual([
      `kubectl get deployment/orders --namespace apps --output jsonpath='{.spec.template.spec.containers[?(@.name=="orders")].env[?(@.name=="DB_PASSWORD")].value}' | kubectl create secret generic orders-db-password --namespace apps --from-file=DB_PASSWORD=/dev/stdin`,
      `kubectl get deployment/orders --namespace apps --output jsonpath='{.spec.template.spec.containers[?(@.name=="orders")].env[1].value}' | kubectl create secret generic orders-api-token --namespace apps --from-file=API_TOKEN=/dev/stdin`,
      `kubectl get deployment/orders --namespace apps --output jsonpath='{.spec.template.spec.containers[?(@.name=="orders")].env[2].value}' | kubectl create secret generic orders-api-token-2 --namespace apps --from-file=API_TOKEN=/dev/stdin`,
    ]);
    // kubectl diff would be refused where kubectl create made the object, and print the value elsewhere.
    expect(next.slice(-2)).toEqual(['kubectl canary diff stage-0', 'kubectl canary run']);
    expect(next.join()).not.toContain(VALUE);
  });

  test('of a pair at rest, which kubectl applies, are followed by one that makes what runs refer to them', async () => {
    const init = [{ name: 'migrate', image: 'migrate:1', env: [{ name: 'DB_PASSWORD', value: VALUE }] }];
    const next = await nextOf(manifests({ env: [{ name: 'DB_PASSWORD', value: VALUE }] }, { initContainers: init }), []);
    const env = [{ name: 'DB_PASSWORD', value: null, ...reference('orders-db-password', 'DB_PASSWORD') }];
    const patch = { spec: { template: { spec: { containers: [{ name: 'orders', env }], initContainers: [{ name: 'migrate', env }] } } } };
    expect(next.slice(2)).toEqual([
      `kubectl patch deployment/orders --patch '${JSON.stringify(patch)}'`,
      'kubectl diff -f dist/stage-0',
      'kubectl apply -f dist/stage-0',
    ]);
  });

  test('are words of a POSIX shell', async () => {
    const [, command = ''] = await nextOf(manifests({ env: [{ name: 'DB_PASSWORD', value: VALUE }] }));
    const shown = execFileSync('sh', [
      '-c',
      `kubectl() { printf '[%s]' "$@" >&2; cat > /dev/null; }; exec 2>&1 < /dev/null; ${command.split(' | ')[0]}`,
    ]);
    expect(shown.toString()).toBe(
      '[get][deployment/orders][--output][jsonpath={.spec.template.spec.containers[?(@.name=="orders")].env[?(@.name=="DB_PASSWORD")].value}]',
    );
  });
});
