import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { type Output, synthesize } from '../../../support/apps';
import { declareRandomApp } from '../../../support/random-app';
import { amountOf, isFull } from '../../../support/sampling';
import { type Resource, plural, request } from '../../kit/api';
import { clusterInfo } from '../../kit/cluster-info';
import { figure } from '../../kit/figures';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { documentsIn } from '../../kit/trees';
import { attempt } from '../../../support/command';

// G4: the output of the library is valid for any input. The API server and Istio validate whole random apps.

const APPS = amountOf('cluster: random apps');
/** The number of apps that `istioctl validate` checks together. The last app of each batch also goes through `kubectl apply`. */
const BATCH = 20;
/** The number of concurrent requests. */
const AT_A_TIME = 8;

/** The documents of all folders that are applied, without duplicates. */
function documents(output: Output): string[] {
  const texts = Object.entries(output.files).filter(([path]) => path.endsWith('.yaml') && !path.startsWith('cleanup/'));
  return [...new Set(texts.flatMap(([, text]) => documentsIn(text)))];
}

/**
 * Selects the documents to validate. The stages of an app differ in numbers, so an ordinary run validates documents that differ from all
 * earlier ones in more than that.
 */
function selected(texts: readonly string[], shapes: Set<string>): readonly string[] {
  if (isFull) {
    return texts;
  }
  return texts.filter((text) => {
    const shape = text.replace(/\d+/g, '0');
    const isNew = !shapes.has(shape);
    shapes.add(shape);
    return isNew;
  });
}

/** The API server's error for a document, by a strict dry run of the original text. */
async function refusal(namespace: Namespace, text: string): Promise<string | undefined> {
  const { apiVersion, kind, metadata } = parseDocument(text).toJS() as Resource;
  const query = 'fieldManager=test&force=true&dryRun=All&fieldValidation=Strict';
  const path = `${namespace.path(apiVersion as string, plural(kind as string))}/${metadata.name}?${query}`;
  const { status, body } = await request('PATCH', path, text, 'application/apply-patch+yaml');
  return status === 200 || status === 201 ? undefined : `${kind} ${metadata.name}: ${status} ${body['message']}`;
}

async function refusals(namespace: Namespace, texts: readonly string[]): Promise<string[]> {
  const left = [...texts];
  const said: string[] = [];
  const work = async () => {
    for (let text = left.pop(); text !== undefined; text = left.pop()) {
      const refused = await refusal(namespace, text);
      if (refused !== undefined) {
        said.push(refused);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return said;
}

/** The error of `istioctl validate`, which checks the same as Istio's webhook. */
async function istioRefusal(texts: readonly string[]): Promise<string | undefined> {
  const path = join(mkdtempSync(join(tmpdir(), 'canary-cluster-')), 'routes.yaml');
  writeFileSync(path, texts.join('---\n'));
  const { status, stdout, stderr } = await attempt([clusterInfo.istioctl!, 'validate', '-f', path]);
  return status === 0 ? undefined : `${path}: ${stdout}${stderr}`;
}

const isRoute = (text: string) => text.startsWith('apiVersion: networking.istio.io/');

scenario(
  `G4: every document of ${APPS} random apps passes the API server's strict dry run, and Istio's validation`,
  async (namespace) => {
    let [count, folders] = [0, 0];
    let routes: string[] = [];
    const shapes = new Set<string>();
    for (let seed = 1; seed <= APPS; seed += 1) {
      const output = synthesize((app) => declareRandomApp(app, seed));
      const texts = selected(documents(output), shapes);
      expect({ seed, refused: await refusals(namespace, texts) }).toEqual({ seed, refused: [] });
      count += texts.length;
      folders += output.folders().length;
      routes.push(...texts.filter(isRoute));
      if (seed % BATCH === 0) {
        expect({ upTo: seed, refused: await istioRefusal(routes) }).toEqual({ upTo: seed, refused: undefined });
        routes = [];
        // Also apply one folder with kubectl, in an empty namespace.
        await namespace.kubectl('apply', '--dry-run=server', '--validate=strict', '-f', join(output.outdir, output.folders()[0]!));
        process.stdout.write(`    ${seed} apps, ${count} documents\n`);
      }
    }
    figure('API', { what: `G4: strict dry run of ${APPS} random apps, ${count} documents`, folders, refused: 0 });
  },
  { needs: ['istio', 'istioctl'], limit: 1200 },
);

scenario('G4: the dry run refuses invalid documents', async (namespace) => {
  const [deployment] = documents(synthesize((app) => declareRandomApp(app, 1))).filter((text) => /^kind: Deployment$/m.test(text));
  expect(await refusal(namespace, deployment!)).toBeUndefined();
  // An unknown field, an invalid label, a wrong type.
  for (const [from, to, said] of [
    [/^ {2}replicas: /m, '  replicaz: ', 'field not declared in schema'],
    [/cdk8s-canary\/deployment: .*/g, 'cdk8s-canary/deployment: "no label"', 'Invalid value'],
    [/^ {2}replicas: .*/m, '  replicas: "three"', 'expected numeric'],
  ] as const) {
    expect(deployment).toMatch(from);
    expect(await refusal(namespace, deployment!.replace(from, to))).toContain(said);
  }
});
