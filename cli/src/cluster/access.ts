import { CliError, EXIT } from '../core/errors';
import { type Permission, permissionsText } from '../core/kubernetes/permissions';
import { at } from '../core/resource';
import type { Api } from './api';
import { asRefusal } from './kinds';

const AT_ONCE = 8;

/** Checks permissions with the API server. @throws CliError that lists every missing permission */
export async function checkAccess(api: Api, rights: readonly Permission[]): Promise<void> {
  const missing: Permission[] = [];
  const queue = [...rights];
  const worker = async () => {
    for (let right = queue.shift(); right; right = queue.shift()) {
      if (!(await isAllowed(api, right))) {
        missing.push(right);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (missing.length > 0) {
    const inOrder = rights.filter((right) => missing.includes(right));
    throw new CliError(`missing permissions: ${permissionsText(inOrder)}; nothing was changed`, EXIT.refused, [
      'rbac/role.yaml of kubectl-canary has all permissions; rbac/reader.yaml is enough for commands that only read',
    ]);
  }
}

/** Asks the API server whether the user has a permission. @throws CliError if it does not answer */
export async function isAllowed(api: Api, { verb, group, resource, subresource, namespace, name }: Permission): Promise<boolean> {
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource !== undefined ? { subresource } : {}),
    ...(namespace !== undefined ? { namespace } : {}),
    ...(name !== undefined ? { name } : {}),
  };
  try {
    const review = await api.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
    });
    return at(review, 'status', 'allowed') === true;
  } catch (error) {
    throw asRefusal(error, 'checking permissions');
  }
}
