import { appendFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../../support/command';
import { audited, inWords, mutations } from '../../kit/audit';
import { type CommandEnd, canary } from '../../kit/command';
import { type Outcome, type Task, campaign } from '../../kit/campaign';
import { changesIn, short, writesIn } from '../../kit/writes';
import { clusterInfo } from '../../kit/cluster-info';
import { FAST, fastTree } from '../../kit/fast';
import * as faults from '../../kit/faults';
import { Fixture } from '../../kit/fixture';
import { operator } from '../../kit/operator';
import { type Right, documentedRules, rightsOf, rulesWithout } from '../../kit/roles';
import { scenario } from '../../kit/scenario';
import type { Tree } from '../../kit/trees';
import { lastOf, trial, undisturbed } from '../../kit/trials';

// F9, F19, F27 to F30, G15: commands that are refused before they write anything, commands that only read, and the commands to type by hand
// if a rollback cannot finish.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];

/** The user's writes since a time, including failed ones. */
async function written(user: string, since: Date): Promise<string[]> {
  return mutations(await audited({ user, since })).map(inWords);
}

/** Runs a command that must be refused, and checks that it wrote nothing. */
async function refused(fixture: Fixture, outcome: Outcome, code: number, says: RegExp, run: () => Promise<CommandEnd>): Promise<void> {
  const since = new Date();
  outcome.ended(await run(), code, says);
  const writes = await written(fixture.who.user, since);
  outcome.expect(writes.length === 0, `it wrote ${writes.join(', ')}`);
}

/** The permissions that a command checks before it starts. */
function askedFor(requests: readonly faults.Seen[]): Right[] {
  const found = new Map<string, Right>();
  for (const { path, body } of requests) {
    if (path.endsWith('/selfsubjectaccessreviews')) {
      const { group, resource, verb } = (JSON.parse(body!) as { spec: { resourceAttributes: Right } }).spec.resourceAttributes;
      found.set(`${verb} ${group}/${resource}`, { group, resource, verb });
    }
  }
  return [...found.values()];
}

const isSame = (a: Right, b: Right) => a.group === b.group && a.resource === b.resource && a.verb === b.verb;

scenario(
  'F9: the command names a missing permission before the first write, and with exactly the permissions that it checks it succeeds',
  async (namespace) => {
    const tree = fastTree('istio');
    const words = [...RUN, '--create', '--cleanup'];
    const fixture = await Fixture.open(namespace);
    await fixture.empty();
    expect(await fixture.run(tree, words)).toMatchObject({ status: 0 });
    const rights = askedFor(fixture.proxy.requests);
    await fixture.close();
    const rules = documentedRules('role');
    // The command goes on without a permission that the documented Role does not give.
    const isDocumented = (right: Right) => rightsOf(rules).some((one) => isSame(one, right));
    expect(rights.filter((right) => !isDocumented(right)).map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(['get namespaces']);
    const isCleanup = ({ verb }: Right) => verb === 'delete';
    const limited = async (own: Fixture, name: string, granted: typeof rules, run: (proxy: faults.FaultProxy) => Promise<void>) => {
      const who = await operator(own.namespace, granted, name);
      const proxy = await who.startFaults();
      try {
        await run(proxy);
        return who;
      } finally {
        await proxy.close();
      }
    };
    const tasks = rights.filter(isDocumented).map((right, n): Task => ({
      name: `without ${right.verb} ${right.resource}`,
      body: async (own, outcome) => {
        await own.empty();
        const since = new Date();
        const isCleaning = isCleanup(right);
        if (isCleaning) {
          await own.begin(tree, 'promoted');
        }
        const who = await limited(
          own,
          `without-${n}`,
          rulesWithout(rules, (one) => isSame(one, right)),
          async (proxy) => {
            const kubeconfig = proxy.kubeconfig({ namespace: own.namespace.name });
            const command = isCleaning ? ['cleanup', '--yes'] : [...RUN, '--create'];
            const says = new RegExp(`missing permissions: .*${right.verb}.* ${right.resource}.*; nothing was changed`);
            outcome.ended(await canary([...command, '--dir', tree.folder], { kubeconfig }), 3, says);
          },
        );
        const writes = await written(who.user, since);
        outcome.expect(writes.length === 0, `it wrote ${writes.join(', ')}`);
      },
    }));
    tasks.push({
      name: 'with exactly these permissions',
      body: async (own, outcome) => {
        await own.empty();
        const since = new Date();
        const who = await limited(
          own,
          'alone',
          rulesWithout(rules, (one) => !rights.some((right) => isSame(one, right))),
          async (proxy) => {
            const kubeconfig = proxy.kubeconfig({ namespace: own.namespace.name });
            outcome.ended(await canary([...words, '--dir', tree.folder], { kubeconfig }), 0);
          },
        );
        const denied = (await audited({ user: who.user, since })).filter(({ code }) => code === 403);
        outcome.expect(denied.length === 0, denied.map(inWords).join(', '));
      },
    });
    expect(rights.length).toBeGreaterThanOrEqual(20);
    await campaign(namespace, 'F9 a right that is missing, each in turn', tasks);
  },
  NEEDS,
);

scenario(
  'F19: the command writes nothing if no object of the plan exists or another version runs',
  async (namespace) => {
    const stranger = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'canary-1-dep' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'other' } },
        template: {
          metadata: { labels: { app: 'other', version: '0.9' } },
          spec: { containers: [{ name: 'other', image: 'scubakiz/servicedemo:1.0' }] },
        },
      },
    };
    const commands = [RUN, ['advance'], ['advance', 'stage-50'], ['promote'], ['rollback'], ['cleanup', '--yes']];
    const tasks = (['pods', 'istio'] as const).flatMap((router) =>
      commands.flatMap((words) =>
        (['an empty namespace', 'a namespace of others'] as const).map((where): Task => ({
          name: `${router}: ${words.slice(0, 2).join(' ')} in ${where}`,
          body: async (fixture, outcome) => {
            await fixture.empty();
            if (where === 'a namespace of others') {
              await fixture.namespace.applyText(JSON.stringify(stranger));
            }
            await refused(
              fixture,
              outcome,
              3,
              /nothing of this plan exists in namespace|0\.9|not (finished|started)|does not exist|there is nothing/,
              () => fixture.run(fastTree(router), words),
            );
          },
        })),
      ),
    );
    await campaign(namespace, 'F19 a namespace that is the wrong one', tasks);
  },
  NEEDS,
);

scenario(
  'F27: the command refuses a tree that differs from its plan.json',
  async (namespace) => {
    const ways: Readonly<Record<string, (file: string, tree: Tree) => void>> = {
      edited: (file) => appendFileSync(file, '# edited\n'),
      missing: (file) => rmSync(file),
      'replaced by a link out of the tree': (file, tree) => {
        const outside = join(tree.folder, '..', 'outside.yaml');
        writeFileSync(outside, 'kind: ConfigMap\n');
        rmSync(file);
        symlinkSync(outside, file);
      },
      'with an additional file': (file) => writeFileSync(join(file, '..', 'more.yaml'), 'kind: ConfigMap\n'),
    };
    const tasks = (['pods', 'istio'] as const).flatMap((router) =>
      fastTree(router).folders.flatMap((folder) =>
        Object.entries(ways).map(([way, change]): Task => ({
          name: `${router}: ${folder} ${way}`,
          body: async (fixture, outcome) => {
            fixture.proxy.reset();
            const tree = fastTree(router).changed((text) => text);
            change(join(tree.path(folder), 'canary.k8s.yaml'), tree);
            outcome.ended(await fixture.run(tree, [...RUN, '--create']), 2, /synthesize again/);
            outcome.expect(fixture.proxy.writes.length === 0, 'it wrote');
          },
        })),
      ),
    );
    await campaign(namespace, 'F27 a file that is edited, missing, a link, or too many', tasks);
  },
  NEEDS,
);

scenario(
  'F28: a rollback that cannot finish says so and prints commands, and these commands lead to stage-0',
  async (namespace) => {
    const tasks: Task[] = [];
    for (const router of ['pods', 'istio'] as const) {
      const tree = fastTree(router);
      const back = ['rollback', '--settle', '0s'];
      const usually = await undisturbed(namespace, tree, back, 'promoted');
      const patches = writesIn(usually.requests).filter(({ method }) => method === 'PATCH');
      patches.forEach((write, n) => {
        const kinds = [faults.forbidden(), faults.unavailable()];
        for (const fault of router === 'pods' ? kinds : [kinds[n % 2]!]) {
          tasks.push(
            trial(`${router}: ${n + 1} ${short(write)}: ${fault.name}`, usually, async (fixture, outcome) => {
              const isFrom = faults.after(n, (seen) => seen.write !== undefined && seen.method === 'PATCH');
              let hasBegun = false;
              // A user without write permission can still read, so 403 affects only writes. With 503 reads fail too.
              const when: faults.When = (seen) => (hasBegun ||= isFrom(seen)) && (fault.name.startsWith('503') || seen.method === 'PATCH');
              const planned = fixture.proxy.plan(when, fault, { times: Infinity });
              const end = await fixture.run(tree, [...back, '--api-timeout', '2s', '--namespace', fixture.namespace.name]);
              planned.cancel();
              outcome.ended(end, 8, /to roll back by hand:/);
              const lines = end.stderr.split('\n').filter((line) => /^\s+kubectl (patch|rollout) /.test(line));
              outcome.expect(lines.length >= 2, `it says nothing to type: ${lastOf(end)}`);
              for (const line of lines) {
                const { status, stderr } = await attempt(['sh', '-ec', line.trim().replace(/^kubectl/, clusterInfo.kubectl)]);
                outcome.expect(status === 0, `${line}: ${stderr}`);
              }
            }),
          );
        }
      });
    }
    await campaign(namespace, 'F28 a rollback without rights or without a server, ended by hand', tasks, 10);
  },
  NEEDS,
);

scenario(
  'F29, F30: the command writes nothing without a terminal to prompt on, or without Istio',
  async (namespace) => {
    const inputs = { 'no input': undefined, 'a yes from a pipe': 'y\ny\ny\n', 'an empty line': '\n' };
    const unasked = (['pods', 'istio'] as const).flatMap((router) =>
      Object.entries(inputs).flatMap(([what, input]) =>
        (
          [
            [['run', '--hold', '0'], 2, /no terminal to prompt on/, 'stage-0'],
            [['run'], 2, /no terminal to prompt on/, 'stage-50'],
            [['cleanup'], 3, /no terminal to prompt on/, 'promoted'],
            [['cleanup'], 3, /no terminal to prompt on/, 'stage-0'],
          ] as const
        ).map(([words, code, says, folder]): Task => ({
          name: `${router}: ${words[0]} at ${folder} with ${what}`,
          body: async (fixture, outcome) => {
            const tree = fastTree(router);
            await fixture.begin(tree, folder);
            await refused(fixture, outcome, code, says, () => fixture.run(tree, words, { input, timeout: 30 }));
          },
        })),
      ),
    );
    await campaign(namespace, 'F29 nobody to ask', unasked);
    const commands = [
      RUN,
      [...RUN, '--create'],
      ['advance'],
      ['advance', 'stage-50'],
      ['rollback'],
      ['promote'],
      ['cleanup', '--yes'],
      ['status'],
      ['diff', 'stage-50'],
      ['run', '--dry-run', 'client'],
      ['run', '--dry-run', 'server'],
    ];
    const without = commands.flatMap((words) =>
      ['/apis/networking.istio.io/v1', '/apis/networking.istio.io'].map((gone): Task => ({
        name: `${words.slice(0, 3).join(' ')} without ${gone}`,
        body: async (fixture, outcome) => {
          await fixture.begin(fastTree('pods'));
          fixture.proxy.plan((seen) => seen.path.startsWith(gone), faults.answers(404, { reason: 'NotFound' }), { times: Infinity });
          await refused(fixture, outcome, 3, /does not serve .*(VirtualService|DestinationRule).*install Istio/s, () =>
            fixture.run(fastTree('istio'), words),
          );
        },
      })),
    );
    await campaign(namespace, 'F30 a cluster without Istio', without);
  },
  NEEDS,
);

scenario(
  'G15: commands that only read write nothing, at any position of the cluster',
  async (namespace) => {
    const commands = [
      ['plan'],
      ['status'],
      ['status', '--check'],
      ['diff', 'stage-50'],
      ['diff', 'promoted'],
      ...['client', 'server'].flatMap((kind) => [
        ['run', '--dry-run', kind],
        ['advance', '--dry-run', kind],
        ['promote', '--dry-run', kind],
        ['rollback', '--dry-run', kind],
        ['cleanup', '--dry-run', kind],
      ]),
      ['cleanup'],
      ['run'],
    ];
    const tasks = (['pods', 'istio'] as const).flatMap((router) =>
      ['nothing', ...fastTree(router).folders].map((folder): Task => ({
        name: `${router} at ${folder}`,
        body: async (fixture, outcome) => {
          const tree = fastTree(router);
          await (folder === 'nothing' ? fixture.empty() : fixture.begin(tree, folder));
          const since = new Date();
          const codes: string[] = [];
          for (const words of commands) {
            const end = await fixture.run(tree, words);
            codes.push(String(end.status));
            outcome.expect([0, 1, 2, 3, 5].includes(end.status ?? -1), `${words.join(' ')} ended with ${end.status}: ${lastOf(end)}`);
            outcome.expect(!/this is a bug in/.test(end.stderr), lastOf(end));
          }
          outcome.endedAs = [...new Set(codes)].sort().join(', ');
          const writes = await written(fixture.who.user, since);
          outcome.expect(writes.length === 0 && changesIn(fixture.proxy.requests).length === 0, `it wrote ${writes.join(', ')}`);
        },
      })),
    );
    await campaign(namespace, 'G15 commands that only look, at every folder', tasks);
  },
  NEEDS,
);
