import { isMap } from './objects';
import { at } from '../resource';

/** Whether a `fieldsV1` set of the API server contains a field. Its keys are `f:name`, `k:{"name":"web"}`, `v:"value"` and `i:0`. */
export function hasField(set: unknown, field: string): boolean {
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
