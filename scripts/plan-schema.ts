/**
 * Generates the types of `plan.json` and its validator from `docs/plan.schema.json`, the only definition of the file.
 *
 *     npm run generate:plan               writes the two files
 *     npm run generate:plan -- --check    fails if they are not what the schema says
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone';
import { buildSync } from 'esbuild';
import { compile } from 'json-schema-to-typescript';

const PROJECT = resolve(__dirname, '..');
const SCHEMA = 'docs/plan.schema.json';
const TYPES = 'lib/core/generated/plan-types.ts';
const VALIDATOR = 'lib/core/generated/plan-validator.ts';

const BANNER = `// Generated from ${SCHEMA} by \`npm run generate:plan\`; do not edit.`;

type Json = Record<string, unknown>;

/** TypeScript names for the definitions of the schema, where the two differ. */
const NAMES: Readonly<Record<string, string>> = {
  stage: 'StageEntry',
  object: 'ObjectEntry',
  outsideObject: 'OutsideEntry',
  track: 'TrackEntry',
  pair: 'PairEntry',
  pairStage: 'PairStageEntry',
  state: 'StateEntry',
  transition: 'TransitionEntry',
  gates: 'GatesEntry',
  cost: 'CostEntry',
  finding: 'FindingEntry',
};

/** Maps every object of a schema that is itself a schema, inner schemas first. */
function mapSchemas(schema: Json, change: (schema: Json) => Json): Json {
  const inner = (value: unknown): unknown => (typeof value === 'object' && value !== null ? mapSchemas(value as Json, change) : value);
  const mapped = Object.entries(schema).map(([key, value]) => {
    if (key === 'properties' || key === '$defs') {
      return [key, Object.fromEntries(Object.entries(value as Json).map(([name, one]) => [name, inner(one)]))];
    }
    return [key, Array.isArray(value) ? value : inner(value)];
  });
  return change(Object.fromEntries(mapped) as Json);
}

/** Generates the types. Every property and list is readonly, because a plan is immutable. */
async function types(schema: Json): Promise<string> {
  const renamed = Object.fromEntries(Object.entries(schema['$defs'] as Json).map(([name, one]) => [NAMES[name] ?? name, one]));
  const { title: _, $id: __, ...root } = schema;
  const prepared = mapSchemas({ ...root, $defs: renamed }, (one) => {
    const { $ref, ...others } = one;
    if (typeof $ref !== 'string') {
      return others;
    }
    // Keywords beside a reference would create a separate type.
    const name = $ref.replace('#/$defs/', '');
    return { $ref: `#/$defs/${NAMES[name] ?? name}` };
  });
  const text = await compile(prepared, 'PlanFile', {
    bannerComment: BANNER,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 140 },
  });
  return text
    .replace(/^( +)(['\w-]+\??:|\[k: string\]:)/gm, '$1readonly $2')
    .replace(/(\w+)\[\];$/gm, 'readonly $1[];')
    .replace(/(?:\n +\*)?\n +\* @(?:min|max)Items \d+/g, '');
}

/** Generates the validator, without imports, so that neither the library nor the command depends on a package at run time. */
function validator(schema: Json): string {
  const bare = mapSchemas(schema, ({ description: _, title: __, $schema: ___, $id: ____, ...others }) => others);
  const ajv = new Ajv({ code: { source: true, esm: true }, inlineRefs: false, messages: false });
  const { outputFiles } = buildSync({
    stdin: { contents: standaloneCode(ajv, ajv.compile(bare)), resolveDir: PROJECT, loader: 'js' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minifySyntax: true,
    write: false,
  });
  const code = outputFiles[0]!.text;
  const [exported, name] = /export \{\s*(\w+) as default[^}]*\};\s*$/.exec(code)!;
  return `${BANNER}
// @ts-nocheck
${code.replace(exported, '').trim()}

/** The schema without its descriptions. */
export const PLAN_SCHEMA: Record<string, unknown> = ${JSON.stringify(bare, null, 2)};

/** The first error of a value that is meant to be a plan, as ajv describes errors; undefined for a plan. */
export function firstPlanError(
  value: unknown,
): { readonly instancePath: string; readonly keyword: string; readonly params: Record<string, unknown>; readonly propertyName?: string } | undefined {
  return ${name!}(value) ? undefined : ${name!}.errors[0];
}
`;
}

/** The expected content of the generated files, by path. */
async function generate(): Promise<Readonly<Record<string, string>>> {
  const schema = JSON.parse(readFileSync(join(PROJECT, SCHEMA), 'utf8')) as Json;
  return { [TYPES]: await types(schema), [VALIDATOR]: validator(schema) };
}

async function main(isCheck: boolean): Promise<void> {
  for (const [path, text] of Object.entries(await generate())) {
    if (!isCheck) {
      writeFileSync(join(PROJECT, path), text);
    } else if (readFileSync(join(PROJECT, path), 'utf8') !== text) {
      throw new Error(`${path}: not what ${SCHEMA} says; run npm run generate:plan`);
    }
  }
}

main(process.argv.includes('--check')).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
