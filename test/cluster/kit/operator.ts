import { apply, create } from './api';
import { readClusterConfig } from './cluster-config';
import { FaultProxy } from './faults/proxy';
import { writeKubeconfig } from './faults/kubeconfig';
import type { PolicyRule } from './roles';
import type { Namespace } from './namespace';

/** A user that has only the permissions of a Role in one namespace. */
export interface Operator {
  /** The user name in the audit log. */
  readonly user: string;
  readonly token: string;
  /** Writes a kubeconfig of the operator that leads directly to the API server. */
  kubeconfig(): string;
  /** Starts a proxy whose clients act as this operator. */
  startFaults(): Promise<FaultProxy>;
}

/**
 * Creates a ServiceAccount, a Role with these rules, and a token.
 *
 * @param home the namespace of the ServiceAccount (default: that of the Role)
 */
export async function operator(namespace: Namespace, rules: readonly PolicyRule[], name = 'operator', home = namespace): Promise<Operator> {
  const metadata = { name };
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: home.name }],
  };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  const accounts = home.path('v1', 'serviceaccounts');
  await apply(accounts, account);
  await apply(namespace.path('rbac.authorization.k8s.io/v1', 'roles'), role);
  await apply(namespace.path('rbac.authorization.k8s.io/v1', 'rolebindings'), binding);
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } };
  const { token } = (await create(`${accounts}/${name}/token`, asked))['status'] as { token: string };
  const { url, ca } = await readClusterConfig();
  return {
    user: `system:serviceaccount:${home.name}:${name}`,
    token,
    kubeconfig: () => writeKubeconfig({ server: url, ca, namespace: namespace.name, token }),
    startFaults: () => FaultProxy.start({ url, ca, token }),
  };
}
