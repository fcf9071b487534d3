import { relative } from 'node:path';
import { MESH_LABEL } from '../machine/cluster-info';
import { closeApi } from './api';
import { clusterInfo } from './cluster-info';
import type { GatewayImplementation } from './gateways/implementation';
import { Namespace } from './namespace';

/** Features that an existing cluster may lack. */
export type Need = 'load' | 'envoy' | 'images' | 'istio' | 'istioctl' | 'audit' | 'istio-gateway' | 'envoy-gateway';

/** What a scenario with a gateway needs, by the gateway's implementation. */
export const GATEWAY_NEEDS: Readonly<Record<GatewayImplementation, Need>> = { istio: 'istio-gateway', 'envoy-gateway': 'envoy-gateway' };

export interface ScenarioOptions {
  readonly needs?: readonly Need[];
  /** Labels of the test's namespace. Tests that need Envoy also get the label by which Istio discovers the namespace. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds after which the test counts as hanging, not as slow (default: 300). */
  readonly limit?: number;
}

afterAll(closeApi);

/** The needed features that this cluster lacks. Our own cluster has all features. */
function lacking(needs: readonly Need[]): Need[] {
  const has: Readonly<Record<Need, boolean>> = {
    load: clusterInfo.load !== undefined,
    envoy: clusterInfo.envoy !== undefined,
    images: clusterInfo.load !== undefined,
    istio: clusterInfo.hasIstio,
    istioctl: clusterInfo.istioctl !== undefined,
    audit: clusterInfo.auditLog !== undefined,
    'istio-gateway': clusterInfo.gateways !== undefined,
    'envoy-gateway': clusterInfo.gateways?.envoyGateway !== undefined,
  };
  return needs.filter((need) => !has[need]);
}

/**
 * Declares a test that runs in a namespace of its own. If it fails, the namespace's objects and logs are kept, and the message has their
 * folder. If an existing cluster lacks a needed feature, the test is skipped, and its name says which feature is missing.
 */
export function scenario(name: string, body: (namespace: Namespace) => Promise<void>, options: ScenarioOptions = {}): void {
  const missing = lacking(options.needs ?? []);
  if (missing.length > 0) {
    test.skip(`${name} (needs ${missing.join(', ')})`, () => undefined);
    return;
  }
  test(
    name,
    async () => {
      const isInMesh = options.needs?.includes('envoy');
      const namespace = await Namespace.create({ ...options.labels, ...(isInMesh && { [MESH_LABEL]: 'member' }) });
      try {
        await body(namespace);
      } catch (error) {
        const folder = await namespace.keep(name);
        const kept = `\nobjects, events and logs of this test: ${relative(process.cwd(), folder)}`;
        if (error instanceof Error) {
          error.message += kept;
          throw error;
        }
        throw new Error(`${String(error)}${kept}`, { cause: error });
      } finally {
        await namespace.remove();
      }
    },
    (options.limit ?? 300) * 1000,
  );
}
