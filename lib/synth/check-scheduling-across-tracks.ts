import { type Remark, warning } from '../core/finding';
import { DEPLOYMENT_LABEL } from '../core/labels';
import { at, namespaceOf, podLabelsOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** What a term of an anti-affinity and a spread constraint have in common: the pods that they are about. */
interface PodChoice {
  readonly topologyKey?: string;
  readonly labelSelector?: LabelSelector | null;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  /** Only in a term of an affinity. */
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: object | null;
  /** Only in a spread constraint. */
  readonly whenUnsatisfiable?: string;
}

/** The label that the controller of Deployments adds to pods; it differs between any two Deployments. */
const TEMPLATE_HASH = 'pod-template-hash';

const REQUIRED = ['podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'];

/**
 * Checks that no rule that the scheduler must obey makes the pods of one track compete with those of the other: a stage has pods of both,
 * and those that fit nowhere stay pending. An anti-affinity counts in both directions, so a rule of stable can keep the canary's pods away.
 */
export function checkScheduling(stable: Template, canary: Template): Remark[] {
  const found = new Map<string, { readonly owners: string[]; readonly message: (owners: string) => string }>();
  for (const [own, other] of [
    [stable, canary],
    [canary, stable],
  ] as const) {
    for (const { field, message } of rulesAcross(own, other)) {
      found.set(field, { owners: [...(found.get(field)?.owners ?? []), own.construct.name], message });
    }
  }
  return [...found.values()].map(({ owners, message }) => warning('scheduling-across-tracks', message(owners.join(' and '))));
}

/** The rules of a track that must be obeyed and that select pods of the other track. */
function rulesAcross(own: Template, other: Template): { readonly field: string; readonly message: (owners: string) => string }[] {
  const pod = ['spec', 'template', 'spec'];
  const terms = choicesAt(own, [...pod, 'affinity', ...REQUIRED]).flatMap(({ choice, index }) => {
    const field = `affinity.${REQUIRED.join('.')}[${index}]`;
    const message = (owners: string) =>
      `${owners}: ${field} selects the pods of both tracks, so a ${choice.topologyKey} with a pod of one track takes none of the other, and pods stay pending when each has one; add ${DEPLOYMENT_LABEL} to its labelSelector, or use preferredDuringSchedulingIgnoredDuringExecution`;
    return isInNamespace(choice, namespaceOf(own.json)) && selects(choice, own, other) ? [{ field, message }] : [];
  });
  const constraints = choicesAt(own, [...pod, 'topologySpreadConstraints']).flatMap(({ choice, index }) => {
    const field = `topologySpreadConstraints[${index}]`;
    const message = (owners: string) =>
      `${owners}: ${field} (DoNotSchedule) counts the pods of both tracks, so where those of one track are spread unevenly, pods of the other stay pending; add ${DEPLOYMENT_LABEL} to its labelSelector, or set whenUnsatisfiable to ScheduleAnyway`;
    // DoNotSchedule is the default of the API server.
    return choice.whenUnsatisfiable !== 'ScheduleAnyway' && selects(choice, own, other) ? [{ field, message }] : [];
  });
  return [...terms, ...constraints];
}

function choicesAt({ json }: Template, path: readonly string[]): { readonly choice: PodChoice; readonly index: number }[] {
  const list = at(json, path);
  return Array.isArray(list)
    ? (list as unknown[]).flatMap((choice, index) => (typeof choice === 'object' && choice !== null ? [{ choice, index }] : []))
    : [];
}

/** Whether a term applies to the pods of its own namespace. A `namespaceSelector` with conditions depends on labels that only the cluster has. */
function isInNamespace({ namespaces = [], namespaceSelector }: PodChoice, namespace: string): boolean {
  const isEverywhere = typeof namespaceSelector === 'object' && namespaceSelector !== null && Object.keys(namespaceSelector).length === 0;
  const isUnset = namespaces.length === 0 && (namespaceSelector === undefined || namespaceSelector === null);
  return isUnset || isEverywhere || namespaces.includes(namespace);
}

/** Whether a rule of one Deployment's pods selects the pods of another Deployment. A rule without a selector selects none. */
function selects({ labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: PodChoice, own: Template, other: Template): boolean {
  const [ownLabels, labels] = [podLabelsOf(own), podLabelsOf(other)];
  return (
    labelSelector !== undefined &&
    labelSelector !== null &&
    matches(labelSelector, labels) &&
    !matchLabelKeys.includes(TEMPLATE_HASH) &&
    matchLabelKeys.every((key) => !(key in ownLabels) || labels[key] === ownLabels[key]) &&
    mismatchLabelKeys.every((key) => !(key in ownLabels) || labels[key] !== ownLabels[key])
  );
}

function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const isMet = ({ key, operator, values = [] }: (typeof matchExpressions)[number]) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      default:
        return value === undefined;
    }
  };
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(isMet);
}
