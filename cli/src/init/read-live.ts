import { type Api, ApiError } from '../cluster/api';
import { CliError, EXIT } from '../core/errors';
import { type Resource, at, listAt, textAt } from '../core/resource';

/**
 * Reads a Deployment and what may belong to it: the Services, autoscalers and other Deployments of its namespace, and the service account of
 * its pods. Secrets and ConfigMaps are not read.
 *
 * @throws CliError if the Deployment does not exist, or something may not be read
 */
export async function readLive(api: Api, name: string): Promise<Resource[]> {
  const { namespace } = api.connection;
  const apps = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  try {
    const deployment = await api.find(`${apps}/${encodeURIComponent(name)}`);
    if (!deployment) {
      throw new CliError(`Deployment/${name} does not exist in namespace ${namespace}`, EXIT.badInput, [
        `kubectl get deployments --namespace ${namespace}`,
      ]);
    }
    const account = textAt(deployment, 'spec', 'template', 'spec', 'serviceAccountName') || 'default';
    const core = `/api/v1/namespaces/${namespace}`;
    const [deployments, services, autoscalers, serviceAccount] = await Promise.all([
      itemsOf(api, apps, 'apps/v1', 'Deployment'),
      itemsOf(api, `${core}/services`, 'v1', 'Service'),
      itemsOf(api, `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, 'autoscaling/v2', 'HorizontalPodAutoscaler'),
      accountOf(api, `${core}/serviceaccounts/${encodeURIComponent(account)}`),
    ]);
    const others = deployments.filter((object) => textAt(object, 'metadata', 'name') !== name);
    return [{ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' }, ...services, ...autoscalers, ...serviceAccount, ...others];
  } catch (error) {
    throw error instanceof ApiError ? new CliError(`cannot read ${error.message}`, error.isRefusal ? EXIT.refused : EXIT.paused) : error;
  }
}

/** The objects of a list, which have no kind of their own. */
async function itemsOf(api: Api, path: string, apiVersion: string, kind: string): Promise<Resource[]> {
  return listAt(await api.get(path), 'items').map((item) => ({ ...item, apiVersion, kind }));
}

/** A service account that may not be read counts as one that says nothing of its token. */
async function accountOf(api: Api, path: string): Promise<Resource[]> {
  try {
    const account = await api.find(path);
    return account && at(account, 'metadata', 'name') !== undefined ? [{ ...account, apiVersion: 'v1', kind: 'ServiceAccount' }] : [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) {
      return [];
    }
    throw error;
  }
}
