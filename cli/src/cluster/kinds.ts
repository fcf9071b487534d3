import { ObjectRef, Resource, nameOf, textAt } from '../core/resource';
import { EXIT, CliError } from '../core/errors';
import { installAdvice } from '../core/routers';
import { Api, ApiError } from './api';

/** How the API server calls a kind in its paths. */
export interface KindInfo {
  readonly group: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** The kinds that an API server knows, as far as a plan has them. */
export class Kinds {
  private constructor(private readonly byKind: ReadonlyMap<string, KindInfo>) {}

  /** Asks for the groups and versions of some objects. @throws CliError where the server does not know one of their kinds */
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
      throw new CliError(`the cluster does not know ${kinds}, which ${nameOf(first)} is`, EXIT.refused, [installAdvice(first.apiVersion)]);
    }
    return new Kinds(found);
  }

  of(ref: ObjectRef): KindInfo {
    return this.byKind.get(`${ref.apiVersion} ${ref.kind}`)!;
  }

  /** The path of an object. */
  path(ref: ObjectRef): string {
    return `${this.collection(ref)}/${encodeURIComponent(ref.name)}`;
  }

  /** The path of the collection that an object is in. */
  collection(ref: ObjectRef): string {
    const { plural, isNamespaced } = this.of(ref);
    const inNamespace = isNamespaced ? `/namespaces/${encodeURIComponent(ref.namespace!)}` : '';
    return `${apiPath(ref.apiVersion)}${inNamespace}/${plural}`;
  }
}

function apiPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** What the API server says of an object, in one sentence, with the object in it. */
export function asRefusal(error: unknown, doing: string, code: CliError['code'] = EXIT.paused, next: readonly string[] = []): CliError {
  if (error instanceof CliError) {
    return error;
  }
  if (error instanceof ApiError) {
    const isForbidden = error.status === 401 || error.status === 403;
    const said = error.failure.message.replace(/\s+/g, ' ').slice(0, 500);
    return Object.assign(new CliError(`${doing}: ${said}`, isForbidden ? EXIT.refused : code, next), { cause: error });
  }
  throw error;
}
