import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KubeconfigOptions {
  readonly server: string;
  /** The certificate of the authority that signed the server's certificate. */
  readonly ca?: string | Buffer;
  readonly namespace?: string;
  readonly token?: string;
}

/** Writes a kubeconfig with one context into a folder of its own, and returns its path. */
export function writeKubeconfig({ server, ca, namespace, token }: KubeconfigOptions): string {
  const name = 'test';
  const certificate = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace ? { namespace } : {}) } }],
    clusters: [{ name, cluster: { server, ...certificate } }],
    users: [{ name, user: token ? { token } : {} }],
  };
  const path = join(mkdtempSync(join(tmpdir(), 'canary-cluster-')), 'kubeconfig');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
