import { contains } from './compare';
import { isMap } from './objects';
import { type Resource, at, listAt, textAt } from '../resource';

/** A field that another field manager set to a different value. */
export interface Conflict {
  /** In the notation of the API server: `.spec.replicas`. */
  readonly field: string;
  /** The field manager that owns it, as the API server names it: `kubectl-client-side-apply`, `kube-controller-manager`. */
  readonly manager: string;
  readonly live: unknown;
  readonly wanted: unknown;
  /** Whether the live value comes from this plan, whichever manager applied it, or from this command's apply of an earlier release. */
  readonly isOurs: boolean;
}

/** Annotations of this tool, whose values no other manager uses. */
const OUR_ANNOTATION = /^\.metadata\.annotations\.cdk8s-canary\//;

/**
 * Returns the conflicts in a response of the API server to a server-side apply, or undefined if the response is about something else,
 * such as a stale resourceVersion.
 *
 * @param live the object in the cluster
 * @param manifests the manifests of the object in the plan's folders
 * @param ourManager the name of this command as a field manager
 */
export function conflictsIn(
  answer: Resource | undefined,
  live: Resource | undefined,
  wanted: Resource,
  manifests: readonly Resource[],
  ourManager: string,
): readonly Conflict[] | undefined {
  const causes = listAt(answer, 'details', 'causes').filter((cause) => cause['reason'] === 'FieldManagerConflict');
  if (causes.length === 0) {
    return undefined;
  }
  return causes.map((cause) => {
    const field = textAt(cause, 'field') ?? '';
    const value = valueAt(live, field);
    return {
      field,
      manager: /conflict with "([^"]*)"/.exec(textAt(cause, 'message') ?? '')?.[1] ?? 'an unknown manager',
      live: value,
      wanted: valueAt(wanted, field),
      isOurs:
        OUR_ANNOTATION.test(field) ||
        isOwnedBy(ourManager, live, field) ||
        (value !== undefined && manifests.some((manifest) => contains(value, valueAt(manifest, field)))),
    };
  });
}

/**
 * Whether the last apply of a manager set a field to its live value. If another manager changes the value, the server removes the field
 * from the entry of the first one. So all managers that still have the field set the same value. One of them may be kubectl, if it applied
 * an earlier release first.
 */
function isOwnedBy(manager: string, live: Resource | undefined, field: string): boolean {
  const entries = listAt(live, 'metadata', 'managedFields');
  return entries.some((entry) => entry['manager'] === manager && entry['operation'] === 'Apply' && hasField(entry['fieldsV1'], field));
}

/** Returns the field manager that set a field last; undefined if the object does not tell. */
export function managerOf(live: Resource | undefined, field: string): string | undefined {
  const owners = listAt(live, 'metadata', 'managedFields').filter((entry) => hasField(entry['fieldsV1'], field));
  const latest = [...owners].sort((a, b) => ((textAt(a, 'time') ?? '') < (textAt(b, 'time') ?? '') ? 1 : -1))[0];
  return textAt(latest, 'manager');
}

/** Whether a `fieldsV1` set of the API server contains a field. Its keys are `f:name`, `k:{"name":"web"}`, `v:"value"` and `i:0`. */
function hasField(set: unknown, field: string): boolean {
  if (field === '') {
    return true;
  }
  if (!isMap(set)) {
    return false;
  }
  const end = closingBracket(field);
  return Object.entries(set).some(([key, inside]) => {
    const name = key.slice(2);
    if (key.startsWith('f:')) {
      const rest = field.slice(1 + name.length);
      return field.startsWith(`.${name}`) && /^([.[]|$)/.test(rest) && hasField(inside, rest);
    }
    return field.startsWith('[') && isSelected(key, field.slice(1, end)) && hasField(inside, field.slice(end + 1));
  });
}

function isSelected(key: string, selector: string): boolean {
  const [kind, name] = [key.slice(0, 2), key.slice(2)];
  const value = parseScalar(name);
  if (kind === 'k:' && isMap(value)) {
    const pairs = pairsIn(selector);
    return pairs.length === Object.keys(value).length && pairs.every(([field, expected]) => value[field] === expected);
  }
  return kind === 'v:' ? selector.startsWith('=') && parseScalar(selector.slice(1)) === value : selector === name;
}

/**
 * Returns the value of a field in the notation of server-side apply: `.spec.replicas`, `.metadata.labels.app.kubernetes.io/name`,
 * `.spec.ports[port=8080,protocol="TCP"].targetPort`, `.spec.args[0]`. Keys may contain dots, so the existing keys are tried, longest
 * first.
 */
export function valueAt(value: unknown, field: string): unknown {
  if (field === '') {
    return value;
  }
  if (field.startsWith('[')) {
    return Array.isArray(value) ? valueInList(value, field) : undefined;
  }
  if (!field.startsWith('.') || !isMap(value)) {
    return undefined;
  }
  const rest = field.slice(1);
  const keys = Object.keys(value).filter((key) => rest === key || rest.startsWith(`${key}.`) || rest.startsWith(`${key}[`));
  for (const key of keys.sort((a, b) => b.length - a.length)) {
    const found = valueAt(value[key], rest.slice(key.length));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function valueInList(list: readonly unknown[], field: string): unknown {
  const end = closingBracket(field);
  const selector = field.slice(1, end);
  const rest = field.slice(end + 1);
  if (/^\d+$/.test(selector)) {
    return valueAt(list[Number(selector)], rest);
  }
  const scalar = selector.startsWith('=') ? parseScalar(selector.slice(1)) : undefined;
  if (scalar !== undefined) {
    return list.includes(scalar) ? scalar : undefined;
  }
  const wanted = pairsIn(selector);
  // The server fills in a key that the manifest leaves out, such as a port's protocol.
  const item = list.find(
    (one) => wanted.length > 0 && wanted.every(([key, expected]) => [expected, undefined].includes(at(one, key) as never)),
  );
  return item === undefined ? undefined : valueAt(item, rest);
}

/** Parses the fields of `[port=8080,protocol="TCP"]`. */
function pairsIn(selector: string): (readonly [string, unknown])[] {
  return [...selector.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, key, text]) => [key!, parseScalar(text!)] as const);
}

function closingBracket(field: string): number {
  let isQuoted = false;
  for (let n = 0; n < field.length; n += 1) {
    if (field[n] === '\\') {
      n += 1;
    } else if (field[n] === '"') {
      isQuoted = !isQuoted;
    } else if (field[n] === ']' && !isQuoted) {
      return n;
    }
  }
  return field.length;
}

function parseScalar(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
