import { mayBeOutside, scopeOf } from '../../lib/core/scope';

test.each([
  ['v1', 'Namespace', 'cluster'],
  ['v1', 'ConfigMap', 'namespace'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'cluster'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'namespace'],
  ['gateway.networking.k8s.io/v1', 'GatewayClass', 'cluster'],
  ['networking.istio.io/v1', 'VirtualService', 'namespace'],
  ['cert-manager.io/v1', 'ClusterIssuer', 'unknown'],
  ['example.com/v1', 'Node', 'unknown'],
])('%s %s: %s', (apiVersion, kind, scope) => {
  expect(scopeOf(apiVersion, kind)).toBe(scope);
});

const RBAC = 'rbac.authorization.k8s.io/v1';
const IN_SHOP = ['shop'];
const ANYWHERE = [undefined];

test.each<[string, Parameters<typeof mayBeOutside>[0], readonly (string | undefined)[], boolean]>([
  ["a pair's namespace", { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' }, IN_SHOP, false],
  ['another namespace', { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'a' }, IN_SHOP, true],
  ['no namespace, as the pair', { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }, ANYWHERE, false],
  ['no namespace, unlike the pair', { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }, IN_SHOP, true],
  ['a namespace, unlike the pair', { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' }, ANYWHERE, true],
  ["the pair's own Namespace", { apiVersion: 'v1', kind: 'Namespace', name: 'shop' }, IN_SHOP, false],
  ['another Namespace', { apiVersion: 'v1', kind: 'Namespace', name: 'other' }, IN_SHOP, true],
  ['a cluster-scoped kind', { apiVersion: RBAC, kind: 'ClusterRole', name: 'a' }, ANYWHERE, true],
  ['a cluster-scoped kind with a namespace', { apiVersion: RBAC, kind: 'ClusterRole', namespace: 'shop', name: 'a' }, IN_SHOP, true],
  ['an unknown kind without a namespace', { apiVersion: 'example.com/v1', kind: 'Widget', name: 'a' }, ANYWHERE, true],
  ['an unknown kind in the namespace', { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'a' }, IN_SHOP, false],
])('%s', (_, object, namespaces, isOutside) => {
  expect(mayBeOutside(object, new Set(namespaces))).toBe(isOutside);
});
