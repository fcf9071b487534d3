/**
 * What Kubernetes and Istio accept as names, labels and the like: each rule answers with what is wrong, or undefined.
 * The patterns are those of `k8s.io/apimachinery/pkg/util/validation`, which the API server itself applies.
 */

/** A rule for one string: the words behind "must be". */
export interface Rule {
  readonly pattern: RegExp;
  readonly max: number;
  readonly must: string;
}

const LABEL_PART = '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const DNS_LABEL_PART = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';

/** ConfigMaps, namespaces' contents in general: a DNS subdomain. */
export const OBJECT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}(?:\\.${DNS_LABEL_PART})*$`),
  max: 253,
  must: 'be lower-case letters, digits, "-" and ".", at most 253 of them',
};

/**
 * A Deployment's name is part of its pods' names, `<name>-<hash of up to 10>-<5>`, and those are host names: 63 less
 * 17 is 46. It is also the value of a label.
 */
export const DEPLOYMENT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}$`),
  max: 46,
  must: 'be lower-case letters, digits and "-", at most 46 of them, so that Kubernetes does not truncate the names of its pods',
};

/** Services are DNS labels of RFC 1035: they start with a letter. */
export const SERVICE_NAME: Rule = {
  pattern: /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/,
  max: 63,
  must: 'start with a letter and be lower-case letters, digits and "-", at most 63 of them',
};

export const NAMESPACE: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}$`),
  max: 63,
  must: 'be lower-case letters, digits and "-", at most 63 of them',
};

/** An Istio subset is a DNS label, so `v1.0` is refused by its webhook. */
export const SUBSET_NAME: Rule = {
  pattern: /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  max: 63,
  must: 'be letters, digits and "-", at most 63 of them',
};

export const LABEL_VALUE: Rule = {
  pattern: new RegExp(`^(?:${LABEL_PART})?$`),
  max: 63,
  must: 'start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them',
};

export const PORT_NAME: Rule = {
  pattern: /^(?=.*[a-z])(?!.*--)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
  max: 15,
  must: 'be at most 15 lower-case letters, digits and single "-", with at least one letter',
};

/** A port's name on a Service may be longer than on a container. */
export const SERVICE_PORT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}$`),
  max: 63,
  must: 'be lower-case letters, digits and "-", at most 63 of them',
};

/** The characters the API server has always taken; newer ones take more. */
export const ENV_NAME: Rule = {
  pattern: /^[-._a-zA-Z][-._a-zA-Z0-9]*$/,
  max: Number.MAX_SAFE_INTEGER,
  must: 'be letters, digits, "_", "-" and ".", not starting with a digit',
};

/** An image reference: a name in lower case, perhaps a registry before it, a tag or a digest behind it. */
export const IMAGE: Rule = {
  pattern:
    /^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  max: 512,
  must: 'be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits',
};

export function breaks(rule: Rule, value: string): boolean {
  return value.length > rule.max || !rule.pattern.test(value);
}

/** What is wrong with a label's or annotation's key: an optional DNS subdomain and `/`, then a name of at most 63 characters. */
export function isLabelKey(key: string): boolean {
  const parts = key.split('/');
  const name = parts[parts.length - 1]!;
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  return parts.length <= 2 && name !== '' && !breaks(LABEL_VALUE, name) && (prefix === undefined || !breaks(OBJECT_NAME, prefix));
}

/** Labels that Kubernetes or this library writes itself; a user's value would be lost or would break a selector. */
export function isReservedLabel(key: string): boolean {
  const prefix = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  return key === 'pod-template-hash' || prefix === 'cdk8s-canary' || prefix === 'kubernetes.io' || prefix === 'k8s.io';
}

/** The subset of a version: `1.0` is `v1-0`, `v1.1` is `v1-1`. */
export function subsetOf(version: string): string {
  const slug = version.replace(/[^a-zA-Z0-9-]/g, '-');
  return /^v\d/i.test(slug) ? slug : `v${slug}`;
}

/** The nearest of some words, for a misspelt one; undefined where none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const scored = words.map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }));
  const best = scored.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein's distance, two swapped neighbours counted once. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) {
    rows[0]![j] = j;
  }
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + 1 : Infinity;
      rows[i]![j] = Math.min(change, swap, rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1);
    }
  }
  return rows[a.length]![b.length]!;
}
