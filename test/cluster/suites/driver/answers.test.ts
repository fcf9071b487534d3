import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClusterConfig } from '../../kit/cluster-config';
import type { CommandEnd } from '../../kit/command';
import { type Task, campaign } from '../../kit/campaign';
import { atWrite, changesIn, short, writesIn } from '../../kit/writes';
import { FAST, type Router, fastTree } from '../../kit/fast';
import * as faults from '../../kit/faults';
import { writeKubeconfig } from '../../kit/faults/kubeconfig';
import { Fixture } from '../../kit/fixture';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { stateOf } from '../../kit/state';
import { type Undisturbed, lastOf, spread, trial, undisturbed } from '../../kit/trials';

// F1 to F4, F6 to F8: faults of the API server and of the connection to it, at single requests.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];

const usual = (namespace: Namespace, router: Router) => undisturbed(namespace, fastTree(router), RUN);

/** A temporary fault: the run ends as if the fault had not occurred. */
function passing(
  usually: Undisturbed,
  name: string,
  when: () => faults.When,
  fault: faults.Fault,
  words: readonly string[] = [],
  times = 1,
): Task {
  return trial(`${usually.tree.pair.router}: ${name}: ${fault.name}`, usually, async (fixture, outcome) => {
    const planned = fixture.proxy.plan(when(), fault, { times });
    outcome.ended(await fixture.run(usually.tree, [...RUN, ...words]), 0);
    outcome.expect(planned.met.length > 0, 'the fault befell nothing');
  });
}

/** A permanent fault: the run gives up and prints how to continue. When the fault is over, running it again succeeds. */
function lasting(
  usually: Undisturbed,
  name: string,
  when: () => faults.When,
  fault: faults.Fault,
  words: readonly string[],
  early: number,
): Task {
  return trial(`${usually.tree.pair.router}: ${name}, permanent: ${fault.name}`, usually, async (fixture, outcome) => {
    const planned = fixture.proxy.plan(when(), fault, { times: Infinity });
    const end = await fixture.run(usually.tree, [...RUN, ...words]);
    planned.cancel();
    const hasWritten = changesIn(fixture.proxy.requests).some(({ committed = 500 }) => committed < 300);
    stoppedRightly(end, hasWritten, early).forEach((line) => outcome.expect(false, line));
    const again = await fixture.run(usually.tree, RUN);
    outcome.ended(again, 0);
    outcome.endedAs = `${end.status}, then ${again.status}`;
  });
}

function stoppedRightly(end: CommandEnd, hasWritten: boolean, early: number): string[] {
  const { status } = end;
  const said = lastOf(end);
  if (status === 0) {
    // The fault affected only requests that the rollout no longer depended on.
    return [];
  }
  return [
    ...((hasWritten ? [6] : [6, early]).includes(status ?? -1) ? [] : [`it ended with ${status}: ${said}`]),
    ...(hasWritten && !/kubectl canary run .*continues from here/.test(said) ? [`it does not say how to go on: ${said}`] : []),
    ...(/this is a bug in kubectl-canary/.test(said) ? [`it broke: ${said}`] : []),
  ];
}

const at = (n: number) => () => faults.atRequest(n);
const writesOfObjects: faults.When = (seen) => seen.write !== undefined && seen.method === 'PATCH';

scenario(
  'F2: the driver makes each write once, although the request or the response is lost',
  async (namespace) => {
    const trials: Task[] = [];
    for (const router of ['pods', 'istio'] as const) {
      const usually = await usual(namespace, router);
      writesIn(usually.requests).forEach((write, n) => {
        const others = [faults.lost(), faults.cut()];
        // A write that succeeds without a response is the hard case, so it is always tested. By Istio, lost and cut requests alternate too.
        const kinds = router === 'pods' ? [faults.lost({ isCommitted: true })] : [faults.lost({ isCommitted: true }), others[n % 2]!];
        kinds.forEach((fault) => trials.push(passing(usually, `${n + 1} ${short(write)}`, () => atWrite(n + 1), fault)));
      });
    }
    // A run from an empty namespace to the cleanup also creates objects and deletes one.
    const tree = fastTree('istio');
    const words = [...RUN, '--create', '--cleanup'];
    const fixture = await Fixture.open(namespace);
    await fixture.empty();
    expect((await fixture.run(tree, words)).status).toBe(0);
    const all = writesIn(fixture.proxy.requests);
    await fixture.atRest();
    const state = await stateOf(namespace);
    await fixture.close();
    for (const [n, write] of all.entries()) {
      if (write.method === 'DELETE' || /stage-0$/.test(short(write)) || n < 3) {
        trials.push({
          name: `from an empty namespace: ${n + 1} ${short(write)}`,
          body: async (own, outcome) => {
            await own.empty();
            const planned = own.proxy.plan(atWrite(n + 1), faults.lost({ isCommitted: true }));
            outcome.ended(await own.run(tree, words), 0);
            outcome.expect(planned.met.length > 0, 'the fault befell nothing');
            await outcome.state(own, state);
          },
        });
      }
    }
    await campaign(namespace, 'F2 an answer that is lost, before and after it was done', trials);
  },
  NEEDS,
);

scenario(
  'F1: a run continues after an outage of the API server at any request',
  async (namespace) => {
    const usually = await usual(namespace, 'pods');
    const trials = spread(usually.requests.length - 1, 24).map((n, index) =>
      passing(usually, `request ${n}`, at(n), faults.outage([5, 8, 12, 20, 30][index % 5]!, { isCommitted: index % 2 === 0 })),
    );
    await campaign(namespace, 'F1 an API server that is gone for 5 to 30 s', trials, 12);
  },
  NEEDS,
);

scenario(
  'F3: a run continues if any request or any watch gets no data',
  async (namespace) => {
    const usually = await usual(namespace, 'istio');
    const isWatch = ({ query }: faults.Seen) => query.get('watch') === 'true';
    const some = spread(usually.requests.length - 1, 24).filter((n) => !isWatch(usually.requests[n - 1]!));
    const trials: Task[] = some.map((n) =>
      passing(usually, `request ${n}`, at(n), n % 2 ? faults.hangs() : faults.hangs({ isCommitted: true }), ['--request-timeout', '2s']),
    );
    for (const kind of ['deployments', 'replicasets', 'pods', 'endpointslices']) {
      const watch = () => faults.watches(new RegExp(`${kind}$`));
      for (const fault of [
        faults.watchFallsSilent(),
        faults.watchFallsSilent(2),
        faults.watchEnds(1),
        faults.watchBreaks(1),
        faults.watchExpires(1),
        faults.watchSaysGarbage(1),
      ]) {
        trials.push(passing(usually, `watch of ${kind}`, watch, fault));
      }
    }
    await campaign(namespace, 'F3 no byte comes; watches that fall silent, break and expire', trials, 12);
  },
  NEEDS,
);

scenario(
  'F4: the driver reads an object again if another client changed it after the last read',
  async (namespace) => {
    const usually = await usual(namespace, 'istio');
    const trials = writesIn(usually.requests).map((write, n) =>
      passing(usually, `${n + 1} ${short(write)}`, () => atWrite(n + 1), faults.conflict()),
    );
    await campaign(namespace, 'F4 409 for a version that is not the last', trials);
  },
  NEEDS,
);

scenario(
  'F6, F7: a run continues after 429 or a temporary failure of the server or a webhook, at any request',
  async (namespace) => {
    const usually = await usual(namespace, 'pods');
    const kinds: Readonly<Record<string, faults.Fault>> = {
      '429 that says when': faults.tooManyRequests(1),
      429: faults.tooManyRequests(),
      503: faults.unavailable(1),
      504: faults.timedOut(),
      '504, done all the same': faults.timedOut({ isCommitted: true }),
      'leader changed': faults.leaderChanged(),
    };
    const trials = Object.values(kinds).flatMap((fault, k) =>
      spread(usually.requests.length - 4, 7).map((n, index) =>
        passing(usually, `request ${n}`, at(n + (k % 4)), fault, [], 1 + (index % 2)),
      ),
    );
    writesIn(usually.requests).forEach((write, n) => {
      if (write.method === 'PATCH') {
        trials.push(passing(usually, `${n + 1} ${short(write)}`, () => atWrite(n + 1), faults.webhookDown()));
      }
    });
    await campaign(namespace, 'F6, F7 429, 503, 504, a leader that changes, a webhook that is down', trials);
  },
  NEEDS,
);

scenario(
  'F7: the driver pauses if a failure lasts too long, and the next run continues',
  async (namespace) => {
    const usually = await usual(namespace, 'pods');
    const apiTimeout = ['--api-timeout', '3s'];
    const trials = [
      ...spread(usually.requests.length - 1, 14).map((n) =>
        lasting(usually, `from request ${n}`, () => faults.after(n - 1, faults.always), faults.unavailable(), apiTimeout, 6),
      ),
      ...spread(12, 4).map((n) =>
        lasting(usually, `from write ${n}`, () => faults.after(n - 1, writesOfObjects), faults.webhookDown(), apiTimeout, 6),
      ),
      ...spread(usually.requests.length - 1, 4).map((n) =>
        lasting(usually, `from request ${n}`, () => faults.after(n - 1, faults.always), faults.lost(), apiTimeout, 6),
      ),
    ];
    await campaign(namespace, 'F7 the same for longer than --api-timeout', trials, 12);
  },
  NEEDS,
);

scenario(
  'F8: the driver gets new credentials once if a token has expired, and stops if these are refused too',
  async (namespace) => {
    const usually = await usual(namespace, 'pods');
    const last = usually.requests.length - 1;
    await campaign(
      namespace,
      'F8 401 once',
      spread(last, 20).map((n) => passing(usually, `request ${n}`, at(n), faults.unauthorized())),
    );
    await campaign(
      namespace,
      'F8 401 for good',
      spread(last, 12).map((n) =>
        lasting(usually, `from request ${n}`, () => faults.after(n - 1, faults.always), faults.unauthorized(), ['--api-timeout', '3s'], 3),
      ),
      12,
    );
  },
  NEEDS,
);

scenario(
  'F8: the driver calls a credential plugin again, once, if its token is refused',
  async (namespace) => {
    const usually = await usual(namespace, 'pods');
    const plugin = async (fixture: Fixture, first: string, then: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'canary-plugin-'));
      const file = (name: string, text: string) => {
        writeFileSync(join(folder, name), text, { mode: 0o700 });
        return join(folder, name);
      };
      // The plugin says that its token is valid for an hour, like a plugin whose token is revoked before it expires.
      const credential = (token: string) =>
        JSON.stringify({
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          status: { token, expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString() },
        });
      file('first', credential(first));
      file('then', credential(then));
      const command = file(
        'plugin',
        '#!/bin/sh\ncd "$(dirname "$0")"\necho asked >> calls\nif [ -e used ]; then cat then; else touch used; cat first; fi\n',
      );
      const { url, ca } = await readClusterConfig();
      const base = JSON.parse(readFileSync(writeKubeconfig({ server: url, ca, namespace: fixture.namespace.name }), 'utf8')) as object;
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
      const kubeconfig = file('kubeconfig', JSON.stringify({ ...base, users: [{ name: 'test', user: { exec } }] }));
      return { kubeconfig, calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length };
    };
    const tasks: Task[] = [
      trial('a token that is refused from the start', usually, async (fixture, outcome) => {
        const { kubeconfig, calls } = await plugin(fixture, 'nonsense', fixture.who.token);
        outcome.ended(await fixture.run(usually.tree, RUN, { kubeconfig }), 0);
        outcome.expect(calls() === 2, `the plugin was asked ${calls()} times`);
      }),
      trial('a token that is revoked while a stage is held', usually, async (fixture, outcome) => {
        await fixture.namespace.kubectl('create', 'secret', 'generic', 'bound');
        const bound = ['--bound-object-kind=Secret', '--bound-object-name=bound', '--duration=1h'];
        const revoked = (await fixture.namespace.kubectl('create', 'token', 'operator', ...bound)).trim();
        const { kubeconfig, calls } = await plugin(fixture, revoked, fixture.who.token);
        const words = ['run', '--yes', '--no-watch', '--hold', '20s', '--settle', '0s', '--no-record'];
        const command = await fixture.start(usually.tree, words, { kubeconfig });
        await command.says(/hold stage-50 for/);
        await fixture.namespace.kubectl('delete', 'secret', 'bound');
        outcome.ended(await command.end, 0);
        outcome.expect(calls() >= 2 && calls() <= 4, `the plugin was asked ${calls()} times`);
      }),
      trial('a token and a second one that are both refused', usually, async (fixture, outcome) => {
        const { kubeconfig, calls } = await plugin(fixture, 'nonsense', 'nonsense');
        outcome.ended(await fixture.run(usually.tree, RUN, { kubeconfig }), 3);
        outcome.expect(calls() <= 6, `the plugin was asked ${calls()} times`);
        outcome.ended(await fixture.run(usually.tree, RUN), 0);
        outcome.endedAs = '3';
      }),
    ];
    await campaign(namespace, 'F8 a credential plugin whose token is refused', tasks);
  },
  NEEDS,
);
