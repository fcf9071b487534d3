import { Children } from './children';
import { startContainers } from './containers';
import { makeCgroup, settleIn } from './isolation';
import { startIstio } from './istio';
import { startControlPlane, startNode } from './kubernetes';
import { layNetwork } from './network';
import type { Programs } from './programs';

export interface Cluster {
  readonly kubeconfig: string;
  readonly children: Children;
}

/** Starts a cluster in the kernel namespaces of this process, which must not be those of the machine. */
export async function startCluster(programs: Programs, logs: string, outerPid: number, say: (text: string) => void): Promise<Cluster> {
  const children = new Children(logs);
  const start = async (): Promise<Cluster> => {
    const folder = await settleIn();
    await layNetwork();
    const [kubeconfig, socket] = await Promise.all([
      startControlPlane(children, programs, folder),
      startContainers(children, programs, folder),
    ]);
    say('the API server answers');
    const admin = kubeconfig('admin');
    await Promise.all([
      startNode(children, programs, folder, { kubeconfig, socket, cgroup: makeCgroup(outerPid) }),
      startIstio(children, programs, folder, admin),
    ]);
    say('the node is ready, and Envoy too');
    return { kubeconfig: admin, children };
  };
  try {
    return await Promise.race([start(), children.failure]);
  } catch (error) {
    await children.stopAll();
    throw error;
  }
}
