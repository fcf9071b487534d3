import { getEventListeners } from 'node:events';
import type { Api } from '../src/cluster/api';
import { balancerTarget } from '../src/monitor/target';

const SERVICE = { metadata: { name: 'web', uid: '1' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };

/** An API server with a Service whose load balancer has an address when the Service is listed. */
const api = {
  find: () => Promise.resolve(SERVICE),
  get: () => Promise.resolve({ items: [{ ...SERVICE, status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } }] }),
  follow: async function* () {
    // The address is in the list, so the watch is not needed.
  },
} as unknown as Api;

test('the wait for the address of a load balancer leaves no listener at the signal of the run', async () => {
  // A run has one signal for all its stages, and Node warns of a leak if a signal has more than ten listeners.
  const { signal } = new AbortController();
  for (let stage = 0; stage < 12; stage += 1) {
    await balancerTarget(api, { namespace: 'shop', service: 'web', port: undefined, path: '/', timeout: 60_000 }, signal);
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
