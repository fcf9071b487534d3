import { Agent, createServer } from 'node:http';
import { getMaxListeners, once } from 'node:events';

import type { AddressInfo } from 'node:net';
import { Api } from '../src/cluster/api';

test('many requests under way on one signal are no leak that Node warns of', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent();
  const connection = {
    server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    namespace: 'shop',
    contextName: 'it',
    flags: [],
    authenticate: () => Promise.resolve({ headers: {}, agent }),
    forget: () => undefined,
  };
  const end = new AbortController();
  const api = new Api(connection, { timeout: 15_000, patience: 0, signal: end.signal });
  const asked = Array.from({ length: 20 }, () => api.call('GET', '/version'));
  await once(server, 'request');
  await new Promise((next) => setTimeout(next, 50));
  end.abort();
  await Promise.allSettled(asked);
  server.close();
  // Node warns on the process outside of Jest's; it does so from the first listener above this, and never where it is 0.
  expect(getMaxListeners(end.signal)).toBe(0);
});
