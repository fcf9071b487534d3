import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path';
// A named import, so that the bundle includes the kubeconfig loader but not a client for every API kind.
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { UsageError } from '../core/errors';
import { type Resource, at, listAt, textAt } from '../core/resource';

/** A kubeconfig, and the parts of it that the package does not read. */
export interface Kubeconfig {
  readonly config: KubeConfig;
  /** Returns the settings that a cluster has for exec plugins, in the extension that kubectl passes on to them; undefined if it has none. */
  readonly pluginConfig: (cluster: string) => unknown;
}

/** The name of the extension of a cluster whose content an exec plugin receives. */
const PLUGIN_EXTENSION = 'client.authentication.k8s.io/exec';

/**
 * Reads the kubeconfig as kubectl does: the given file, else those that KUBECONFIG lists, else the file in the home directory, else the
 * service account of the pod. An empty file counts as a kubeconfig without content. Of two entries with the same name in different files,
 * the first counts. KUBECONFIG may list files that do not exist.
 *
 * @throws UsageError if a file cannot be read, or the given file does not exist
 */
export function readKubeconfig(file: string | undefined, env: Readonly<Record<string, string | undefined>> = process.env): Kubeconfig {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((name) => name !== '');
  const files = file !== undefined ? [file] : listed.length > 0 ? [...new Set(listed)] : homeFiles(env);
  if (files.length === 0) {
    const config = new KubeConfig();
    attempt('kubeconfig', () => config.loadFromDefault());
    // The service account of a pod has no exec plugin.
    return { config, pluginConfig: () => undefined };
  }
  const found = files.flatMap((name) => readFile(name, file === undefined) ?? []);
  if (found.length === 0) {
    throw new UsageError(`KUBECONFIG: got ${JSON.stringify(env['KUBECONFIG'])}; must list a file that exists`);
  }
  const config = new KubeConfig();
  const first = <T extends { readonly name: string }>(items: readonly T[]) => [
    ...new Map([...items].reverse().map((item) => [item.name, item])).values(),
  ];
  config.loadFromOptions({
    clusters: first(found.flatMap((one) => one.config.clusters)),
    users: first(found.flatMap((one) => one.config.users)),
    contexts: first(found.flatMap((one) => one.config.contexts)),
    currentContext: found.map((one) => one.config.currentContext).find((name) => name) ?? '',
  });
  return {
    config,
    pluginConfig: (cluster) => {
      const source = found.find((one) => one.config.clusters.some(({ name }) => name === cluster));
      const entry = listAt(source?.content, 'clusters').find((one) => textAt(one, 'name') === cluster);
      return at(
        listAt(entry, 'cluster', 'extensions').find((one) => textAt(one, 'name') === PLUGIN_EXTENSION),
        'extension',
      );
    },
  };
}

/** The kubeconfig in the home directory, as a list; empty if there is none. On Windows, the first home directory that has one counts. */
function homeFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const { HOME, HOMEDRIVE, HOMEPATH, USERPROFILE } = env;
  const folders = process.platform === 'win32' ? [HOME, HOMEDRIVE && HOMEPATH && HOMEDRIVE + HOMEPATH, USERPROFILE] : [HOME];
  return folders
    .flatMap((folder) => (folder ? [join(folder, '.kube', 'config')] : []))
    .filter((path) => existsSync(path))
    .slice(0, 1);
}

interface KubeconfigFile {
  readonly content: Resource;
  readonly config: KubeConfig;
}

/** Reads one file; returns undefined if it does not exist and may be missing. */
function readFile(file: string, mayBeMissing: boolean): KubeconfigFile | undefined {
  return attempt(mayBeMissing ? `kubeconfig ${file}` : 'kubeconfig', () => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if (mayBeMissing && (error as NodeJS.ErrnoException).code === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
    const content: unknown = parse(text, { logLevel: 'error' }) ?? {};
    if (typeof content !== 'object' || Array.isArray(content)) {
      throw new Error(`got ${JSON.stringify(content).slice(0, 60)}; must be a map with clusters, users and contexts`);
    }
    const config = new KubeConfig();
    config.loadFromString(JSON.stringify(content));
    const folder = resolve(dirname(file));
    config.makePathsAbsolute(folder);
    for (const user of config.users) {
      const exec = user.exec as { command?: unknown } | undefined;
      // A command without a folder is looked up in PATH.
      if (typeof exec?.command === 'string' && exec.command.includes(sep) && !isAbsolute(exec.command)) {
        Object.assign(user, { exec: { ...exec, command: resolve(folder, exec.command) } });
      }
    }
    return { content: content as Resource, config };
  });
}

/** Converts what the package throws to an error of one sentence. */
function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new UsageError(`${what}: ${(error as Error).message.split('\n')[0]!}`);
  }
}
