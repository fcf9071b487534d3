/** Set by `kubectl rollout restart`: the pods are replaced, and run what they ran. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/**
 * Prefixes of the labels and annotations by which deployment tools mark the objects that they manage. Only names that no declaration uses for
 * its own purposes: a change of any other label is a change of the pods. The command has a longer list of those that it never removes.
 */
const TRACKING = /^(?:argocd\.argoproj\.io|(?:kustomize|helm)\.toolkit\.fluxcd\.io|meta\.helm\.sh|objectset\.rio\.cattle\.io)\//;

/**
 * Returns a pod template as text that is the same for templates that run the same: keys are sorted, and the marks of a restart and of the
 * tools that deploy it are left out. Whoever needs a digest hashes this text.
 */
export function templateIdentity(template: unknown): string {
  return JSON.stringify(normalized(template, []));
}

/** Whether a label or an annotation of a pod template says nothing about what the pods run. */
export function isTracking(key: string): boolean {
  return key === RESTARTED_AT || TRACKING.test(key);
}

function normalized(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => normalized(item, [...path, '']));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const isMarks = path.length === 2 && path[0] === 'metadata' && ['labels', 'annotations'].includes(path[1]!);
  const entries = Object.entries(value)
    // An apply cannot set a field to null, and omits an empty map.
    .filter(([key, inner]) => inner !== undefined && inner !== null && !(isMarks && isTracking(key)))
    .map(([key, inner]) => [key, normalized(inner, [...path, key])] as const)
    .filter(([key, inner]) => !(path.length === 1 && ['labels', 'annotations'].includes(key) && Object.keys(inner as object).length === 0));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
