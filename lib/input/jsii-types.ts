import * as kplus from '../kplus';

/** The key under which a class compiled by jsii holds its package and its name, such as `cdk8s-plus-27.Probe`. */
const RTTI = Symbol.for('jsii.rtti');

/** A class, as far as a check needs it. */
export interface Type {
  readonly name: string;
  readonly prototype: object;
}

/**
 * Whether a value is an instance of a class, or of the same class in another copy of cdk8s or of this version of cdk8s-plus. An app has two
 * copies if, for example, a library that it uses brings its own.
 */
export function isInstance(value: unknown, type: Type): boolean {
  if (Object.prototype.isPrototypeOf.call(type.prototype, value as object)) {
    return true;
  }
  const name = ownName(type);
  return name !== undefined && /^cdk8s(-plus-\d+)?\./.test(name) && jsiiNames(value).includes(name);
}

/** The version of cdk8s-plus that this package is built for. */
const OWN = versionOf(ownName(kplus.EnvValue))!;

/** The other versions of cdk8s-plus for which there is a package of this library. */
const PACKAGED = [27, 28, 29, 30, 31, 32, 33];

/** An object of another version of cdk8s-plus, somewhere in properties. */
export interface OtherPlus {
  /** Where the object is, as the user wrote it; '' is the value itself. */
  readonly property: string;
  /** The object's class. */
  readonly type: string;
  /** The package that the object is from. */
  readonly from: string;
  /** The package of cdk8s-plus that it must be from. */
  readonly own: string;
  /** The package to install. */
  readonly remedy: string;
}

/** The first object in properties, at any depth, that is from another version of cdk8s-plus; undefined if there is none. */
export function otherPlus(value: unknown, property: string, seen = new Set<unknown>()): OtherPlus | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) {
    return undefined;
  }
  seen.add(value);
  for (const name of jsiiNames(value)) {
    const version = versionOf(name);
    if (version !== undefined && version !== OWN) {
      return {
        property,
        type: name.split('.').at(-1)!,
        from: `cdk8s-plus-${version}`,
        own: `cdk8s-plus-${OWN}`,
        remedy: remedyFor(version),
      };
    }
  }
  if (!isPlain(value)) {
    return undefined;
  }
  for (const [key, item] of Object.entries(value)) {
    const found = otherPlus(item, pathOf(property, key, Array.isArray(value)), seen);
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** What must be of which package, and which one to install: the end of a message about an object of another version. */
export function otherPlusMessage({ property, type, from, own, remedy }: OtherPlus): string {
  const article = /^[AEIOU]/.test(type) ? 'an' : 'a';
  return `${property === '' ? '' : `${property}: `}got ${article} ${type} of ${from}; must be of ${own}, for which ${canaryFor(OWN)} is built; ${remedy}`;
}

function remedyFor(version: number): string {
  return PACKAGED.includes(version)
    ? `install ${canaryFor(version)} and import that instead`
    : `install cdk8s-plus-${OWN} and import that instead`;
}

function canaryFor(version: number): string {
  return version === 27 ? 'cdk8s-canary' : `cdk8s-canary-${version}`;
}

function versionOf(name: string | undefined): number | undefined {
  const version = /^cdk8s-plus-(\d+)\./.exec(name ?? '')?.[1];
  return version === undefined ? undefined : Number(version);
}

/** The jsii names of a value's classes, the most derived one first. */
function jsiiNames(value: unknown): string[] {
  const names: string[] = [];
  if (typeof value !== 'object' || value === null) {
    return names;
  }
  for (let type: unknown = Object.getPrototypeOf(value); typeof type === 'object' && type !== null; type = Object.getPrototypeOf(type)) {
    const name = ownName((type as { constructor?: unknown }).constructor);
    if (name !== undefined) {
      names.push(name);
    }
  }
  return names;
}

function ownName(type: unknown): string | undefined {
  if (typeof type !== 'function' || !Object.hasOwn(type, RTTI)) {
    return undefined;
  }
  const { fqn } = (type as unknown as Record<symbol, { readonly fqn?: unknown }>)[RTTI]!;
  return typeof fqn === 'string' ? fqn : undefined;
}

/** Whether a value holds properties: a list or an object without a class. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function pathOf(property: string, key: string, isList: boolean): string {
  if (isList) {
    return `${property}[${key}]`;
  }
  if (/(^|\.)(env|envVariables)$/.test(property)) {
    return `${property}[${JSON.stringify(key)}]`;
  }
  return property === '' ? key : `${property}.${key}`;
}
