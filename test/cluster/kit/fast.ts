import { Duration, Size } from 'cdk8s';
import { Cpu, ImagePullPolicy, Probe, ServiceType } from 'cdk8s-plus-27';
import { type CanaryPairProps, DownwardApi, PodSecurity, PreStop, Stages } from '../../../lib';
import { type Tree, tutorial } from './trees';

/** Options for running a fast tree: no hold times, no settling, no record. The command waits only for pods. */
export const FAST = ['--yes', '--hold', '0', '--settle', '0s', '--no-record'] as const;

/** The tutorial's pair, as small and as quick as possible, for tests that run hundreds of rollouts. */
export const QUICK: Partial<CanaryPairProps> = {
  baseline: 1,
  stages: Stages.percent(50, 100),
  service: { name: 'canary-svc', type: ServiceType.CLUSTER_IP, ports: [{ name: 'web', port: 8080, targetPort: 80 }] },
  pod: {
    containerName: 'servicedemo',
    image: 'scubakiz/servicedemo:1.0',
    imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
    ports: [{ number: 80 }],
    env: DownwardApi.podIdentity(),
    security: PodSecurity.IMAGE,
    readiness: Probe.fromHttpGet('/', { port: 80, periodSeconds: Duration.seconds(1) }),
    // Sixteen rollouts run at a time, on a node that may have two cores.
    resources: { cpu: { request: Cpu.millis(10) }, memory: { request: Size.mebibytes(16) } },
    preStop: PreStop.none(),
    terminationGracePeriod: Duration.seconds(1),
  },
};

export type Router = 'pods' | 'istio';

const trees = new Map<Router, Tree>();

/** The fast tree of a router. It is synthesized once. */
export function fastTree(router: Router): Tree {
  const tree = trees.get(router) ?? tutorial({ isRouted: router === 'istio', pair: QUICK });
  trees.set(router, tree);
  return tree;
}
