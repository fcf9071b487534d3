import { isIP } from 'node:net';
import * as names from '../core/names';
import { isMap } from './input';

/** Where problems go, and how many things are problems. */
export interface SchedulingReport {
  /** Records a problem: the property, its value, and the end of a sentence that begins with 'must'. */
  reject(property: string, got: unknown, must: string): void;

  /** Whether unknown and useless fields are problems too: in options, but not in objects of others, which a newer API server may know. */
  readonly isStrict: boolean;
}

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
export function checkScheduling(pod: Scheduling, at: (name: string) => string, report: SchedulingReport): void {
  checkAffinity(pod.affinity, at('affinity'), report);
  each(pod.tolerations, at('tolerations'), report, (toleration, property) => checkToleration(toleration, property, report));
  each(pod.hostAliases, at('hostAliases'), report, (alias, property) => checkHostAlias(alias, property, report));
  for (const name of ['priorityClassName', 'runtimeClassName'] as const) {
    const value = pod[name];
    const isNone = isAbsent(value) || (name === 'priorityClassName' && value === '');
    if (!isNone && (typeof value !== 'string' || names.breaks(names.OBJECT_NAME, value))) {
      report.reject(at(name), value, names.OBJECT_NAME.must);
    }
  }
}

/** Charts often render null for a field without a value. */
function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

type Check = (value: Readonly<Record<string, unknown>>, property: string) => void;

/** Checks the entries of a list of objects. */
function each(list: unknown, property: string, report: SchedulingReport, check: Check): void {
  if (isAbsent(list)) {
    return;
  }
  if (!Array.isArray(list)) {
    report.reject(property, list, 'be a list');
    return;
  }
  list.forEach((entry: unknown, index) => object(entry, `${property}[${index}]`, report, check));
}

function object(value: unknown, property: string, report: SchedulingReport, check: Check): void {
  if (isAbsent(value)) {
    return;
  }
  if (isMap(value)) {
    check(value, property);
  } else {
    report.reject(property, value, 'be an object');
  }
}

/** Rejects unknown fields of options, because the API server would drop or refuse them. */
function known(value: object, property: string, fields: readonly string[], report: SchedulingReport): void {
  for (const [name, got] of Object.entries(value)) {
    if (report.isStrict && !fields.includes(name)) {
      report.reject(`${property}.${name}`, got, `be a field that exists, one of ${fields.join(', ')}`);
    }
  }
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function checkAffinity(affinity: unknown, property: string, report: SchedulingReport): void {
  object(affinity, property, report, (kinds) => {
    known(kinds, property, ['nodeAffinity', 'podAffinity', 'podAntiAffinity'], report);
    object(kinds.nodeAffinity, `${property}.nodeAffinity`, report, (terms, at) => {
      known(terms, at, [REQUIRED, PREFERRED], report);
      object(terms[REQUIRED], `${at}.${REQUIRED}`, report, (required, field) => {
        known(required, field, ['nodeSelectorTerms'], report);
        const list = required.nodeSelectorTerms;
        if (isAbsent(list) || (Array.isArray(list) && list.length === 0)) {
          report.reject(`${field}.nodeSelectorTerms`, list, 'have at least one term');
        }
        each(list, `${field}.nodeSelectorTerms`, report, (term, path) => checkNodeTerm(term, path, report));
      });
      eachPreferred(terms[PREFERRED], `${at}.${PREFERRED}`, 'preference', report, (term, path) => checkNodeTerm(term, path, report));
    });
    for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
      object(kinds[kind], `${property}.${kind}`, report, (terms, at) => {
        known(terms, at, [REQUIRED, PREFERRED], report);
        each(terms[REQUIRED], `${at}.${REQUIRED}`, report, (term, path) => checkPodTerm(term, path, report));
        eachPreferred(terms[PREFERRED], `${at}.${PREFERRED}`, 'podAffinityTerm', report, (term, path) => checkPodTerm(term, path, report));
      });
    }
  });
}

function eachPreferred(list: unknown, property: string, field: string, report: SchedulingReport, check: Check): void {
  each(list, property, report, (preferred, at) => {
    known(preferred, at, ['weight', field], report);
    const { weight } = preferred;
    if (!Number.isInteger(weight) || (weight as number) < 1 || (weight as number) > 100) {
      report.reject(`${at}.weight`, weight, 'be an integer from 1 to 100');
    }
    if (isAbsent(preferred[field])) {
      report.reject(`${at}.${field}`, undefined, 'be an object');
    }
    object(preferred[field], `${at}.${field}`, report, check);
  });
}

const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function checkNodeTerm(term: Readonly<Record<string, unknown>>, property: string, report: SchedulingReport): void {
  known(term, property, ['matchExpressions', 'matchFields'], report);
  for (const name of ['matchExpressions', 'matchFields'] as const) {
    const operators = name === 'matchFields' ? ['In', 'NotIn'] : [...LABEL_OPERATORS, 'Gt', 'Lt'];
    each(term[name], `${property}.${name}`, report, (expression, at) => checkExpression(expression, at, operators, report));
  }
}

const POD_TERM = ['labelSelector', 'matchLabelKeys', 'mismatchLabelKeys', 'namespaceSelector', 'namespaces', 'topologyKey'];

function checkPodTerm(term: Readonly<Record<string, unknown>>, property: string, report: SchedulingReport): void {
  known(term, property, POD_TERM, report);
  const { topologyKey } = term;
  if (typeof topologyKey !== 'string' || !names.isLabelKey(topologyKey)) {
    report.reject(`${property}.topologyKey`, topologyKey, "be a node label's key");
  }
  for (const name of ['labelSelector', 'namespaceSelector'] as const) {
    object(term[name], `${property}.${name}`, report, (selector, at) => {
      known(selector, at, ['matchLabels', 'matchExpressions'], report);
      object(selector.matchLabels, `${at}.matchLabels`, report, (labels, path) => {
        for (const [key, value] of Object.entries(labels)) {
          if (!names.isLabelKey(key) || typeof value !== 'string' || names.breaks(names.LABEL_VALUE, value)) {
            report.reject(`${path}[${JSON.stringify(key)}]`, value, 'be a label');
          }
        }
      });
      each(selector.matchExpressions, `${at}.matchExpressions`, report, (expression, path) =>
        checkExpression(expression, path, LABEL_OPERATORS, report),
      );
    });
  }
}

function checkExpression(
  expression: Readonly<Record<string, unknown>>,
  property: string,
  operators: readonly string[],
  report: SchedulingReport,
): void {
  known(expression, property, ['key', 'operator', 'values'], report);
  const { key, operator } = expression;
  const values = expression.values ?? undefined;
  if (typeof key !== 'string' || !names.isLabelKey(key)) {
    report.reject(`${property}.key`, key, "be a label's key");
  }
  if (!operators.includes(operator as string)) {
    report.reject(`${property}.operator`, operator, `be one of ${operators.join(', ')}`);
    return;
  }
  const count = Array.isArray(values) && values.every((value) => typeof value === 'string') ? values.length : undefined;
  if (values !== undefined && count === undefined) {
    report.reject(`${property}.values`, values, 'be a list of strings');
  } else if ((operator === 'In' || operator === 'NotIn') && !count) {
    report.reject(`${property}.values`, values, `have at least one value with the operator ${operator}`);
  } else if ((operator === 'Exists' || operator === 'DoesNotExist') && count) {
    report.reject(`${property}.values`, values, `be left out with the operator ${operator}`);
  } else if ((operator === 'Gt' || operator === 'Lt') && !(count === 1 && /^-?\d+$/.test((values as string[])[0]!))) {
    report.reject(`${property}.values`, values, `be one integer as a string with the operator ${operator}`);
  }
}

const EFFECTS: readonly unknown[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute', '', undefined];

function checkToleration(toleration: Readonly<Record<string, unknown>>, property: string, report: SchedulingReport): void {
  known(toleration, property, ['effect', 'key', 'operator', 'tolerationSeconds', 'value'], report);
  const [effect, key, operator, tolerationSeconds, value] = ['effect', 'key', 'operator', 'tolerationSeconds', 'value'].map(
    (name) => toleration[name] ?? undefined,
  );
  if (key !== undefined && key !== '' && (typeof key !== 'string' || !names.isLabelKey(key))) {
    report.reject(`${property}.key`, key, "be a taint's key");
  }
  if (!['Equal', 'Exists', 'Gt', 'Lt', undefined].includes(operator as string | undefined)) {
    report.reject(`${property}.operator`, operator, 'be one of Equal, Exists, Gt, Lt');
  } else if (operator !== 'Exists' && (key === undefined || key === '')) {
    report.reject(`${property}.operator`, operator, 'be Exists if there is no key, which tolerates every taint');
  }
  if (operator === 'Exists' && value !== undefined && value !== '') {
    report.reject(`${property}.value`, value, 'be left out with the operator Exists');
  } else if (value !== undefined && (typeof value !== 'string' || names.breaks(names.LABEL_VALUE, value))) {
    report.reject(`${property}.value`, value, names.LABEL_VALUE.must);
  }
  if (!EFFECTS.includes(effect)) {
    report.reject(`${property}.effect`, effect, 'be one of NoSchedule, PreferNoSchedule, NoExecute');
  }
  if (tolerationSeconds !== undefined && (!Number.isSafeInteger(tolerationSeconds) || effect !== 'NoExecute')) {
    report.reject(`${property}.tolerationSeconds`, tolerationSeconds, 'be a whole number of seconds, together with the effect NoExecute');
  }
}

function checkHostAlias(alias: Readonly<Record<string, unknown>>, property: string, report: SchedulingReport): void {
  known(alias, property, ['hostnames', 'ip'], report);
  const { hostnames, ip } = alias;
  if (typeof ip !== 'string' || isIP(ip) === 0) {
    report.reject(`${property}.ip`, ip, 'be an IP address');
  }
  if (report.isStrict && (!Array.isArray(hostnames) || hostnames.length === 0)) {
    report.reject(`${property}.hostnames`, hostnames, 'have at least one host name');
  }
  (Array.isArray(hostnames) ? hostnames : []).forEach((name: unknown, index) => {
    if (typeof name !== 'string' || names.breaks(names.OBJECT_NAME, name)) {
      report.reject(`${property}.hostnames[${index}]`, name, names.OBJECT_NAME.must);
    }
  });
}
