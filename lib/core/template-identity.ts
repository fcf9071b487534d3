/** Set by `kubectl rollout restart`: the pods are replaced, and run what they ran. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/**
 * Prefixes of the labels and annotations by which deployment tools mark the objects that they manage. Only names that no declaration uses for
 * its own purposes: a change of any other label is a change of the pods. The command has a longer list of those that it never removes.
 */
const TRACKING = /^(?:argocd\.argoproj\.io|(?:kustomize|helm)\.toolkit\.fluxcd\.io|meta\.helm\.sh|objectset\.rio\.cattle\.io)\//;

/** What a value of a pod template is. Only the metadata has fields that need care. */
type Place = 'template' | 'metadata' | 'marks' | 'other';

/**
 * Returns a pod template as text that is the same for templates that run the same: keys are sorted, and the marks of a restart and of the
 * tools that deploy it are left out. Whoever needs a digest hashes this text.
 */
export function templateIdentity(template: unknown): string {
  return JSON.stringify(normalized(template, 'template'));
}

/** Whether a label or an annotation of a pod template says nothing about what the pods run. */
export function isTracking(key: string): boolean {
  return key === RESTARTED_AT || TRACKING.test(key);
}

function normalized(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => normalized(item, 'other'));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[key];
    const inner = placeOf(key, place);
    // An apply cannot set a field to null.
    if (field !== undefined && field !== null && !(place === 'marks' && isTracking(key))) {
      const own = normalized(field, inner);
      // An apply omits an empty map.
      if (inner !== 'marks' || Object.keys(own as object).length > 0) {
        entries.push([key, own]);
      }
    }
  }
  return Object.fromEntries(entries);
}

function placeOf(key: string, parent: Place): Place {
  if (parent === 'template') {
    return key === 'metadata' ? 'metadata' : 'other';
  }
  return parent === 'metadata' && (key === 'labels' || key === 'annotations') ? 'marks' : 'other';
}
