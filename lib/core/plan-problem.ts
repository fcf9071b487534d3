import { PLAN_SCHEMA, firstPlanError } from './generated/plan-validator';
import type { PlanFile } from './generated/plan-types';

/** A violation of the schema, in a value that should be a plan. */
export interface PlanProblem {
  /** The path of the value, such as `pairs[0].stages[1].weight`; empty for the whole file. */
  readonly path: string;
  /** The value at the path; undefined if it is missing. */
  readonly got: unknown;
  /** The end of a sentence that begins with 'must'. */
  readonly must: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** The types of JSON, as the messages name them. */
const TYPES: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
};

export function isPlan(value: unknown): value is PlanFile {
  return firstPlanError(value) === undefined;
}

/** The first violation of the schema in a value; undefined if there is none. */
export function planProblem(value: unknown): PlanProblem | undefined {
  const error = firstPlanError(value);
  if (!error) {
    return undefined;
  }
  const keys = pointer(error.instancePath);
  const schema = schemaAt(keys);
  if (error.propertyName !== undefined) {
    return { path: pathText(keys), got: error.propertyName, must: like(dereferenced(schema['propertyNames'] as Schema)) };
  }
  switch (error.keyword) {
    case 'required':
      return { path: pathText([...keys, error.params['missingProperty'] as string]), got: undefined, must: 'be present' };
    case 'additionalProperties': {
      const extra = [...keys, error.params['additionalProperty'] as string];
      return { path: pathText(extra), got: valueAt(value, extra), must: 'be left out, because the schema has no such property' };
    }
    case 'pattern':
      return { path: pathText(keys), got: valueAt(value, keys), must: like(schema) };
    default:
      return { path: pathText(keys), got: valueAt(value, keys), must: mustBe(error.keyword, schema) };
  }
}

function mustBe(keyword: string, schema: Schema): string {
  switch (keyword) {
    case 'const':
      return `be ${String(schema['const'])}`;
    case 'enum':
      return `be ${(schema['enum'] as string[]).join(' or ')}`;
    case 'type':
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `be ${TYPES[schema['type'] as string]}${rangeOf(schema)}`;
    case 'minItems':
      return `have ${String(schema['minItems'])} item or more`;
    case 'maxItems':
      return `have ${String(schema['maxItems'])} items or fewer`;
    case 'uniqueItems':
      return 'have no duplicate items';
    case 'contains':
      return `contain ${String((schema['contains'] as { const: unknown }).const)}`;
    case 'minLength':
      return 'be a string that is not empty';
    case 'maxLength':
      return `have ${String(schema['maxLength'])} characters or fewer`;
    default:
      return `satisfy ${keyword} of docs/plan.schema.json`;
  }
}

/** The bounds of a number: `, 0 or more and less than 1`. */
function rangeOf(schema: Schema): string {
  const words: readonly (readonly [keyword: string, text: (limit: string) => string])[] = [
    ['minimum', (limit) => `${limit} or more`],
    ['exclusiveMinimum', (limit) => `more than ${limit}`],
    ['maximum', (limit) => `${limit} or less`],
    ['exclusiveMaximum', (limit) => `less than ${limit}`],
  ];
  const bounds = words.flatMap(([keyword, text]) => (schema[keyword] === undefined ? [] : [text(String(schema[keyword]))]));
  return bounds.length === 0 ? '' : `, ${bounds.join(' and ')}`;
}

function like(schema: Schema): string {
  const [example] = (schema['examples'] as string[] | undefined) ?? [];
  return example === undefined ? `match ${String(schema['pattern'])}` : `be like ${example}`;
}

/** The schema of the value at a path. */
function schemaAt(keys: readonly string[]): Schema {
  return keys.reduce<Schema>((schema, key) => {
    const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined;
    return dereferenced((properties?.[key] ?? schema['items'] ?? schema['additionalProperties']) as Schema);
  }, PLAN_SCHEMA);
}

function dereferenced({ $ref, ...own }: Schema): Schema {
  return typeof $ref === 'string' ? { ...(valueAt(PLAN_SCHEMA, pointer($ref)) as Schema), ...own } : own;
}

/** The keys of a JSON pointer. */
function pointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

function pathText(keys: readonly string[]): string {
  return keys.reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '');
}
