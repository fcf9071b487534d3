import type { Duration } from 'cdk8s';
import * as kplus from './kplus';
import type { Construct } from 'constructs';
import * as names from './core/names';
import { type JsonObject, withoutUndefined } from './core/yaml';
import { secondsOf, show } from './input/input';

/** Options of `Volumes.fromServiceAccountToken`. */
export interface ServiceAccountTokenOptions {
  /**
   * Who may accept the token: its recipient, such as `vault`.
   *
   * @default - the API server
   */
  readonly audience?: string;

  /**
   * How long a token is valid: at least 10 minutes. The kubelet renews it before it ends.
   *
   * @default Duration.hours(1)
   */
  readonly expiration?: Duration;

  /**
   * The name of the file.
   *
   * @default "token"
   */
  readonly path?: string;
}

/** Volumes that cdk8s-plus-27 cannot express. They can be given wherever this library takes a `Volume`. */
export class Volumes {
  /**
   * A file with a token of the pod's service account for one recipient. It needs no `automountServiceAccountToken`, which mounts a token
   * for the API server.
   *
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param name the volume's name
   * @param options the recipient, the validity and the file
   * @throws if the name, the validity or the file's name is not valid
   */
  public static fromServiceAccountToken(
    scope: Construct,
    id: string,
    name: string,
    options: ServiceAccountTokenOptions = {},
  ): kplus.Volume {
    const { audience, expiration, path = 'token' } = options;
    const seconds = expiration === undefined ? undefined : secondsOf(expiration);
    if (typeof name !== 'string' || names.breaks(names.NAMESPACE, name)) {
      throw refusal('name', name, names.NAMESPACE.must);
    }
    if (expiration !== undefined && (seconds === undefined || seconds < LEAST_SECONDS || seconds > MOST_SECONDS)) {
      throw refusal('expiration', expiration, 'be a duration of whole seconds from 10 minutes to 136 years; try Duration.hours(1)');
    }
    if (typeof path !== 'string' || path === '' || path.startsWith('/') || path.split('/').includes('..')) {
      throw refusal('path', path, 'be a relative path without ".."; try "token"');
    }
    const serviceAccountToken = withoutUndefined({ audience, expirationSeconds: seconds, path });
    const volume = kplus.Volume.fromEmptyDir(scope, id, name);
    OWN.set(volume, { projected: { sources: [{ serviceAccountToken }] } });
    return volume;
  }

  private constructor() {}
}

const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;

function refusal(option: string, got: unknown, must: string): Error {
  return new Error(`Volumes.fromServiceAccountToken, ${option}: got ${show(got)}; must ${must}`);
}

/** The volumes of this class. To cdk8s-plus they are empty folders. */
const OWN = new WeakMap<kplus.Volume, JsonObject>();

/** Replaces the volumes of this library in the rendered volumes of a pod. */
export function withOwnVolumes(rendered: unknown, { containers, initContainers, volumes }: kplus.Deployment): JsonObject[] | undefined {
  const all = [...volumes, ...[...containers, ...initContainers].flatMap(({ mounts }) => mounts.map(({ volume }) => volume))];
  const own = new Map(all.flatMap((volume) => (OWN.has(volume) ? [[volume.name, OWN.get(volume)!]] : [])));
  return (rendered as JsonObject[] | undefined)?.map((volume) => {
    const config = own.get(volume.name as string);
    return config ? { name: volume.name!, ...config } : volume;
  });
}
