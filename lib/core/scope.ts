/** Whether the objects of a kind are in a namespace. The API server knows it for sure; this is what is known without one. */
export type Scope = 'namespace' | 'cluster' | 'unknown';

/** The groups of Kubernetes itself. Groups of extensions may end in k8s.io too. */
const BUILT_IN = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** The cluster-scoped kinds of Kubernetes 1.34 and earlier. */
const CLUSTER_SCOPED = new Set([
  'APIService',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CSIDriver',
  'CSINode',
  'CustomResourceDefinition',
  'DeviceClass',
  'DeviceTaintRule',
  'FlowSchema',
  'IngressClass',
  'IPAddress',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PodSecurityPolicy',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceSlice',
  'RuntimeClass',
  'SelfSubjectAccessReview',
  'SelfSubjectReview',
  'SelfSubjectRulesReview',
  'ServiceCIDR',
  'StorageClass',
  'StorageVersionMigration',
  'SubjectAccessReview',
  'TokenReview',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

/** Extensions whose kinds are in namespaces, but for the listed ones. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  'extensions.istio.io': [],
  'gateway.networking.k8s.io': ['GatewayClass'],
  'keda.sh': ['ClusterTriggerAuthentication'],
  'monitoring.coreos.com': [],
  'networking.istio.io': [],
  'security.istio.io': [],
  'telemetry.istio.io': [],
};

export function scopeOf(apiVersion: string, kind: string): Scope {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
  if (BUILT_IN.has(group)) {
    return CLUSTER_SCOPED.has(kind) ? 'cluster' : 'namespace';
  }
  if (Object.hasOwn(EXTENSIONS, group)) {
    return EXTENSIONS[group]!.includes(kind) ? 'cluster' : 'namespace';
  }
  return 'unknown';
}

/**
 * Whether an object is, or may be, outside the namespaces of the pairs: it is cluster-scoped, or in another namespace. A pair's own Namespace
 * is not outside.
 *
 * @param namespaces the namespaces of the pairs; undefined stands for the one that kubectl chooses
 */
export function mayBeOutside(
  {
    apiVersion,
    kind,
    namespace,
    name,
  }: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string; readonly name: string },
  namespaces: ReadonlySet<string | undefined>,
): boolean {
  const scope = scopeOf(apiVersion, kind);
  if (scope === 'cluster') {
    return !(kind === 'Namespace' && namespaces.has(name));
  }
  return !namespaces.has(namespace) || (scope === 'unknown' && namespace === undefined);
}
