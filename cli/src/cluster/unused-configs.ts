import { createHash } from 'node:crypto';
import { PAIR_LABEL } from '../../../lib/core/labels';
import type { PlanObjects } from '../core/kubernetes/objects';
import { configPairs, configsNeededIn, leftConfigs, unreadConfigs } from '../core/kubernetes/versioned-configs';
import { type ObjectRef, type Resource, keyOf, listAt, refOf } from '../core/resource';
import type { Api } from './api';
import { asRefusal } from './kinds';

/**
 * Finds the ConfigMaps of `VersionedConfig`s of the plan's pairs that nothing refers to: no object of the folder that the cluster is at, and
 * no Deployment, ReplicaSet with pods or pod of the namespace. Sends no request for a plan without a `VersionedConfig`.
 *
 * @param gone the objects of the folder that the cleanup deletes
 */
export async function findUnusedConfigs(
  api: Api,
  objects: PlanObjects,
  folder: string,
  gone: readonly ObjectRef[],
): Promise<readonly Resource[]> {
  const services = new Map<string, string[]>();
  for (const { namespace = objects.namespace, service } of configPairs(objects.plan)) {
    services.set(namespace, [...(services.get(namespace) ?? []), service]);
  }
  const found = await Promise.all(
    [...services].map(async ([namespace, owners]) => {
      const needed = configsNeededIn(objects, folder, namespace, gone);
      const query = { labelSelector: `${PAIR_LABEL} in (${owners.join(',')})` };
      const configs = leftConfigs(await list(api, namespace, 'v1', 'ConfigMap', query), { owners, needed, sha256 });
      return configs.length === 0 ? [] : unreadConfigs(configs, await readersIn(api, namespace, gone));
    }),
  );
  return found.flat();
}

/** Everything in a namespace that may read a ConfigMap, as far as the documented Role can see it. */
async function readersIn(api: Api, namespace: string, gone: readonly ObjectRef[]): Promise<readonly Resource[]> {
  const keys = new Set(gone.map(keyOf));
  const readers = await Promise.all([
    list(api, namespace, 'apps/v1', 'Deployment'),
    list(api, namespace, 'apps/v1', 'ReplicaSet'),
    list(api, namespace, 'v1', 'Pod'),
  ]);
  return readers.flat().filter((reader) => !keys.has(keyOf(refOf(reader))));
}

/** The objects of a kind; a list of the API server leaves out the kind of its items. */
async function list(
  api: Api,
  namespace: string,
  apiVersion: string,
  kind: string,
  query?: Readonly<Record<string, string>>,
): Promise<readonly Resource[]> {
  const path = `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${kind.toLowerCase()}s`;
  const found = await api.get(path, query).catch((error: unknown) => {
    throw asRefusal(error, `the ${kind}s of namespace ${namespace}`);
  });
  return listAt(found, 'items').map((item) => ({ ...item, apiVersion, kind }));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
