/**
 * The rules of Kubernetes and Istio for names, labels and images. The patterns for names and labels are those of
 * `k8s.io/apimachinery/pkg/util/validation`, which the API server itself applies.
 */

import { HASH_LENGTH } from './config-content';

/** A rule for one string. */
export interface Rule {
  readonly pattern: RegExp;
  readonly max: number;
  /** The end of a sentence that begins with 'must'. */
  readonly must: string;
}

const LABEL_PART = '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const DNS_LABEL_PART = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';

/** The name of most objects: a DNS subdomain. */
export const OBJECT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}(?:\\.${DNS_LABEL_PART})*$`),
  max: 253,
  must: 'be lower-case letters, digits, "-" and ".", at most 253 of them',
};

/**
 * The name of a Deployment is part of the names of its pods, `<name>-<hash of up to 10>-<5>`. Those are host names of at most 63
 * characters, so 63 - 17 = 46 remain. The name is also the value of a label.
 */
export const DEPLOYMENT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}$`),
  max: 46,
  must: 'be lower-case letters, digits and "-", at most 46 of them, so that Kubernetes does not truncate the names of its pods',
};

/**
 * The name of a Deployment that exists and is adopted. From 47 characters on, Kubernetes truncates the names of its pods, which does no harm:
 * an adopted Deployment's name is not in its selector.
 */
export const ADOPTED_DEPLOYMENT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}$`),
  max: 63,
  must: 'be lower-case letters, digits and "-", at most 63 of them',
};

/** The name of a Service: a DNS label of RFC 1035, which starts with a letter. */
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

/** The name of an Istio subset: a DNS label, so Istio's webhook refuses `v1.0`. */
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

/** The name of a Service's port, which may be longer than the name of a container's port. */
export const SERVICE_PORT_NAME: Rule = {
  pattern: new RegExp(`^${DNS_LABEL_PART}$`),
  max: 63,
  must: 'be lower-case letters, digits and "-", at most 63 of them',
};

/** The characters that every version of the API server accepts. Newer versions accept more. */
export const ENV_NAME: Rule = {
  pattern: /^[-._a-zA-Z][-._a-zA-Z0-9]*$/,
  max: Number.MAX_SAFE_INTEGER,
  must: 'be letters, digits, "_", "-" and ".", not starting with a digit',
};

/** The name of a `VersionedConfig`: a DNS subdomain that leaves room for `-` and the digits of a hash. */
export const CONFIG_NAME: Rule = {
  pattern: OBJECT_NAME.pattern,
  max: OBJECT_NAME.max - HASH_LENGTH - 1,
  must: `be lower-case letters, digits, "-" and ".", at most ${OBJECT_NAME.max - HASH_LENGTH - 1} of them, because a hash of ${HASH_LENGTH} digits is appended`,
};

/** A key of a ConfigMap, which is the name of a file in a volume. */
export const CONFIG_KEY: Rule = {
  pattern: /^(?!\.$|\.\.)[-._a-zA-Z0-9]+$/,
  max: 253,
  must: 'be letters, digits, "-", "_" and ".", at most 253 of them, and not begin with ".."',
};

/** An image reference: a name in lower case, optionally with a registry before it, and a tag or a digest after it. */
export const IMAGE: Rule = {
  pattern:
    /^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  max: 512,
  must: 'be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits',
};

export function breaks(rule: Rule, value: string): boolean {
  return value.length > rule.max || !rule.pattern.test(value);
}

/** Whether a string is a valid key of a label or an annotation: an optional DNS subdomain and `/`, then a name of at most 63 characters. */
export function isLabelKey(key: string): boolean {
  const parts = key.split('/');
  const name = parts[parts.length - 1]!;
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  return parts.length <= 2 && name !== '' && !breaks(LABEL_VALUE, name) && (prefix === undefined || !breaks(OBJECT_NAME, prefix));
}

/** Whether Kubernetes or this library itself sets a label. A user's value would be overwritten, or would break a selector. */
export function isReservedLabel(key: string): boolean {
  const prefix = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  return key === 'pod-template-hash' || prefix === 'cdk8s-canary' || prefix === 'kubernetes.io' || prefix === 'k8s.io';
}

/** The name of the subset of a version: `v1-0` for `1.0`, `v1-1` for `v1.1`. */
export function subsetOf(version: string): string {
  const slug = version.replace(/[^a-zA-Z0-9-]/g, '-');
  return /^v\d/i.test(slug) ? slug : `v${slug}`;
}

/** The word that is most similar to a misspelt one; undefined if no word is similar. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const scored = words.map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }));
  const best = scored.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** The Levenshtein distance, with a swap of two neighbours as one edit. */
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
