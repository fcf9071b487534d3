import { EnvFieldPaths, EnvValue } from './kplus';

/** Environment variables with information about the pod itself, filled in by the kubelet (the downward API). */
export class DownwardApi {
  /**
   * The node, the addresses and the names of a pod, in the variables that most images expect:
   *
   * | variable | field |
   * | --- | --- |
   * | `NODE_IP` | `status.hostIP` |
   * | `NODE_NAME` | `spec.nodeName` |
   * | `POD_IP` | `status.podIP` |
   * | `POD_NAME` | `metadata.name` |
   * | `POD_NAMESPACE` | `metadata.namespace` |
   *
   * For a single variable, use cdk8s-plus: `EnvValue.fromFieldRef(EnvFieldPaths.POD_NAME)`.
   *
   * @example { GREETING: EnvValue.fromValue('hello'), ...DownwardApi.podIdentity() }
   */
  public static podIdentity(): { [name: string]: EnvValue } {
    return {
      NODE_IP: EnvValue.fromFieldRef(EnvFieldPaths.NODE_IP),
      NODE_NAME: EnvValue.fromFieldRef(EnvFieldPaths.NODE_NAME),
      POD_IP: EnvValue.fromFieldRef(EnvFieldPaths.POD_IP),
      POD_NAME: EnvValue.fromFieldRef(EnvFieldPaths.POD_NAME),
      POD_NAMESPACE: EnvValue.fromFieldRef(EnvFieldPaths.POD_NAMESPACE),
    };
  }

  private constructor() {}
}
