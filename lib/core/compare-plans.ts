import { type Change, changesIn, labelsText } from './declaration';
import type { Finding } from './finding';
import type { PairEntry, PlanFile } from './plan-file';

/** What the plan before says against the new one. */
export interface History {
  /** The findings about pairs of the new plan. */
  readonly of: ReadonlyMap<PairEntry, readonly Finding[]>;
  /** The findings about pairs that the new plan no longer has. */
  readonly gone: readonly Finding[];
}

/**
 * Compares the pairs with the previous plan. A rollout of the previous plan may be in progress: a synth cannot know. So whatever would
 * harm it is a warning; a change that harms a service at rest too is an error, which can be accepted.
 */
export function compareWithPrevious(pairs: readonly PairEntry[], previous: PlanFile): History {
  const left = new Set(previous.pairs);
  const partners = new Map<PairEntry, PairEntry>();
  // The nearest partners first, so that a pair that only moved does not take the partner of one that stayed.
  const keys = [
    ({ namespace, service }: PairEntry) => [`${namespace ?? ''}/${service}`],
    ({ path }: PairEntry) => [path],
    ({ stable, canary }: PairEntry) => [stable.deployment, ...(canary ? [canary.deployment] : [])],
  ];
  for (const keysOf of keys) {
    const byKey = new Map([...left].flatMap((pair) => keysOf(pair).map((key) => [key, pair] as const)));
    for (const pair of pairs.filter((one) => !partners.has(one))) {
      const partner = keysOf(pair)
        .map((key) => byKey.get(key))
        .find((one) => one !== undefined && left.has(one));
      if (partner) {
        partners.set(pair, partner);
        left.delete(partner);
      }
    }
  }
  return {
    of: new Map([...partners].map(([pair, before]) => [pair, compare(pair, before)])),
    gone: [...left].filter(({ canary }) => canary !== undefined).map(goneFinding),
  };
}

function compare(pair: PairEntry, before: PairEntry): Finding[] {
  const inPlace = versionsInPlace(pair, before);
  const changes = changesIn(before, pair);
  const own = inPlace ? [inPlace] : changes.map((change) => findingOf(change, pair, before));
  return [...own, ...compareConfiguration(pair, before), ...compareTrackServices(pair, before)];
}

/**
 * A route to a Service of each track has the same two backends from release to release: a route whose backends change loses requests in some
 * implementations. And a route whose Services are new leads to pods that no gateway knows yet.
 */
function compareTrackServices(pair: PairEntry, before: PairEntry): Finding[] {
  const { path, router } = pair;
  if (router !== 'gateway') {
    return [];
  }
  const servicesOf = ({ stable, canary }: PairEntry) => [stable, canary].flatMap((track) => track?.service ?? []);
  const [now, was] = [servicesOf(pair), servicesOf(before)];
  if (was.length === 0) {
    const message =
      'the previous plan has no Services for the tracks, so the first apply adds them together with the route, and requests fail until the gateways know their pods; declare trackServices without the route first and apply stage-0, then add the route';
    return [{ code: 'route-before-services', level: 'warning', path, message }];
  }
  const added = now.filter((service) => !was.includes(service));
  const isKnown = was.length === 2 && before.router === 'gateway';
  return added.length === 0 || !isKnown
    ? []
    : [
        {
          code: 'route-shape-changed',
          level: 'warning',
          path,
          message: `trackServices: got ${now.join(' and ')}, but the previous plan has ${was.join(' and ')}; some gateways lose requests while the backends of a route change; keep the names of the two Deployments and of their Services`,
        },
      ];
}

/** Finds ConfigMaps and Secrets that both tracks read and whose data changed: the change reaches all pods at once, and stays after a rollback. */
function compareConfiguration(pair: PairEntry, before: PairEntry): Finding[] {
  const changed = (pair.canary ? (pair.configuration ?? []) : []).filter(({ kind, name, digest }) =>
    before.configuration?.some((other) => other.kind === kind && other.name === name && other.digest !== digest),
  );
  return changed.map(({ kind, name }) => ({
    code: 'shared-config-changed',
    level: 'warning',
    path: pair.path,
    message: `${kind} ${name} has other data than in the previous plan, and the pods of both tracks read it, so the change reaches stable without any stage, and a rollback keeps it; ${kind === 'ConfigMap' ? 'declare its data as a VersionedConfig for each track' : 'give the canary a Secret of its own, with another name'}`,
  }));
}

/**
 * A common mistake in the next release is to increase both versions and to keep the names. It would start the new stable version on the
 * Deployment that the promotion drained, and remove the running pods: from 3 to 0. The correct change moves the old canary's block,
 * including its name, to `stable`.
 */
function versionsInPlace(pair: PairEntry, before: PairEntry): Finding | undefined {
  // A rolled promotion keeps the names, so there it is no mistake.
  if (!before.canary || before.promotion === 'roll') {
    return undefined;
  }
  const tracksBefore = [before.stable, before.canary];
  const sameName = tracksBefore.find(({ deployment }) => deployment === pair.stable.deployment);
  const sameVersion = tracksBefore.find(({ version }) => version === pair.stable.version);
  return sameName && sameVersion && sameName !== sameVersion
    ? {
        code: 'versions-in-place',
        level: 'error',
        path: pair.path,
        message: `stable: got ${pair.stable.deployment} with version ${pair.stable.version}, but in the previous plan that version runs on ${sameVersion.deployment}; must be the Deployment that runs it, because stage-0 would remove the running pods; try stable: { name: '${sameVersion.deployment}', … } and the name ${sameName.deployment} for the new canary`,
      }
    : undefined;
}

function findingOf(change: Change, pair: PairEntry, before: PairEntry): Finding {
  const { path } = pair;
  const { kind, track, property, got, was, effect } = change;
  const differs = `${property}: got ${got}, but the previous plan has ${was}`;
  switch (kind) {
    case 'selector': {
      const way = before.selector
        ? `keep selectorLabels: ${labelsText(before.selector)}, or declare a new pair beside this one`
        : 'keep selectorLabels as they were, or declare a new pair beside this one';
      // A canary's Deployment has no pods between two rollouts, and cleanup deletes it.
      return track === 'canary'
        ? { code: 'selector-changed', level: 'warning', path, message: `${differs}; ${effect}; ${way}, or let cleanup delete it first` }
        : { code: 'selector-changed', level: 'error', path, message: `${differs}; ${effect}; ${way}` };
    }
    case 'service':
      return {
        code: 'service-changed',
        level: 'warning',
        path,
        message: `${differs}; ${effect}; if the rollout of the previous plan is in progress, promote it or roll it back first, and delete what is left behind when no client needs it`,
      };
    case 'template': {
      const way = track === 'stable' ? 'pass --accept-template stable to go on with it, or roll back first' : 'roll back first';
      return {
        code: 'template-changed',
        level: 'warning',
        path,
        message: `${property}: the pod template of ${pair[track!]!.deployment} differs from the previous plan's, and the version is the same; if the rollout is in progress, ${effect}; ${way}; at stage-0 and at promoted it is an ordinary change; if you changed nothing, a part of it is rendered anew at each synth, such as the random name of an object in an include; give it a fixed value`,
      };
    }
    case 'track':
      return property === 'canary.version'
        ? {
            code: 'canary-version-changed',
            level: 'warning',
            path,
            message: `canary.version: got ${pair.canary!.version}, but the previous plan has ${before.canary!.version}; if the rollout of ${before.canary!.version} is in progress, three versions would receive traffic; roll back to stage-0 before you apply this plan`,
          }
        : {
            code: 'track-changed',
            level: 'warning',
            path,
            message: `${differs}; ${before.canary ? 'if the rollout of the previous plan is in progress, ' : ''}${effect}; ${before.canary ? 'promote it or roll it back to stage-0 before you apply this plan' : `keep the name ${was}, or delete Deployment ${before.stable.deployment} when the new one serves`}`,
          };
  }
}

function goneFinding({ path, service, canary }: PairEntry): Finding {
  return {
    code: 'track-changed',
    level: 'warning',
    path,
    message: `got no pair, but the previous plan has one behind Service ${service}; if its rollout is in progress, an apply deletes nothing, so ${canary!.deployment} would go on serving; promote it or roll it back to stage-0 before you apply this plan`,
  };
}
