import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api } from '../../src/cluster/api';

/** Sends twenty concurrent requests to a server that answers none of them, and then ends. */
async function main(): Promise<void> {
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
  const api = new Api(connection, { timeout: 15_000, apiTimeout: 0, signal: end.signal });
  const asked = Array.from({ length: 20 }, () => api.call('GET', '/version'));
  await once(server, 'request');
  end.abort();
  await Promise.allSettled(asked);
  server.close();
}

void main();
