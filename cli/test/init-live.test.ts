import { type Api, ApiError } from '../src/cluster/api';
import { readLive } from '../src/init/read-live';

const SPEC = { template: { spec: { serviceAccountName: 'shop-sa' } } };

/** An API server with these answers by path; others are missing, or forbidden. */
function server(objects: Readonly<Record<string, object>>, forbidden: RegExp = /^$/): { api: Api; paths: string[] } {
  const paths: string[] = [];
  const get = (path: string) => {
    paths.push(path);
    if (forbidden.test(path)) {
      return Promise.reject(new ApiError({ kind: 'status', message: 'forbidden', status: 403 }, path, undefined));
    }
    return Promise.resolve(objects[path] ?? (/[a-z]s$/.test(path) ? { items: [] } : undefined));
  };
  return { api: { connection: { namespace: 'apps' }, get, find: get } as unknown as Api, paths };
}

const DEPLOYMENTS = '/apis/apps/v1/namespaces/apps/deployments';
const deployment = { metadata: { name: 'shop' }, spec: SPEC };

test('a live Deployment is read with its Services, autoscalers and account, and no Secret or ConfigMap', async () => {
  const { api, paths } = server({
    [`${DEPLOYMENTS}/shop`]: deployment,
    [DEPLOYMENTS]: { items: [deployment, { metadata: { name: 'cart' } }] },
    '/api/v1/namespaces/apps/services': { items: [{ metadata: { name: 'shop' } }] },
    '/api/v1/namespaces/apps/serviceaccounts/shop-sa': { metadata: { name: 'shop-sa' } },
  });
  const objects = await readLive(api, 'shop');
  const titles = objects.map(({ kind, metadata }) => `${String(kind)}/${(metadata as { name: string }).name}`);
  expect(titles).toEqual(['Deployment/shop', 'Service/shop', 'ServiceAccount/shop-sa', 'Deployment/cart']);
  expect(paths.join()).not.toMatch(/secrets|configmaps/);
});

test('a Deployment that does not exist is invalid input', async () => {
  await expect(readLive(server({}).api, 'shop')).rejects.toMatchObject({
    message: 'Deployment/shop does not exist in namespace apps',
    code: 2,
  });
});

test('an account that may not be read says nothing; a list that may not be read ends the command', async () => {
  const objects = { [`${DEPLOYMENTS}/shop`]: deployment };
  await expect(readLive(server(objects, /serviceaccounts/).api, 'shop')).resolves.toHaveLength(1);
  await expect(readLive(server(objects, /horizontalpodautoscalers/).api, 'shop')).rejects.toMatchObject({ code: 3 });
});
