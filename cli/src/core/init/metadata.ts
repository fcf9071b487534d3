import { isReservedLabel } from '../../../../lib/core/names';

/** Annotations and labels by which a tool marks the objects that it owns: a copy of them would hand the copy to the tool, too. */
const OWNERSHIP: readonly RegExp[] = [
  /^kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)$/,
  /^deployment\.kubernetes\.io\//,
  /^argocd\.argoproj\.io\//,
  /^rollout\.argoproj\.io\//,
  /^meta\.helm\.sh\//,
  /^helm\.sh\/(hook|resource-policy)/,
  /^kustomize\.toolkit\.fluxcd\.io\//,
  /^helm\.toolkit\.fluxcd\.io\//,
  /^flagger\.app\//,
  /^autoscaling\.alpha\.kubernetes\.io\//,
  /^field\.cattle\.io\//,
  /^objectset\.rio\.cattle\.io\//,
];

/** The labels or annotations of an object without those that a tool or the cluster keeps. */
export function keptMetadata(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).filter(([key]) => !OWNERSHIP.some((pattern) => pattern.test(key)) && !isReservedLabel(key)),
  );
}

/** What owns an object, by its labels and annotations; undefined if nothing is known to own it. */
export function ownerOf(texts: Readonly<Record<string, string>>): string | undefined {
  const has = (pattern: RegExp) => Object.keys(texts).some((key) => pattern.test(key));
  if (has(/^argocd\.argoproj\.io\/(tracking-id|instance)$/)) {
    return 'Argo CD';
  }
  if (has(/^(kustomize|helm)\.toolkit\.fluxcd\.io\//)) {
    return 'Flux';
  }
  return has(/^meta\.helm\.sh\//) || texts['app.kubernetes.io/managed-by'] === 'Helm' ? 'Helm' : undefined;
}
