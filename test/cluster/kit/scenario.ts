import { relative } from 'node:path';
import { MESH_LABEL } from '../machine/facts';
import { closeApi } from './api';
import { facts } from './facts';
import { Space } from './space';

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
    load: facts.load !== undefined,
    envoy: facts.envoy !== undefined,
    images: facts.load !== undefined,
    istio: facts.hasIstio,
    istioctl: facts.istioctl !== undefined,
    audit: facts.auditLog !== undefined,
  };
  return needs.filter((need) => !has[need]);
}

/**
 * A test in a namespace of its own. When it fails, the namespace's objects and logs are kept, and the message says where.
 * On a cluster that is not ours a test that needs what is not there is skipped, and its name says for what.
 */
export function scenario(name: string, body: (space: Space) => Promise<void>, options: ScenarioOptions = {}): void {
  const missing = lacking(options.needs ?? []);
  if (missing.length > 0) {
    test.skip(`${name} (needs ${missing.join(', ')})`, () => undefined);
    return;
  }
  test(
    name,
    async () => {
      const isInMesh = options.needs?.includes('envoy');
      const space = await Space.create({ ...options.labels, ...(isInMesh && { [MESH_LABEL]: 'member' }) });
      try {
        await body(space);
      } catch (error) {
        const folder = await space.keep(name);
        const kept = `\nobjects, events and logs of this test: ${relative(process.cwd(), folder)}`;
        if (error instanceof Error) {
          error.message += kept;
          throw error;
        }
        throw new Error(`${String(error)}${kept}`, { cause: error });
      } finally {
        await space.remove();
      }
    },
    (options.limit ?? 300) * 1000,
  );
}
