import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { declare } from '../../../../cli/src/core/init/declare';
import { synthesized } from '../../../../cli/test/support/generated-app';
import { FEATURES, type Service, objectsOf, serviceWith } from '../../../../cli/test/support/init-features';
import { SPELLINGS, settled, spelled } from '../../../../cli/test/support/init-spellings';
import { differencesForServer, differencesInMeaning } from '../../../../cli/test/support/same-meaning';
import { type Fields, withDefaults } from '../../../support/api-defaults';
import { type Resource, create, get, request } from '../../kit/api';
import { run } from '../../../support/command';
import { audited, beyond, inWords } from '../../kit/audit';
import { clusterInfo } from '../../kit/cluster-info';
import { figure } from '../../kit/figures';
import type { Namespace } from '../../kit/namespace';
import { operator } from '../../kit/operator';
import { documentedRules } from '../../kit/roles';
import { scenario } from '../../kit/scenario';

// `kubectl canary init`: what its tests assume of the API server, and what it reads from a cluster.

type Typed = (words: readonly string[], env: Record<string, string>) => Promise<{ status: number; stdout: string; stderr: string }>;
const { typed } = jest.requireActual<{ typed: Typed }>('../../../../cli/test/support/in-process');

const IMAGE = 'registry.example/orders:2.4';
const LISTS: Readonly<Record<string, readonly [group: string, plural: string]>> = {
  Deployment: ['apps/v1', 'deployments'],
  HorizontalPodAutoscaler: ['autoscaling/v2', 'horizontalpodautoscalers'],
  Service: ['v1', 'services'],
  Pod: ['v1', 'pods'],
};
const listOf = (namespace: Namespace, kind: string) => namespace.path(...(LISTS[kind] as [string, string]));

/** What the API server makes of an object whose fields it must all know. It keeps nothing. */
async function asServerMakes(namespace: Namespace, object: Fields): Promise<Resource> {
  const path = `${listOf(namespace, object.kind as string)}?dryRun=All&fieldValidation=Strict`;
  return create(path, object);
}

/** Fields of a Service that the API server assigns. */
const ASSIGNED = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'];

/** The spec of an object without the assigned fields, and without a node port that was assigned. */
function declaredSpec({ kind, spec }: Fields, original: Fields): Fields {
  if (kind !== 'Service') {
    return spec as Fields;
  }
  const ports = (spec.ports as Fields[]).map((port, index) =>
    original.spec.ports[index].nodePort ? port : { ...port, nodePort: undefined },
  );
  return { ...Object.fromEntries(Object.entries(spec as Fields).filter(([field]) => !ASSIGNED.includes(field))), ports };
}

scenario('the defaults that the tests of init give to each feature are those of the API server', async (namespace) => {
  const wrong: string[] = [];
  let objects = 0;
  for (const feature of Object.keys(FEATURES)) {
    for (const object of objectsOf(serviceWith(feature))) {
      objects++;
      const [made, assumed] = [await asServerMakes(namespace, object), withDefaults(object)];
      const differences = differencesForServer(declaredSpec(assumed, object), declaredSpec(made, object));
      wrong.push(...differences.map((line) => `${feature}: ${object.kind}${line}`));
    }
  }
  figure('API', {
    check: 'defaults of a service for each feature that init declares',
    objects,
    wrong: wrong.length,
  });
  expect(wrong).toEqual([]);
});

scenario('pods get the requests of their limits, and templates do not', async (namespace) => {
  const { deployment } = serviceWith('a GPU');
  const { template } = deployment.spec as Fields;
  const ofTemplate = ((await asServerMakes(namespace, deployment))['spec'] as Fields).template.spec.containers[0].resources as Fields;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'orders', labels: template.metadata.labels }, spec: template.spec };
  const ofPod = ((await asServerMakes(namespace, pod))['spec'] as Fields).containers[0].resources as Fields;
  expect(ofTemplate).toEqual({ limits: { 'nvidia.com/gpu': '1' } });
  expect(ofPod).toEqual({ limits: { 'nvidia.com/gpu': '1' }, requests: { 'nvidia.com/gpu': '1' } });
});

/** Services that need no label and no word on the token, so that a restart has another reason. */
const SETTLED: Readonly<Record<string, () => Service>> = Object.fromEntries([
  ...Object.keys(FEATURES).map((feature) => [feature, () => settled(feature)] as const),
  ...Object.keys(SPELLINGS).map((spelling) => [spelling, () => spelled(spelling)] as const),
]);

scenario('stage-0 changes the pod template for the API server exactly where the report says that pods restart', async (namespace) => {
  const wrong: string[] = [];
  let restarts = 0;
  for (const [name, make] of Object.entries(SETTLED)) {
    const original = make();
    const { deployment } = original;
    const { program, report } = declare(objectsOf(original), { image: IMAGE });
    const stable = synthesized(program).objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'orders')!;
    const [before, after] = [await asServerMakes(namespace, deployment), await asServerMakes(namespace, stable)];
    const isChanged = JSON.stringify(before['spec'].template) !== JSON.stringify(after['spec'].template);
    restarts += isChanged ? 1 : 0;
    if (isChanged !== report.restarts.length > 0) {
      wrong.push(`${name}: the report says ${JSON.stringify(report.restarts)}, and the template changed: ${isChanged}`);
    }
  }
  figure('API', { check: 'restarts that init foretells', objects: Object.keys(SETTLED).length, wrong: wrong.length });
  expect(wrong).toEqual([]);
  expect(restarts).toBeGreaterThan(0);
});

/** What an object says, with the defaults of the API server; a digest tells how it is written, too. */
function decided(object: Fields): Fields {
  const { metadata, spec } = withDefaults(object);
  return { name: metadata.name, labels: metadata.labels, spec };
}

scenario(
  'a reader gets the same app from a live Deployment as from its manifests',
  async (namespace) => {
    await namespace.withoutPods();
    const rules = documentedRules('reader');
    const reader = await operator(namespace, rules, 'reader');
    const env = { KUBECONFIG: reader.kubeconfig() };
    const folder = mkdtempSync(join(tmpdir(), 'canary-init-'));
    const init = async (...words: string[]) => {
      const { status, stdout, stderr } = await typed(
        ['init', 'deployment/orders', '--dry-run', '-o', 'json', '--to', IMAGE, ...words],
        env,
      );
      expect({ words, status, said: stderr }).toEqual({ words, status: 0, said: '' });
      const { files, ...report } = JSON.parse(stdout) as { files: Record<string, string> };
      return { objects: synthesized(files['main.ts']!).objects, report };
    };
    for (const feature of Object.keys(FEATURES)) {
      const objects = objectsOf(serviceWith(feature));
      objects.forEach(({ metadata }) => Object.assign(metadata as Fields, { namespace: namespace.name }));
      const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      const file = join(folder, 'orders.json');
      writeFileSync(file, text);
      await namespace.applyText(text);
      const [live, manifest] = [await init(), await init('-f', file)];
      const differences = manifest.objects.flatMap((object, index) => differencesForServer(decided(object), decided(live.objects[index]!)));
      expect({ feature, differences, report: live.report }).toEqual({ feature, differences: [], report: manifest.report });
      for (const { kind } of objects) {
        await request('DELETE', `${listOf(namespace, kind as string)}/orders`);
      }
    }
    // The account is the only thing that a reader may not read, and init goes on without it.
    const denied = beyond(await audited({ user: reader.user }), rules, namespace.name).map(inWords);
    expect([...new Set(denied)].sort()).toEqual(
      ['default', 'orders'].map((account) => `get ${namespace.name}/serviceaccounts/${account}: 403`),
    );
  },
  { needs: ['audit'] },
);

scenario('an autoscaler that kubectl made is declared, and stage-0 says the same to the API server', async (namespace) => {
  await namespace.withoutPods();
  const { deployment, service } = serviceWith('requests and limits');
  await namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, service] }));
  await namespace.kubectl('autoscale', 'deployment/orders', '--min=2', '--max=6', '--cpu-percent=70', '--name=orders-hpa');
  const words = ['init', 'deployment/orders', '--namespace', namespace.name, '--to', IMAGE, '--dry-run', '-o', 'json'];
  const { status, stdout, stderr } = await typed(words, { KUBECONFIG: process.env['KUBECONFIG']! });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { files, next } = JSON.parse(stdout) as { files: Record<string, string>; next: string[] };
  expect(next).toContain(`kubectl delete hpa orders-hpa --namespace ${namespace.name}`);
  const list = listOf(namespace, 'HorizontalPodAutoscaler');
  const live = await get(`${list}/orders-hpa`);
  const written = synthesized(files['main.ts']!).objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler')!;
  expect(differencesInMeaning(live, await asServerMakes(namespace, written))).toEqual([]);
});

scenario('the commands that init says create the Secrets from the values that run', async (namespace) => {
  await namespace.withoutPods();
  const { deployment, service } = serviceWith('requests and limits');
  const values = { DB_PASSWORD: 'it\'s "quoted" \\n $HOME', API_TOKEN: 'two\nlines\n' };
  deployment.spec.template.spec.containers[0].env = Object.entries(values).map(([name, value]) => ({ name, value }));
  await namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, service] }));
  const env = { ...process.env, PATH: `${dirname(clusterInfo.kubectl)}${delimiter}${process.env['PATH']}` };
  const words = ['init', 'deployment/orders', '--namespace', namespace.name, '--to', IMAGE, '--dry-run', '-o', 'json'];
  const { stdout } = await typed(words, { KUBECONFIG: process.env['KUBECONFIG']! });
  const { next } = JSON.parse(stdout) as { next: string[] };
  const commands = next.filter((command) => command.includes('create secret'));
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    await run(['sh', '-c', command], { env });
  }
  const created = await Promise.all(['orders-db-password', 'orders-api-token'].map((name) => namespace.object('v1', 'secrets', name)));
  const decoded = created.flatMap(({ data }) => Object.entries(data as Record<string, string>));
  expect(Object.fromEntries(decoded.map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]))).toEqual(values);
});
