import type { ClusterCache } from '../cluster/cluster-cache';
import { liveTemplateDigest } from '../cluster/template-digest';
import { CliError, EXIT } from '../core/errors';
import { versionOf } from '../core/rollout/pair-release';
import { type Resource, nameOf } from '../core/resource';
import type { Session } from './session';

/**
 * By the name of each Deployment of the plan, the digest of the pod template that all its pods run now; only of those that have pods, of their
 * own version: with a roll, stable takes the canary's.
 */
export function templatesThatRun(session: Session, cache: ClusterCache): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tracks(session, cache).flatMap(({ name, live, runs, version }) =>
      live && runs && versionOf(live) === version ? [[name, liveTemplateDigest(live)] as const] : [],
    ),
  );
}

/**
 * Refuses a rollback to a pod template that was written after stable last ran, so that it would meet all traffic untried.
 *
 * @throws CliError if the template of a stable Deployment is known not to be the one that ran
 */
export function refuseUntriedTemplate(session: Session, cache: ClusterCache): void {
  for (const { role, name, live, runs, ref, version } of tracks(session, cache)) {
    const ran = session.ran[name];
    // With a roll, the way back restores the template of the old version.
    if (role === 'canary' || !live || runs || ran === undefined || versionOf(live) !== version || liveTemplateDigest(live) === ran) {
      continue;
    }
    throw new CliError(
      `cannot roll back: the pod template of ${nameOf(ref)} was changed after its pods last ran, so none of its pods ever served with it`,
      EXIT.refused,
      [
        `kubectl rollout undo deployment/${name}   restores the template before it; then roll back`,
        '--accept-template stable   rolls back to the template as it is',
      ],
    );
  }
}

function tracks(session: Session, cache: ClusterCache) {
  const { live, health } = cache;
  return session.pairs.flatMap((pair, n) =>
    (['stable', 'canary'] as const).map((role) => {
      const { deployment: name, version } = pair[role];
      const object = session.objects.deployment(pair, name)!;
      const { isSettled, wanted } = health[n]![role];
      const found: Resource | undefined = live.get(object.key);
      return { role, name, version, ref: object.ref, live: found, runs: isSettled && wanted > 0 };
    }),
  );
}
