import type { Json } from '../../../../lib/core/yaml';

/** An expression of the generated program. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string }
  /** A constant or the member of an enum: `Protocol.TCP`. */
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'call'; readonly callee: string; readonly args: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] };

/** A property of an object; the comment stands in a line before it. */
export interface Entry {
  readonly key: string;
  readonly value: Expression;
  readonly comment?: string;
}

/** Values by key; those that are undefined are left out. */
export type Properties = Readonly<Record<string, Expression | undefined>>;

export function name(text: string): Expression {
  return { kind: 'name', text };
}

/** A call of a function, or with `new` before the callee the creation of an object. */
export function call(callee: string, ...args: readonly Expression[]): Expression {
  return { kind: 'call', callee, args };
}

export function object(properties: Properties): Expression {
  return { kind: 'object', entries: entriesOf(properties) };
}

export function entriesOf(properties: Properties): Entry[] {
  return Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

export function list(items: readonly Expression[]): Expression {
  return { kind: 'list', items };
}

/** A JSON value, written as it is. */
export function literal(value: Json): Expression {
  if (Array.isArray(value)) {
    return list(value.map(literal));
  }
  if (typeof value === 'object' && value !== null) {
    return { kind: 'object', entries: Object.entries(value).map(([key, item]) => ({ key, value: literal(item) })) };
  }
  return { kind: 'literal', value };
}

export function seconds(value: number): Expression {
  return call('Duration.seconds', literal(value));
}

/** Whether an object has no properties. */
export function isEmpty(expression: Expression): boolean {
  return expression.kind === 'object' && expression.entries.length === 0;
}
