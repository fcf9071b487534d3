import { writeFileSync } from 'node:fs';
import { run } from '../../support/command';

/** The addresses of the cluster's own network. All are from blocks that are private or reserved for documentation. */
export const NODE = '192.0.2.1';
export const GATE = '198.51.100.1';
export const PODS = '10.244.0.0/22';
export const SERVICES = '10.96.0.0/16';
/** The addresses for Services of type LoadBalancer; `LOAD_BALANCERS` is their number. */
export const loadBalancerAddress = (n: number) => `192.0.2.${10 + n}`;
export const LOAD_BALANCERS = 200;

/** The network namespace that requests come from. To the cluster it is another machine. */
const CLIENT = 'client';
export const inClient = ['nsenter', '--net=/run/netns/client'];

/** Sets up the network of this process's own namespace, and a second namespace for the client. Neither can reach the outside. */
export async function layNetwork(): Promise<void> {
  // Kubernetes requires an interface with a default route; nothing answers at its other end.
  await ip('link set lo up');
  await ip('link add eth0 type veth peer name nowhere');
  await ip(`addr add ${NODE}/24 dev eth0`);
  await ip('link set eth0 up');
  await ip('link set nowhere up');
  await ip('route add default via 192.0.2.254 dev eth0');

  await ip(`netns add ${CLIENT}`);
  await ip(`link add gate type veth peer name eth0 netns ${CLIENT}`);
  await ip(`addr add ${GATE}/24 dev gate`);
  await ip('link set gate up');
  await ip('addr add 198.51.100.2/24 dev eth0', CLIENT);
  await ip('link set eth0 up', CLIENT);
  await ip('link set lo up', CLIENT);
  await ip(`route add default via ${GATE}`, CLIENT);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  // A connection per request uses up local ports quickly, so the client may use all of them.
  await run([...inClient, 'sh', '-c', 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range']);
}

async function ip(words: string, namespace?: string): Promise<void> {
  await run(['ip', ...(namespace ? ['-n', namespace] : []), ...words.split(' ')]);
}
