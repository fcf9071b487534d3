import type * as kplus from './kplus';

/** When the kubelet restarts an init container that ended. */
export enum ContainerRestartPolicy {
  /**
   * Always: the init container is a sidecar. It starts before the containers that follow it, keeps running beside the main container, and
   * is stopped after it. Stable from Kubernetes 1.33, on by default since 1.29.
   */
  ALWAYS = 'Always',
}

/** A container that starts before the main one. */
export interface InitContainerProps extends kplus.ContainerProps {
  /**
   * `ContainerRestartPolicy.ALWAYS` for a sidecar: the next container starts as soon as it has started (with `startup`, as soon as that
   * probe succeeds). Only such an init container may have probes.
   *
   * @default - the init container runs to its end before the next one starts
   */
  readonly restartPolicy?: ContainerRestartPolicy;
}

/** Whether an init container keeps running beside the main container. */
export function isSidecar({ restartPolicy }: InitContainerProps): boolean {
  return restartPolicy === ContainerRestartPolicy.ALWAYS;
}
