/**
 * Measures `kubectl canary init` over manifests of real services: which become an app that synthesizes, which app has the same meaning, and
 * which needs patches.
 *
 *     npm run measure:init -- FOLDER…
 *
 * Each file of a folder is an input, and each folder in it is one, too: of all its files together. Every workload of an input is declared.
 * A difference is one of meaning: the API server's defaults are filled in on both sides.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { CliError } from '../cli/src/core/errors';
import { asV2 } from '../cli/src/core/init/autoscaler';
import { declare } from '../cli/src/core/init/declare';
import { withoutAssigned } from '../cli/src/core/init/live';
import { flatten } from '../cli/src/core/init/select';
import { isWorkload } from '../cli/src/core/init/workload';
import { readManifests } from '../cli/src/init/read-manifests';
import { runProgram } from '../cli/test/support/run-program';
import { differencesInMeaning } from '../cli/test/support/same-meaning';
import type { JsonObject } from '../lib/core/yaml';
import type { Fields } from '../test/support/api-defaults';

/** What became of a workload. */
interface Outcome {
  readonly input: string;
  readonly workload: string;
  /** The sentence with which it was refused, or the error with which its app failed. */
  readonly refused?: string;
  readonly failed?: string;
  readonly differences: readonly string[];
  readonly patches: readonly string[];
}

const IMAGE = 'registry.example/next:measured';

const COUNT = /^Deployment [^.]*\.replicas/;

/** The kinds whose defaults are known. */
const COMPARED = ['Deployment', 'Service', 'HorizontalPodAutoscaler'];

/** The controller of these kinds owns the pods, so a new Deployment stands beside them. */
const OWN = /^Deployment [^.]*\.(?!template)/;

function compare(input: string, objects: readonly JsonObject[], workload: string): Outcome {
  const none = { input, workload, differences: [], patches: [] };
  const work = mkdtempSync(join(tmpdir(), 'measure-init-'));
  try {
    const { program, report } = declare(objects, { workload, image: IMAGE });
    runProgram(program, work);
    const stage = join(work, 'stage-0');
    const rendered = readdirSync(stage).flatMap((file) => loadAll(readFileSync(join(stage, file), 'utf8')) as Fields[]);
    // An autoscaler sets the count, whatever the manifest says.
    const isScaled = rendered.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
    const isAdopted = workload.startsWith('deployment/');
    const compared = rendered.filter(({ kind }) => COMPARED.includes(kind as string));
    const differences = compared.flatMap((object) => {
      const original = objects.find(({ kind, metadata }) => kind === object.kind && (metadata as JsonObject).name === object.metadata.name);
      const comparable = original?.kind === 'HorizontalPodAutoscaler' ? asV2(original) : original;
      return comparable
        ? differencesInMeaning(comparable, object).filter((line) => (isAdopted || !OWN.test(line)) && !(isScaled && COUNT.test(line)))
        : [];
    });
    return { ...none, differences, patches: report.patches.map(({ path }) => path) };
  } catch (error) {
    const { message } = error as Error;
    return { ...none, ...(error instanceof CliError ? { refused: message } : { failed: message }) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function outcomesOf(input: string, path: string): Outcome[] {
  const objects = flatten(readManifests([path])).map(withoutAssigned);
  const referred = objects.flatMap(({ kind, spec }) =>
    kind === 'Rollout' || kind === 'Canary' ? [((spec as Fields).workloadRef ?? (spec as Fields).targetRef)?.name as string] : [],
  );
  const workloads = objects
    .filter((object) => isWorkload(object))
    .map(({ kind, metadata }) => ({ kind: String(kind).toLowerCase(), name: String((metadata as JsonObject).name) }))
    .filter(({ kind, name }) => kind !== 'deployment' || !referred.includes(name));
  return workloads.map(({ kind, name }) => compare(input, objects, `${kind}/${name}`));
}

function inWords({ input, workload, refused, failed, differences, patches }: Outcome): string {
  const lines = [
    ...(refused === undefined ? [] : [`refused: ${refused}`]),
    ...(failed === undefined ? [] : [`FAILED: ${failed}`]),
    // The value of a variable may be a secret.
    ...differences.map((line) => `differs: ${line.replace(/(\.env\[\d+\]\.value: ).*/, '$1…')}`),
    ...patches.map((path) => `patch: ${path}`),
  ];
  return [`${input}, ${workload}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

const outcomes = process.argv
  .slice(2)
  .flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => [name, join(folder, name)] as const),
  )
  .flatMap(([name, path]) => outcomesOf(name, path));
const declared = outcomes.filter(({ refused, failed }) => refused === undefined && failed === undefined);
const share = (part: readonly Outcome[], whole: readonly Outcome[]) =>
  `${part.length} of ${whole.length} (${((100 * part.length) / Math.max(1, whole.length)).toFixed(0)} %)`;
console.log(outcomes.map(inWords).join('\n'));
console.log(`
synthesize at once            ${share(declared, outcomes)}
refused in a sentence         ${share(
  outcomes.filter(({ refused }) => refused !== undefined),
  outcomes,
)}
of those that synthesize:
  equal in meaning            ${share(
    declared.filter(({ differences }) => differences.length === 0),
    declared,
  )}
  need patches                ${share(
    declared.filter(({ patches }) => patches.length > 0),
    declared,
  )}`);
if (outcomes.some(({ failed }) => failed !== undefined)) {
  process.exitCode = 1;
}
