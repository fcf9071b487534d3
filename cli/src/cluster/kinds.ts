import { type ObjectRef, type Resource, nameOf, textAt } from '../core/resource';
import { CliError, EXIT } from '../core/errors';
import { installAdvice } from '../core/routers';
import { type Api, ApiError } from './api';

/** The group and resource name of a kind, as in the paths of the API server. */
export interface KindInfo {
  readonly group: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** The kinds of a plan's objects, as the API server serves them. */
export class Kinds {
  private constructor(private readonly byKind: ReadonlyMap<string, KindInfo>) {}

  /** Discovers the kinds of some objects. @throws CliError if the server does not serve one of them */
  static async discover(api: Api, refs: readonly ObjectRef[]): Promise<Kinds> {
    const found = new Map<string, KindInfo>();
    const versions = [...new Set(refs.map(({ apiVersion }) => apiVersion))];
    await Promise.all(
      versions.map(async (apiVersion) => {
        const list = await api.find(apiPath(apiVersion));
        for (const resource of (list?.['resources'] as Resource[] | undefined) ?? []) {
          const plural = textAt(resource, 'name') ?? '';
          if (!plural.includes('/')) {
            const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
            found.set(`${apiVersion} ${textAt(resource, 'kind')}`, { group, plural, isNamespaced: resource['namespaced'] === true });
          }
        }
      }),
    );
    const missing = refs.filter(({ apiVersion, kind }) => !found.has(`${apiVersion} ${kind}`));
    if (missing.length > 0) {
      const kinds = [...new Set(missing.map(({ apiVersion, kind }) => `${kind} (${apiVersion})`))].join(', ');
      const first = missing[0]!;
      throw new CliError(`the cluster does not serve ${kinds}, the kind of ${nameOf(first)}`, EXIT.refused, [
        installAdvice(first.apiVersion),
      ]);
    }
    return new Kinds(found);
  }

  of(ref: ObjectRef): KindInfo {
    return this.byKind.get(`${ref.apiVersion} ${ref.kind}`)!;
  }

  /** Returns the path of an object. */
  path(ref: ObjectRef): string {
    return `${this.collection(ref)}/${encodeURIComponent(ref.name)}`;
  }

  /** Returns the path of the collection that contains an object. */
  collection(ref: ObjectRef): string {
    const { plural, isNamespaced } = this.of(ref);
    const inNamespace = isNamespaced ? `/namespaces/${encodeURIComponent(ref.namespace!)}` : '';
    return `${apiPath(ref.apiVersion)}${inNamespace}/${plural}`;
  }
}

function apiPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Converts a failed request to an error of one sentence. `doing` names the object or the action. */
export function asRefusal(error: unknown, doing: string, code: CliError['code'] = EXIT.paused, next: readonly string[] = []): CliError {
  if (error instanceof CliError) {
    return error;
  }
  if (error instanceof ApiError) {
    const said = error.failure.message.replace(/\s+/g, ' ').slice(0, 500);
    return Object.assign(new CliError(`${doing}: ${said}`, error.isRefusal ? EXIT.refused : code, next), { cause: error });
  }
  throw error;
}
