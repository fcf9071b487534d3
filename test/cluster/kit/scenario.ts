import { relative } from 'node:path';
import { MESH_LABEL } from '../machine/cluster-info';
import { closeApi } from './api';
import { clusterInfo } from './cluster-info';
import { Namespace } from './namespace';

/** What a cluster may lack that is not our own. */
export type Need = 'load' | 'envoy' | 'images' | 'istio' | 'istioctl' | 'audit';

export interface ScenarioOptions {
  readonly needs?: readonly Need[];
  /** Labels of the test's namespace, beside the one that shows it to Istio, which those have that need Envoy. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds after which it hangs, rather than being slow. */
  readonly limit?: number;
}

afterAll(closeApi);

/** What this cluster lacks of what a test needs. A cluster of our own lacks nothing. */
function lacking(needs: readonly Need[]): Need[] {
  const has: Readonly<Record<Need, boolean>> = {
    load: clusterInfo.load !== undefined,
    envoy: clusterInfo.envoy !== undefined,
    images: clusterInfo.load !== undefined,
    istio: clusterInfo.hasIstio,
    istioctl: clusterInfo.istioctl !== undefined,
    audit: clusterInfo.auditLog !== undefined,
  };
  return needs.filter((need) => !has[need]);
}

/**
 * A test in a namespace of its own. When it fails, the namespace's objects and logs are kept, and the message says where.
 * On a cluster that is not ours a test that needs what is not there is skipped, and its name says for what.
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
