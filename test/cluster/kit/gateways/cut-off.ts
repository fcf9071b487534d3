import { readdirSync } from 'node:fs';
import { run } from '../../../support/command';

/** Where `ip netns` and containerd keep the network namespaces. */
const NAMESPACES = '/run/netns';

/**
 * Discards all packets between a pod and a port of its control plane, in the pod's own network namespace. The pod's other connections are
 * untouched, so it goes on serving what it knows. No connection is closed: neither side is told.
 *
 * @returns a function that lets the packets through again
 */
export async function cutOff(podIp: string, port: number): Promise<() => Promise<void>> {
  const network = await networkOf(podIp);
  const rules = [
    ['OUTPUT', '--dport'],
    ['INPUT', '--sport'],
  ] as const;
  const each = async (action: '--insert' | '--delete') => {
    for (const [chain, side] of rules) {
      await run(['nsenter', `--net=${network}`, 'iptables', action, chain, '--protocol', 'tcp', side, String(port), '--jump', 'DROP']);
    }
  };
  await each('--insert');
  return () => each('--delete');
}

/** The path of the network namespace that has an address. */
async function networkOf(ip: string): Promise<string> {
  for (const name of readdirSync(NAMESPACES)) {
    const addresses = await run(['ip', '-netns', name, '-4', '-oneline', 'address']);
    if (addresses.includes(` ${ip}/`)) {
      return `${NAMESPACES}/${name}`;
    }
  }
  throw new Error(`no network namespace of this machine has the address ${ip}`);
}
