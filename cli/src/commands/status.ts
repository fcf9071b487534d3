import { Command } from 'commander';
import { configReferences } from '../../../lib/core/config-references';
import { PROMOTED, STAGE_0 } from '../../../lib/core/folders';
import { type Difference, differences, listRuleOf } from '../core/kubernetes/compare';
import { setExtras } from '../core/kubernetes/extra-owners';
import { configNamesIn, configPairs, configsNeededIn, isVersionedConfig } from '../core/kubernetes/versioned-configs';
import { type PairHealth, foreignIn } from '../core/rollout/pair-health';
import { holderOf } from '../core/kubernetes/lease';
import { versionOf } from '../core/rollout/pair-release';
import type { Status } from '../core/rollout/status';
import { FIELD_MANAGER } from '../cluster/apply';
import { GatewayReader } from '../cluster/gateway-reader';
import { stateOfRoute } from '../core/in-force/pair-verdict';
import { placedRoute } from '../core/in-force/gateway-places';
import { routeStatus } from '../core/in-force/route-status';
import { EXIT, type ExitCode } from '../core/errors';
import { routerOf } from '../core/routers';
import { type Expectation, shareOfEndpoints } from '../core/traffic/expected-share';
import { type ObjectRef, type Resource, keyOf, nameOf, refOf } from '../core/resource';
import { nextStage } from '../core/plan/path';
import { withoutSecrets } from '../core/text/hidden-values';
import { SynthOutput } from '../synth-output/synth-output';
import { Session } from '../driver/session';
import { statusText } from '../terminal/status-text';
import type { Terminal } from '../terminal/terminal';
import { type ClusterOptions, openApi, withCluster, withOutput } from './common';

interface StatusOptions extends ClusterOptions {
  readonly output: 'text' | 'json';
  readonly watch?: boolean;
  readonly check?: boolean;
}

export function statusCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withOutput(withCluster(new Command('status')), ['text', 'json'])
    .description('show the current stage, the pods and versions of each track, and what differs from the manifests')
    .option('-w, --watch', 'keep the view current until Ctrl-C')
    .option('--check', 'exit with 1 unless the cluster is at a folder, all pods are ready and nothing differs from the manifests')
    .addHelpText(
      'after',
      '\nExamples:\n  kubectl canary status\n  kubectl canary status --watch\n  kubectl canary status -o json | jq -r .position.folder',
    )
    .action(async (options: StatusOptions) => finish(await status(options, terminal)));
}

async function status(options: StatusOptions, terminal: Terminal): Promise<ExitCode> {
  const end = new AbortController();
  try {
    const release = SynthOutput.open(options.dir);
    const api = await openApi(options, release.plan, terminal, end.signal);
    const session = await Session.open(api, release, 'look', end.signal);
    const view = await session.openCache();
    // Ctrl-C must not abort the requests of the last update, so it has a signal of its own.
    const stopped = new AbortController();
    const isLive = options.watch && terminal.isLive && options.output === 'text';
    if (options.watch) {
      // `on`, not `once`: if a signal has no listener left, the package that restores the cursor ends the process.
      const stop = () => (stopped.signal.aborted ? process.exit(EXIT.interrupted) : stopped.abort());
      process.on('SIGINT', stop);
      process.on('SIGTERM', stop);
    }
    let last = '';
    for (;;) {
      const now = await look(session, view.live, view.health);
      const text =
        options.output === 'json'
          ? JSON.stringify(now, null, options.watch ? undefined : 2)
          : statusText(now, terminal.paint, isLive ? terminal.width : terminal.printWidth);
      if (isLive && !stopped.signal.aborted) {
        terminal.show(`${text}\n\n${terminal.paint('dim', 'press Ctrl-C to stop')}`);
      } else if (isLive) {
        // Leave the last state on the screen.
        terminal.show(undefined);
        terminal.print(text);
      } else if (text !== last) {
        terminal.print(text);
      }
      last = text;
      if (!options.watch || stopped.signal.aborted) {
        return options.check && !isAsItShouldBe(now) ? EXIT.differs : EXIT.done;
      }
      await view.next(10_000, stopped.signal);
    }
  } finally {
    end.abort();
  }
}

async function look(session: Session, live: ReadonlyMap<string, Resource>, health: readonly PairHealth[]): Promise<Status> {
  const leases = await session.readStates();
  const position = session.position({ live });
  const drift = position.kind === 'at' ? await driftFrom(session, position.folder, live) : [];
  const turned = session.isTurned;
  return {
    context: session.api.connection.contextName,
    namespace: session.namespaces.join(', '),
    position,
    next: position.kind === 'unrecognized' ? undefined : nextStage(session.objects.plan, position),
    pairs: await Promise.all(
      health.map(async (pair, n) => ({
        ...pair,
        versions: versionsOf(session, n, live),
        share: shareIn(session, n, live, pair),
        route: await acceptance(session, n, live),
        configs: configsOf(session, n, live),
      })),
    ),
    drift,
    holders: leases.flatMap((lease) => holderOf(lease) ?? []),
    turned: turned ? { why: turned.why ?? '', by: turned.by, at: turned.at } : undefined,
  };
}

function versionsOf(session: Session, n: number, live: ReadonlyMap<string, Resource>) {
  const pair = session.pairs[n]!;
  const version = (name: string) => versionOf(live.get(session.objects.deployment(pair, name)!.key));
  return { stable: version(pair.stable.deployment), canary: version(pair.canary.deployment) };
}

/** The ConfigMaps of the plan's `VersionedConfig`s that the tracks of a pair read in the cluster. */
function configsOf({ objects, pairs }: Session, n: number, live: ReadonlyMap<string, Resource>): Status['pairs'][number]['configs'] {
  if (configPairs(objects.plan).length === 0) {
    return undefined;
  }
  const pair = pairs[n]!;
  const known = configNamesIn(objects);
  const read = (name: string) => {
    const references = configReferences(live.get(objects.deployment(pair, name)!.key));
    return [...new Set(references.map((reference) => reference.name))].filter((config) => known.has(config)).sort();
  };
  return { stable: read(pair.stable.deployment), canary: read(pair.canary.deployment) };
}

/** The canary's share of a request without headers. */
function shareIn(session: Session, n: number, live: ReadonlyMap<string, Resource>, health: PairHealth): Expectation {
  const pair = session.pairs[n]!;
  const { route } = routerOf(pair);
  if (!route) {
    const { stable, canary, foreign } = health;
    return shareOfEndpoints(pair.service, { stable: stable.endpoints, canary: canary.endpoints, foreign });
  }
  const why = foreignIn(health);
  if (why !== undefined) {
    return { why };
  }
  const { objects, release } = session;
  const manifest = route.find(release.folder(release.folders[0]!), pair);
  return route.shareOf(manifest && live.get(keyOf(objects.placed(refOf(manifest)))), pair, {
    method: 'GET',
    path: '/',
    headers: {},
  });
}

/** Whether the route of a pair is accepted, as far as its status and the Gateways that may be read tell. */
async function acceptance(session: Session, n: number, live: ReadonlyMap<string, Resource>): Promise<Status['pairs'][number]['route']> {
  const { objects, api } = session;
  const pair = session.pairs[n]!;
  const { route: by } = routerOf(pair);
  const route = by?.hasConditions && objects.all.find(({ manifests }) => by.find([...manifests.values()], pair) !== undefined);
  const object = route && live.get(route.key);
  if (!route || !object) {
    return undefined;
  }
  const state = stateOfRoute(nameOf(route.ref), routeStatus(placedRoute(object, route.ref), await new GatewayReader(api).behind(object)));
  return state ? { isAccepted: false, why: state.why } : { isAccepted: true };
}

async function driftFrom(session: Session, folder: string, live: ReadonlyMap<string, Resource>): Promise<Status['drift']> {
  const found = await Promise.all(
    session.objects.in(folder).map(async ({ key, ref, manifests }) => {
      const object = live.get(key) ?? (await session.api.find(session.kinds.path(ref)));
      const whole = manifests.get(folder)!;
      const { apiVersion: _a, kind: _k, ...manifest } = whole;
      // A Deployment without traffic at this folder may have been deleted by cleanup, with its configuration.
      const missing = isCleanedUp(session, folder, ref, whole) ? [] : [{ field: '', live: undefined, wanted: 'there' }];
      if (object === undefined) {
        return { object: nameOf(ref), differences: missing };
      }
      const extras = setExtras(object, whole, FIELD_MANAGER).map(({ field, live: value }) => ({ field, live: value, wanted: undefined }));
      return { object: nameOf(ref), differences: [...differences(object, manifest, listRuleOf(whole)), ...extras].map(withHidden) };
    }),
  );
  return found.filter((object) => object.differences.length > 0);
}

/** The difference as it can be printed. */
function withHidden({ field, live, wanted }: Difference): Difference {
  return { field, live: withoutSecrets(live, field), wanted: withoutSecrets(wanted, field) };
}

function isCleanedUp({ objects }: Session, folder: string, ref: ObjectRef, manifest: Resource): boolean {
  const { afterPromotion, afterRollback } = objects.plan.cleanup;
  const list = folder === PROMOTED ? afterPromotion : folder === STAGE_0 ? afterRollback : [];
  return isVersionedConfig(manifest)
    ? !configsNeededIn(objects, folder, ref.namespace!, list).has(ref.name)
    : list.some((entry) => keyOf(objects.placed(entry)) === keyOf(ref));
}

function isAsItShouldBe({ position, pairs, drift }: Status): boolean {
  return position.kind === 'at' && drift.length === 0 && pairs.every(({ stable, canary }) => stable.isSettled && canary.isSettled);
}
