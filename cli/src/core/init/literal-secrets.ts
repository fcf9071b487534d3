import { isSecretVariable } from '../../../../lib/core/secret-values';
import type { JsonObject } from '../../../../lib/core/yaml';
import { hasOnly, isObject, isStrings, objectsIn } from './json';
import { type Workload, nameOf } from './workload';

/** A variable whose literal value becomes a reference to a Secret, because the program goes to Git. */
export interface LiteralSecret {
  readonly variable: string;
  readonly container: string;
  readonly list: (typeof LISTS)[number];
  /** The Secret to create, and its key. */
  readonly secret: string;
  readonly key: string;
  /** Where the value is in the object that runs, for `kubectl get --output jsonpath`. */
  readonly path: string;
}

/** A workload without the literal values that look like secrets. */
export interface Replaced {
  readonly workload: Workload;
  readonly secrets: readonly LiteralSecret[];
}

const LISTS = ['containers', 'initContainers'] as const;

/** Replaces literal values of variables that look like secrets by references to Secrets, which do not exist yet. */
export function withoutLiteralSecrets(workload: Workload, objects: readonly JsonObject[]): Replaced {
  const { podSpec } = workload;
  const names = new SecretNames(workload, objects);
  const secrets: LiteralSecret[] = [];
  const lists = LISTS.filter((list) => Array.isArray(podSpec[list])).map((list) => [
    list,
    objectsIn(podSpec[list]).map((container) => {
      const found = secretsOf(container, list, names);
      secrets.push(...found.values());
      return found.size === 0
        ? container
        : { ...container, env: objectsIn(container.env).map((one, index) => referring(one, found.get(index))) };
    }),
  ]);
  return secrets.length === 0
    ? { workload, secrets }
    : { workload: { ...workload, podSpec: { ...podSpec, ...Object.fromEntries(lists) } as JsonObject }, secrets };
}

/** The variables of a container that can be replaced, by their index. */
function secretsOf(container: JsonObject, list: (typeof LISTS)[number], names: SecretNames): Map<number, LiteralSecret> {
  const variables = objectsIn(container.env);
  const found = variables.flatMap((variable, index) => {
    if (!isLiteralSecret(variable) || isExpanded(variable)) {
      return [];
    }
    const [name, value] = [String(variable.name), String(variable.value)];
    const isPlain = /^[\w.-]+$/.test(name) && variables.filter((other) => other.name === variable.name).length === 1;
    const place = isPlain ? `?(@.name=="${name}")` : String(index);
    const path = `{.spec.template.spec.${list}[?(@.name=="${String(container.name)}")].env[${place}].value}`;
    return [[index, { variable: name, container: String(container.name), list, path, ...names.of(name, value) }] as const];
  });
  return new Map(found);
}

function isLiteralSecret(variable: JsonObject): boolean {
  return hasOnly(variable, 'name', 'value') && isSecretVariable(String(variable.name), String(variable.value ?? ''));
}

/** Whether Kubernetes replaces a part of the value, such as `$(USER)`. It does not do so with a value from a Secret. */
function isExpanded({ value }: JsonObject): boolean {
  return /\$[$(]/.test(String(value));
}

function referring(variable: JsonObject, secret: LiteralSecret | undefined): JsonObject {
  return secret ? { name: secret.variable, valueFrom: { secretKeyRef: { name: secret.secret, key: secret.key } } } : variable;
}

/** Names of new Secrets, a name for each variable and value. */
class SecretNames {
  private readonly taken: Set<string>;
  private readonly known = new Map<string, string>();

  constructor(
    private readonly workload: Workload,
    objects: readonly JsonObject[],
  ) {
    this.taken = new Set([...objects.filter(({ kind }) => kind === 'Secret').map(nameOf), ...referredSecrets(workload.podSpec)]);
  }

  of(variable: string, value: string): { readonly secret: string; readonly key: string } {
    const content = JSON.stringify([variable, value]);
    const key = /^[\w.-]+$/.test(variable) ? variable : 'value';
    const known = this.known.get(content);
    if (known !== undefined) {
      return { secret: known, key };
    }
    const words = variable.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const base = `${this.workload.name}-${words}`.replace(/-+$/, '');
    let secret = base;
    for (let count = 2; this.taken.has(secret); count++) {
      secret = `${base}-${count}`;
    }
    this.taken.add(secret);
    this.known.set(content, secret);
    return { secret, key };
  }
}

/** The names of the Secrets that a pod refers to anywhere. */
function referredSecrets(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(referredSecrets);
  }
  if (!isObject(value)) {
    return [];
  }
  const own = [value.secretName, ...['secretKeyRef', 'secretRef', 'secret'].map((field) => isObject(value[field]) && value[field].name)];
  return [...own.filter((name) => typeof name === 'string'), ...Object.values(value).flatMap(referredSecrets)];
}

/**
 * The commands that create the Secrets from the values that run. A value goes from one kubectl to the other, so that it is neither on the
 * terminal nor in the history of the shell.
 */
export function creationsOf(secrets: readonly LiteralSecret[], { source, namespace }: Workload): string[] {
  const where = namespace === undefined ? '' : ` --namespace ${namespace}`;
  const commands = secrets.map(
    ({ secret, key, path }) =>
      [
        secret,
        `kubectl get ${source}${where} --output jsonpath='${path}' | kubectl create secret generic ${secret}${where} --from-file=${key}=/dev/stdin`,
      ] as const,
  );
  // Containers with the same value share a Secret.
  return [...new Map(commands.reverse()).values()].reverse();
}

/** The command by which the variables of what runs refer to the Secrets, one for all; none without Secrets. */
export function referencesOf(secrets: readonly LiteralSecret[], { source, namespace }: Workload): string[] {
  if (secrets.length === 0) {
    return [];
  }
  const where = namespace === undefined ? '' : ` --namespace ${namespace}`;
  const lists = LISTS.flatMap((list) => {
    const inList = secrets.filter((one) => one.list === list);
    const containers = [...new Set(inList.map(({ container }) => container))].map((container) => ({
      name: container,
      env: inList
        .filter((one) => one.container === container)
        .map(({ variable, secret, key }) => ({ name: variable, value: null, valueFrom: { secretKeyRef: { name: secret, key } } })),
    }));
    return containers.length === 0 ? [] : [[list, containers] as const];
  });
  const patch = JSON.stringify({ spec: { template: { spec: Object.fromEntries(lists) } } });
  return [`kubectl patch ${source}${where} --patch '${patch.replaceAll("'", '\\u0027')}'`];
}

/** Why the pods restart for a Secret. */
export function restartFor({ variable, container, secret }: LiteralSecret): string {
  return `the variable ${variable} of ${container}, which comes from Secret/${secret}`;
}

export function differenceOf({ variable, container, secret, key }: LiteralSecret): string {
  return `the variable ${variable} of ${container} comes from key ${key} of Secret/${secret}, because its literal value looks like a secret and main.ts goes to Git; create the Secret before the first apply, or the new pods do not start; if it is no secret, write EnvValue.fromValue in main.ts`;
}

/** What main.ts still has that looks like a secret, because no reference means the same. */
export function remainingSecrets(spec: JsonObject): string[] {
  return LISTS.flatMap((list) => objectsIn(spec[list])).flatMap((container) => [
    ...objectsIn(container.env)
      .filter(isLiteralSecret)
      .map(
        ({ name }) =>
          `the variable ${String(name)} of ${String(container.name)} has a literal value that looks like a secret and refers to other variables, which a value from a Secret cannot; take its secret part from a variable of its own with EnvValue.fromSecretValue before you commit main.ts`,
      ),
    ...literalArguments(container),
  ]);
}

function literalArguments({ name, command, args }: JsonObject): string[] {
  const words = [command, args].flatMap((list) => (isStrings(list) ? list : []));
  return optionsOf(words)
    .filter(([option, value]) => isSecretVariable(option.replace(/^-+/, ''), value))
    .map(
      ([option]) =>
        `the argument ${option} of ${String(name)} has a literal value that looks like a secret; set a variable with EnvValue.fromSecretValue and write $(VARIABLE) as the value before you commit main.ts`,
    );
}

/** The options of a command line with their values: `--password=x` or `--password x`. */
function optionsOf(words: readonly string[]): (readonly [option: string, value: string])[] {
  return words.flatMap((word, index) => {
    const [, option, value] = /^(--?[A-Za-z][\w.-]*)(?:=([^]*))?$/.exec(word) ?? [];
    const next = words[index + 1] ?? '';
    return option === undefined ? [] : [[option, value ?? (next.startsWith('-') ? '' : next)] as const];
  });
}
