import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClusterConfig } from '../../kit/cluster-config';
import { canary } from '../../kit/command';
import { deleteSlowly } from '../../kit/delete-slowly';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { committed } from '../../kit/trees';

/** Tests of kubectl's ways to connect to a cluster: proxies and plugins. The command must interpret a kubeconfig in the same way. */

/** Starts an HTTPS proxy that records the hosts of its CONNECT requests. */
async function httpsProxy() {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, answer) => answer.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    asked.push(request.url!);
    const [host, port] = request.url!.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => [client, upstream].forEach((one) => one.destroy()));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

type User = Readonly<Record<string, unknown>>;

/** Writes a kubeconfig of the cluster, with changes to its cluster or its user. */
async function kubeconfig(namespace: Namespace, more: { cluster?: object; user?: User } = {}): Promise<string> {
  const { url, ca, cert, key, token } = await readClusterConfig();
  const base64 = (data: Buffer | string | undefined) => data && Buffer.from(data).toString('base64');
  const own = { token, 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  const path = join(mkdtempSync(join(tmpdir(), 'canary-kubeconfig-')), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me', namespace: namespace.name } }],
    clusters: [{ name: 'here', cluster: { server: url, 'certificate-authority-data': base64(ca), ...more.cluster } }],
    users: [{ name: 'me', user: more.user ?? own }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

const NO_PROXIES = { HTTPS_PROXY: undefined, https_proxy: undefined, NO_PROXY: undefined, no_proxy: undefined };

scenario('the command connects as HTTPS_PROXY, NO_PROXY and proxy-url say', async (namespace) => {
  await namespace.withoutPods();
  const tree = committed.pods();
  await namespace.apply(tree.path('stage-0'));
  const { host } = new URL((await readClusterConfig()).url);
  const proxy = await httpsProxy();
  const status = async (config: string, env: Record<string, string | undefined>) => {
    proxy.asked.length = 0;
    const end = await canary(['status', '-o', 'json', '--dir', tree.folder], { kubeconfig: config, env: { ...NO_PROXIES, ...env } });
    expect({ status: end.status, said: end.stderr }).toEqual({ status: 0, said: '' });
    expect(JSON.parse(end.stdout)).toMatchObject({ position: { kind: 'at', folder: 'stage-0' } });
    return [...new Set(proxy.asked)];
  };
  try {
    const plain = await kubeconfig(namespace);
    expect(await status(plain, {})).toEqual([]);
    expect(await status(plain, { HTTPS_PROXY: proxy.url })).toEqual([host]);
    expect(await status(plain, { HTTPS_PROXY: proxy.url, NO_PROXY: host.split(':')[0] })).toEqual([]);
    expect(await status(await kubeconfig(namespace, { cluster: { 'proxy-url': proxy.url } }), {})).toEqual([host]);
  } finally {
    proxy.close();
  }
});

scenario('the command calls an exec plugin as kubectl does, and passes the cluster if provideClusterInfo is set', async (namespace) => {
  await namespace.withoutPods();
  const tree = committed.pods();
  await namespace.apply(tree.path('stage-0'));
  const { url, cert, key, token } = await readClusterConfig();
  const folder = mkdtempSync(join(tmpdir(), 'canary-plugin-'));
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token, clientCertificateData: cert?.toString(), clientKeyData: key?.toString() },
  };
  writeFileSync(join(folder, 'credential.json'), JSON.stringify(credential), { mode: 0o600 });
  const script = `printf '%s\\n' "$KUBERNETES_EXEC_INFO" >> ${folder}/told; echo "$GREETING" > ${folder}/greeting; cat ${folder}/credential.json`;
  const plugin = (more: object) => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      env: [{ name: 'GREETING', value: 'hello' }],
      interactiveMode: 'Never',
      ...more,
    },
  });
  const told = async (more: object) => {
    writeFileSync(join(folder, 'told'), '');
    const config = await kubeconfig(namespace, { user: plugin(more) });
    const end = await canary(['status', '-o', 'json', '--dir', tree.folder], { kubeconfig: config, env: NO_PROXIES });
    expect({ status: end.status, said: end.stderr }).toEqual({ status: 0, said: '' });
    const lines = readFileSync(join(folder, 'told'), 'utf8').trim().split('\n');
    // A run calls the plugin once and caches its credentials.
    expect(lines).toHaveLength(1);
    return lines[0] === '' ? undefined : (JSON.parse(lines[0]!) as object);
  };
  expect(await told({ provideClusterInfo: true })).toMatchObject({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: url } },
  });
  expect(readFileSync(join(folder, 'greeting'), 'utf8')).toBe('hello\n');
  const without = await told({ provideClusterInfo: false });
  expect((without as { spec?: { cluster?: unknown } } | undefined)?.spec?.cluster).toBeUndefined();
});

scenario(
  'a certificate of another authority, and a namespace that is being deleted, end the command with the reason',
  async (namespace) => {
    await namespace.withoutPods();
    const tree = committed.pods();
    const pem = readFileSync(join(__dirname, '../../../../cli/test/data/shop.test.pem'), 'utf8');
    const authority = Buffer.from(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE'))).toString('base64');
    const wrong = await kubeconfig(namespace, { cluster: { 'certificate-authority-data': authority } });
    const distrusted = await canary(['status', '--dir', tree.folder], { kubeconfig: wrong, env: NO_PROXIES });
    expect({ status: distrusted.status, said: distrusted.stderr }).toEqual({
      status: 3,
      said: expect.stringContaining("the server's certificate is not accepted: ") as string,
    });
    const ending = `${namespace.name}-ending`;
    await namespace.kubectl('create', 'namespace', ending);
    const release = await deleteSlowly(namespace, ending);
    try {
      const own = await kubeconfig(namespace);
      const refused = await canary(['advance', '--create', '--namespace', ending, '--dir', tree.folder], {
        kubeconfig: own,
        env: NO_PROXIES,
      });
      expect({ status: refused.status, said: refused.stderr }).toEqual({
        status: 3,
        said: expect.stringContaining(`namespace ${ending} is being deleted, and nothing of this plan exists in it`) as string,
      });
    } finally {
      await release();
    }
  },
);
