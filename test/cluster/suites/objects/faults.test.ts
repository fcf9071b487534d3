import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { attempt, until } from '../../../support/command';
import { request } from '../../kit/api';
import { audited, beyond, inWords, mutations } from '../../kit/audit';
import { canary } from '../../kit/command';
import { clusterInfo } from '../../kit/cluster-info';
import * as faults from '../../kit/faults';
import { operator } from '../../kit/operator';
import { documentedRules, rulesWithout } from '../../kit/roles';
import { scenario } from '../../kit/scenario';
import { Namespace } from '../../kit/namespace';
import { committed } from '../../kit/trees';

// Tests of the test kit itself, with kubectl as the client: the faults do what their names say, the audit log is complete, and an operator
// has exactly the permissions of the documented Role.

const SERVICE = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } };

/** Runs kubectl with a kubeconfig, which may lead through a proxy. */
const kubectl = (kubeconfig: string, words: readonly string[], input?: object) =>
  attempt([clusterInfo.kubectl, `--kubeconfig=${kubeconfig}`, ...words], { input: input ? JSON.stringify(input) : undefined });

const APPLY = ['apply', '--server-side', '-f', '-'];

async function through(namespace: Namespace, body: (proxy: faults.FaultProxy, kubeconfig: string) => Promise<void>): Promise<void> {
  const proxy = await faults.startFaults();
  try {
    await body(proxy, proxy.kubeconfig({ namespace: namespace.name }));
  } finally {
    await proxy.close();
  }
}

const isThere = async (namespace: Namespace, name = 'web') =>
  (await request('GET', `${namespace.path('v1', 'services')}/${name}`)).status === 200;

scenario('without a fault the proxy answers as the API server does', async (namespace) => {
  await namespace.withoutPods();
  await through(namespace, async (proxy, kubeconfig) => {
    const applied = await kubectl(kubeconfig, ['apply', '--server-side', '-f', committed.pods().path('stage-10')]);
    expect(applied).toMatchObject({ status: 0, stderr: '' });
    expect(proxy.writes.map(({ method, committed: status }) => `${method} ${status}`)).toEqual(['PATCH 201', 'PATCH 201', 'PATCH 201']);
    expect((await kubectl(kubeconfig, ['delete', 'service', 'canary-svc'])).status).toBe(0);
    expect((await kubectl(kubeconfig, ['apply', '--server-side', '--dry-run=server', '-f', '-'], SERVICE)).status).toBe(0);
    expect(proxy.writes).toHaveLength(4);
    expect(await isThere(namespace)).toBe(false);
  });
});

scenario('a response that is lost after the write leaves the object, and one that is lost before the write does not', async (namespace) => {
  await through(namespace, async (proxy, kubeconfig) => {
    for (const isCommitted of [false, true]) {
      proxy.reset();
      proxy.plan(faults.atWrite(1), faults.lost({ isCommitted }));
      const ended = await kubectl(kubeconfig, APPLY, SERVICE);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain('EOF');
      expect(await isThere(namespace)).toBe(isCommitted);
    }
  });
});

scenario('kubectl cannot distinguish responses of a fault from those of the API server', async (namespace) => {
  await through(namespace, async (proxy, kubeconfig) => {
    const said = async (fault: faults.Fault) => {
      proxy.reset();
      const planned = proxy.plan(faults.writes, fault);
      const { stderr } = await kubectl(kubeconfig, APPLY, SERVICE);
      expect(planned.met).toHaveLength(1);
      return stderr;
    };
    expect(await said(faults.fieldConflict())).toContain('conflict with "kube-controller-manager"');
    expect(await said(faults.conflict('web'))).toContain('the object has been modified');
    expect(await said(faults.forbidden('services "web"'))).toContain('Error from server (Forbidden)');
    expect(await said(faults.webhookDown())).toContain('failed calling webhook');
    expect(await said(faults.unauthorized())).toContain('You must be logged in');
    // client-go obeys Retry-After: it waits and then retries.
    const begin = performance.now();
    expect(await said(faults.tooManyRequests(1))).toBe('');
    expect(performance.now() - begin).toBeGreaterThan(1_000);
    expect(await isThere(namespace)).toBe(true);
  });
});

scenario('an outage refuses all connections, closes watches, and ends', async (namespace) => {
  await through(namespace, async (proxy, kubeconfig) => {
    const child = spawn(clusterInfo.kubectl, [`--kubeconfig=${kubeconfig}`, 'get', 'services', '--watch-only', '-o', 'name']);
    await until('the watch', 20, () => proxy.requests.some((one) => one.answered === 200 && one.query.has('watch')) || undefined);
    const outage = proxy.outage(2);
    await ended(child);
    expect((await kubectl(kubeconfig, ['get', 'services'])).stderr).toContain('refused');
    await outage;
    expect((await kubectl(kubeconfig, APPLY, SERVICE)).status).toBe(0);
  });
});

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) {
    await once(child, 'exit');
  }
}

scenario('the proxy forwards watch events at once, and a fault can delay, expire or silence a watch', async (namespace) => {
  await through(namespace, async (proxy, kubeconfig) => {
    const follow = (fault?: faults.Fault) => {
      proxy.reset();
      if (fault) {
        proxy.plan(faults.watches(/services$/), fault);
      }
      const child = spawn(clusterInfo.kubectl, [`--kubeconfig=${kubeconfig}`, 'get', 'services', '--watch', '-o', 'name']);
      let text = '';
      [child.stdout, child.stderr].forEach((stream) => stream.setEncoding('utf8').on('data', (part: string) => (text += part)));
      const open = until('the watch', 20, () => proxy.requests.some(({ query }) => query.has('watch')) || undefined);
      return { child, open, text: () => text };
    };
    const make = (name: string) => namespace.applyText(JSON.stringify({ ...SERVICE, metadata: { name } }));
    const within = async (seconds: number, name: string, text: () => string) => {
      const found = until('the event', seconds, () => text().includes(name) || undefined);
      return found.catch(() => false);
    };

    const plain = follow();
    await plain.open;
    await make('one');
    expect(await within(2, 'one', plain.text)).toBe(true);
    plain.child.kill();

    const lagging = follow(faults.watchLags(3));
    await lagging.open;
    await make('two');
    expect(await within(1, 'two', lagging.text)).toBe(false);
    expect(await within(10, 'two', lagging.text)).toBe(true);
    lagging.child.kill();

    const silent = follow(faults.watchFallsSilent());
    await silent.open;
    await make('three');
    expect(await within(2, 'three', silent.text)).toBe(false);
    expect(silent.child.exitCode).toBe(null);
    silent.child.kill();

    const expired = follow(faults.watchExpires());
    await ended(expired.child);
    // kubectl prints the object of the event, which is a Status.
    expect(expired.text()).toContain('status/');
  });
});

scenario(
  'the audit log has every request of a user and marks dry runs, and the proxy has the same requests',
  async (namespace) => {
    const since = new Date();
    const who = await operator(namespace, documentedRules('role'));
    const proxy = await who.startFaults();
    try {
      const kubeconfig = proxy.kubeconfig({ namespace: namespace.name });
      expect(await kubectl(kubeconfig, [...APPLY, '--dry-run=server'], SERVICE)).toMatchObject({ status: 0 });
      expect(mutations(await audited({ user: who.user, since }))).toEqual([]);
      expect(await kubectl(kubeconfig, APPLY, SERVICE)).toMatchObject({ status: 0 });
      proxy.plan(faults.writes, faults.lost({ isCommitted: true }));
      expect((await kubectl(kubeconfig, [...APPLY, '--field-manager=another', '--force-conflicts'], SERVICE)).status).toBe(1);
      const all = await audited({ user: who.user, since });
      expect(mutations(all).map(inWords)).toEqual(
        Array(2)
          .fill(`patch ${namespace.name}/services/web: `)
          .map((text, n) => text + [201, 200][n]),
      );
      expect(all.filter(({ isDryRun }) => isDryRun).map(inWords)).toEqual([`patch ${namespace.name}/services/web (dry run): 201`]);
      expect(all.every(({ agent }) => agent.startsWith('kubectl/'))).toBe(true);
      expect(all.length).toBe(proxy.requests.filter(({ committed: status }) => status !== undefined).length);
      expect(beyond(all, documentedRules('role'), namespace.name)).toEqual([]);
      expect(await audited({ user: who.user, since: new Date(Date.now() + 60_000) })).toEqual([]);
    } finally {
      await proxy.close();
    }
  },
  { needs: ['audit'] },
);

scenario(
  'an operator has the permissions of the Role and no others, and the audit log shows who sent a refused request',
  async (namespace) => {
    const other = await Namespace.create();
    try {
      const rules = documentedRules('role');
      const who = await operator(namespace, rules);
      const kubeconfig = who.kubeconfig();
      const may = async (...words: string[]) => (await kubectl(kubeconfig, ['auth', 'can-i', ...words])).stdout.trim();
      expect(await may('patch', 'deployments.apps')).toBe('yes');
      expect(await may('update', 'leases.coordination.k8s.io')).toBe('yes');
      expect(await may('patch', 'deployments.apps', '-n', other.name)).toBe('no');
      expect(await may('create', 'pods/exec')).toBe('no');
      expect(await may('list', 'nodes')).toBe('no');
      const refused = await kubectl(kubeconfig, ['get', 'secrets']);
      expect(refused.stderr).toContain(`User "${who.user}" cannot list resource "secrets"`);
      expect((await kubectl(kubeconfig, ['get', 'deployments', '-n', other.name])).stderr).toContain('Forbidden');
      const outside = beyond(await audited({ user: who.user }), rules, namespace.name);
      expect(outside.map(inWords)).toEqual([`list ${namespace.name}/secrets: 403`, `list ${other.name}/deployments: 403`]);
    } finally {
      await other.remove();
    }
  },
  { needs: ['audit'] },
);

scenario('a reader cannot write, and a permission that is removed from a Role is missing', async (namespace) => {
  await namespace.withoutPods();
  const reader = await operator(namespace, documentedRules('reader'), 'reader');
  const looks = reader.kubeconfig();
  const kinds = 'deployments,replicasets,pods,services,endpointslices,poddisruptionbudgets,horizontalpodautoscalers';
  expect(await kubectl(looks, ['get', kinds])).toMatchObject({ status: 0 });
  expect((await kubectl(looks, [...APPLY, '--dry-run=server'], SERVICE)).stderr).toContain('Forbidden');
  const limited = rulesWithout(documentedRules('role'), ({ resource, verb }) => resource === 'services' && verb === 'create');
  const kubeconfig = (await operator(namespace, limited, 'limited')).kubeconfig();
  expect((await kubectl(kubeconfig, APPLY, SERVICE)).stderr).toContain('cannot create resource "services"');
  await namespace.applyText(JSON.stringify(SERVICE));
  expect(await kubectl(kubeconfig, [...APPLY, '--force-conflicts'], SERVICE)).toMatchObject({ status: 0 });
});

scenario('the built command runs and exits', async () => {
  const { status, stdout, stderr } = await canary(['--version'], { kubeconfig: '/dev/null' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

scenario(
  'the command acts as the operator, with and without the proxy',
  async (namespace) => {
    const rules = documentedRules('role');
    const who = await operator(namespace, rules);
    const proxy = await who.startFaults();
    try {
      for (const kubeconfig of [proxy.kubeconfig({ namespace: namespace.name }), who.kubeconfig()]) {
        const since = new Date();
        await canary(['status', '--dir', committed.pods().folder], { kubeconfig });
        const sent = await audited({ user: who.user, since, agent: 'kubectl-canary' });
        expect(sent.length).toBeGreaterThan(0);
        expect(mutations(sent).map(inWords)).toEqual([]);
        expect(beyond(sent, rules, namespace.name).map(inWords)).toEqual([]);
        // Other tests run the command as the administrator at the same time, but in namespaces of their own.
        const asAdmin = await audited({ user: 'admin', since, agent: 'kubectl-canary' });
        expect(asAdmin.filter((one) => one.namespace === namespace.name)).toEqual([]);
      }
    } finally {
      await proxy.close();
    }
  },
  { needs: ['audit'] },
);

scenario(
  'a port-forward goes through the proxy',
  async (namespace) => {
    const tree = committed.pods();
    await namespace.apply(tree.path('stage-0'));
    await namespace.ready(tree.stable);
    await through(namespace, async (proxy, kubeconfig) => {
      const child = spawn(clusterInfo.kubectl, [`--kubeconfig=${kubeconfig}`, 'port-forward', `deploy/${tree.stable}`, ':80']);
      let said = '';
      [child.stdout, child.stderr].forEach((stream) => stream.setEncoding('utf8').on('data', (text: string) => (said += text)));
      try {
        const address = await until('the port', 20, () => /127\.0\.0\.1:\d+/.exec(said)?.[0]);
        expect(await (await fetch(`http://${address}/`)).text()).toContain('Yellow=1.0');
        expect(proxy.requests.some(({ path }) => path.endsWith('/portforward'))).toBe(true);
      } finally {
        child.kill();
      }
    });
  },
  { needs: ['images'] },
);
