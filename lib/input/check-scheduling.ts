import { isIP } from 'node:net';
import * as names from '../core/names';
import { isMap } from './input';

/** Records a problem: the property, its value, and the end of a sentence that begins with 'must'. */
type Reject = (property: string, got: unknown, must: string) => void;

/** The fields of a pod spec that options take in the words of Kubernetes. */
export interface Scheduling {
  readonly affinity?: unknown;
  readonly tolerations?: unknown;
  readonly hostAliases?: unknown;
  readonly priorityClassName?: unknown;
  readonly runtimeClassName?: unknown;
}

/**
 * Checks where the pods may run, and their host aliases, by the rules of the API server. The options have the words of Kubernetes, so this
 * checks them and a rendered pod spec alike.
 */
export function checkScheduling(pod: Scheduling, at: (name: string) => string, reject: Reject): void {
  checkAffinity(pod.affinity, at('affinity'), reject);
  each(pod.tolerations, at('tolerations'), reject, (toleration, property) => checkToleration(toleration, property, reject));
  each(pod.hostAliases, at('hostAliases'), reject, (alias, property) => checkHostAlias(alias, property, reject));
  for (const name of ['priorityClassName', 'runtimeClassName'] as const) {
    const value = pod[name];
    if (value !== undefined && (typeof value !== 'string' || names.breaks(names.OBJECT_NAME, value))) {
      reject(at(name), value, names.OBJECT_NAME.must);
    }
  }
}

type Check = (value: Readonly<Record<string, unknown>>, property: string) => void;

/** Checks the entries of a list of objects. */
function each(list: unknown, property: string, reject: Reject, check: Check): void {
  if (list === undefined) {
    return;
  }
  if (!Array.isArray(list)) {
    reject(property, list, 'be a list');
    return;
  }
  list.forEach((entry: unknown, index) => object(entry, `${property}[${index}]`, reject, check));
}

function object(value: unknown, property: string, reject: Reject, check: Check): void {
  if (value === undefined) {
    return;
  }
  if (isMap(value)) {
    check(value, property);
  } else {
    reject(property, value, 'be an object');
  }
}

/** Rejects unknown fields, because the API server would drop or refuse them. */
function known(value: object, property: string, fields: readonly string[], reject: Reject): void {
  for (const [name, got] of Object.entries(value)) {
    if (!fields.includes(name)) {
      reject(`${property}.${name}`, got, `be a field that exists, one of ${fields.join(', ')}`);
    }
  }
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function checkAffinity(affinity: unknown, property: string, reject: Reject): void {
  object(affinity, property, reject, (kinds) => {
    known(kinds, property, ['nodeAffinity', 'podAffinity', 'podAntiAffinity'], reject);
    object(kinds.nodeAffinity, `${property}.nodeAffinity`, reject, (terms, at) => {
      known(terms, at, [REQUIRED, PREFERRED], reject);
      object(terms[REQUIRED], `${at}.${REQUIRED}`, reject, (required, field) => {
        known(required, field, ['nodeSelectorTerms'], reject);
        const list = required.nodeSelectorTerms;
        if (list === undefined || (Array.isArray(list) && list.length === 0)) {
          reject(`${field}.nodeSelectorTerms`, list, 'have at least one term');
        }
        each(list, `${field}.nodeSelectorTerms`, reject, (term, path) => checkNodeTerm(term, path, reject));
      });
      eachPreferred(terms[PREFERRED], `${at}.${PREFERRED}`, 'preference', reject, (term, path) => checkNodeTerm(term, path, reject));
    });
    for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
      object(kinds[kind], `${property}.${kind}`, reject, (terms, at) => {
        known(terms, at, [REQUIRED, PREFERRED], reject);
        each(terms[REQUIRED], `${at}.${REQUIRED}`, reject, (term, path) => checkPodTerm(term, path, reject));
        eachPreferred(terms[PREFERRED], `${at}.${PREFERRED}`, 'podAffinityTerm', reject, (term, path) => checkPodTerm(term, path, reject));
      });
    }
  });
}

function eachPreferred(list: unknown, property: string, field: string, reject: Reject, check: Check): void {
  each(list, property, reject, (preferred, at) => {
    known(preferred, at, ['weight', field], reject);
    const { weight } = preferred;
    if (!Number.isInteger(weight) || (weight as number) < 1 || (weight as number) > 100) {
      reject(`${at}.weight`, weight, 'be an integer from 1 to 100');
    }
    if (preferred[field] === undefined) {
      reject(`${at}.${field}`, undefined, 'be an object');
    }
    object(preferred[field], `${at}.${field}`, reject, check);
  });
}

const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function checkNodeTerm(term: Readonly<Record<string, unknown>>, property: string, reject: Reject): void {
  known(term, property, ['matchExpressions', 'matchFields'], reject);
  for (const name of ['matchExpressions', 'matchFields'] as const) {
    const operators = name === 'matchFields' ? ['In', 'NotIn'] : [...LABEL_OPERATORS, 'Gt', 'Lt'];
    each(term[name], `${property}.${name}`, reject, (expression, at) => checkExpression(expression, at, operators, reject));
  }
}

const POD_TERM = ['labelSelector', 'matchLabelKeys', 'mismatchLabelKeys', 'namespaceSelector', 'namespaces', 'topologyKey'];

function checkPodTerm(term: Readonly<Record<string, unknown>>, property: string, reject: Reject): void {
  known(term, property, POD_TERM, reject);
  const { topologyKey } = term;
  if (typeof topologyKey !== 'string' || !names.isLabelKey(topologyKey)) {
    reject(`${property}.topologyKey`, topologyKey, "be a node label's key");
  }
  for (const name of ['labelSelector', 'namespaceSelector'] as const) {
    object(term[name], `${property}.${name}`, reject, (selector, at) => {
      known(selector, at, ['matchLabels', 'matchExpressions'], reject);
      object(selector.matchLabels, `${at}.matchLabels`, reject, (labels, path) => {
        for (const [key, value] of Object.entries(labels)) {
          if (!names.isLabelKey(key) || typeof value !== 'string' || names.breaks(names.LABEL_VALUE, value)) {
            reject(`${path}[${JSON.stringify(key)}]`, value, 'be a label');
          }
        }
      });
      each(selector.matchExpressions, `${at}.matchExpressions`, reject, (expression, path) =>
        checkExpression(expression, path, LABEL_OPERATORS, reject),
      );
    });
  }
}

function checkExpression(
  expression: Readonly<Record<string, unknown>>,
  property: string,
  operators: readonly string[],
  reject: Reject,
): void {
  known(expression, property, ['key', 'operator', 'values'], reject);
  const { key, operator, values } = expression;
  if (typeof key !== 'string' || !names.isLabelKey(key)) {
    reject(`${property}.key`, key, "be a label's key");
  }
  if (!operators.includes(operator as string)) {
    reject(`${property}.operator`, operator, `be one of ${operators.join(', ')}`);
    return;
  }
  const count = Array.isArray(values) && values.every((value) => typeof value === 'string') ? values.length : undefined;
  if (values !== undefined && count === undefined) {
    reject(`${property}.values`, values, 'be a list of strings');
  } else if ((operator === 'In' || operator === 'NotIn') && !count) {
    reject(`${property}.values`, values, `have at least one value with the operator ${operator}`);
  } else if ((operator === 'Exists' || operator === 'DoesNotExist') && count) {
    reject(`${property}.values`, values, `be left out with the operator ${operator}`);
  } else if ((operator === 'Gt' || operator === 'Lt') && !(count === 1 && /^-?\d+$/.test((values as string[])[0]!))) {
    reject(`${property}.values`, values, `be one integer as a string with the operator ${operator}`);
  }
}

const EFFECTS: readonly unknown[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute', '', undefined];

function checkToleration(toleration: Readonly<Record<string, unknown>>, property: string, reject: Reject): void {
  known(toleration, property, ['effect', 'key', 'operator', 'tolerationSeconds', 'value'], reject);
  const { effect, key, operator, tolerationSeconds, value } = toleration;
  if (key !== undefined && key !== '' && (typeof key !== 'string' || !names.isLabelKey(key))) {
    reject(`${property}.key`, key, "be a taint's key");
  }
  if (!['Equal', 'Exists', undefined].includes(operator as string | undefined)) {
    reject(`${property}.operator`, operator, 'be one of Equal, Exists');
  } else if (operator !== 'Exists' && (key === undefined || key === '')) {
    reject(`${property}.operator`, operator, 'be Exists if there is no key, which tolerates every taint');
  }
  if (operator === 'Exists' && value !== undefined && value !== '') {
    reject(`${property}.value`, value, 'be left out with the operator Exists');
  } else if (value !== undefined && (typeof value !== 'string' || names.breaks(names.LABEL_VALUE, value))) {
    reject(`${property}.value`, value, names.LABEL_VALUE.must);
  }
  if (!EFFECTS.includes(effect)) {
    reject(`${property}.effect`, effect, 'be one of NoSchedule, PreferNoSchedule, NoExecute');
  }
  if (tolerationSeconds !== undefined && (!Number.isSafeInteger(tolerationSeconds) || effect !== 'NoExecute')) {
    reject(`${property}.tolerationSeconds`, tolerationSeconds, 'be a whole number of seconds, together with the effect NoExecute');
  }
}

function checkHostAlias(alias: Readonly<Record<string, unknown>>, property: string, reject: Reject): void {
  known(alias, property, ['hostnames', 'ip'], reject);
  const { hostnames, ip } = alias;
  if (typeof ip !== 'string' || isIP(ip) === 0) {
    reject(`${property}.ip`, ip, 'be an IP address');
  }
  if (!Array.isArray(hostnames) || hostnames.length === 0) {
    reject(`${property}.hostnames`, hostnames, 'have at least one host name');
    return;
  }
  hostnames.forEach((name: unknown, index) => {
    if (typeof name !== 'string' || names.breaks(names.OBJECT_NAME, name)) {
      reject(`${property}.hostnames[${index}]`, name, names.OBJECT_NAME.must);
    }
  });
}
