import { EnvFieldPaths, EnvValue } from 'cdk8s-plus-27';

/** Environment variables that tell a pod about itself, filled in by the kubelet (the downward API). */
export class DownwardApi {
  /**
   * Where a pod runs and what it is called, under the names most images look for:
   *
   * | variable | field |
   * | --- | --- |
   * | `NODE_IP` | `status.hostIP` |
   * | `NODE_NAME` | `spec.nodeName` |
   * | `POD_IP` | `status.podIP` |
   * | `POD_NAME` | `metadata.name` |
   * | `POD_NAMESPACE` | `metadata.namespace` |
   *
   * Single ones are `EnvValue.fromFieldRef(EnvFieldPaths.POD_NAME)` of cdk8s-plus.
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
