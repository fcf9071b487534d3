import { RELEASE_ANNOTATION, STAGE_ANNOTATION } from '../../../lib/core/labels';
import type { Api } from '../cluster/api';
import { asRefusal } from '../cluster/kinds';
import { recordOf } from '../cluster/lease-record';
import { CliError, EXIT, UsageError } from '../core/errors';
import { leaseCollection, leaseName, stateOf } from '../core/kubernetes/lease';
import { PlanObjects } from '../core/kubernetes/objects';
import { type PairEntry, isUnderWay, rolloutPairs } from '../core/plan/plan';
import { type Resource, textAt } from '../core/resource';
import { type RollbackRecord, belongTogether, objectsOf } from '../core/rollout/rollback-record';
import { ROLL_BACK, planThatRan } from '../core/rollout/ways-out';
import type { SynthOutput } from '../synth-output/synth-output';

/** A rollout that the cluster is in the middle of. */
interface InProgress {
  readonly pair: PairEntry;
  readonly release: string;
  readonly stage: string;
  /** What its Lease recorded for the way back; undefined if the rollout began without this command. */
  readonly record: RollbackRecord | undefined;
}

/**
 * Returns the objects that a command works on: those of the plan. A rollback works on what the Leases recorded if another release than the
 * plan's is in progress, such as where `dist/` was synthesized again in the meantime.
 *
 * @throws CliError if the plan has no canary, or lacks the canary of a rollout in progress
 */
export async function objectsFor(
  api: Api,
  release: SynthOutput,
  { rollsBack = false }: { readonly rollsBack?: boolean },
): Promise<PlanObjects> {
  const { plan, dir } = release;
  const isResting = ({ canary }: PairEntry) => canary === undefined;
  // Only a rollback, and a plan that lacks a canary, need to know of other rollouts before the objects are read.
  const asked = rollsBack ? plan.pairs : plan.pairs.filter(isResting);
  const others = (await Promise.all(asked.map((pair) => otherRollout(api, pair)))).flat();
  const [first] = others.flatMap(({ record }) => record ?? []);
  if (rollsBack && first) {
    const records = others.flatMap(({ record }) => (record && belongTogether(record, first) ? [record] : []));
    return objectsOf(records, api.connection.namespace);
  }
  const left = others.find(({ pair }) => isResting(pair));
  if (left) {
    const { pair, stage, record } = left;
    const canary = record ? JSON.stringify(record.pair.canary.deployment) : 'one';
    throw new CliError(
      `canary: got nothing, but the rollout behind Service ${pair.service} that is in progress at ${stage} has ${canary}; an apply deletes nothing, so it would go on serving`,
      EXIT.refused,
      record ? [ROLL_BACK, 'or declare it again, and promote it'] : planThatRan(left.release, dir),
    );
  }
  if (rolloutPairs(plan).length === 0) {
    throw new UsageError(`${dir}: no pair of this plan has a canary, so there is nothing to roll out`);
  }
  return new PlanObjects(plan, release.folders, (folder) => release.folder(folder), api.connection.namespace);
}

/** The rollout of another release that a pair's Deployments are in the middle of, by their annotations; an empty list if there is none. */
async function otherRollout(api: Api, pair: PairEntry): Promise<readonly InProgress[]> {
  const namespace = pair.namespace ?? api.connection.namespace;
  const lease = await readLease(api, namespace, pair.service);
  const record = recordOf(lease);
  const state = stateOf(lease);
  const isGoingBack = state?.direction === 'rollback' && !state.ended;
  const known = record ? [record.pair.stable, record.pair.canary] : [];
  const names = [...known, pair.stable, ...(pair.canary ? [pair.canary] : [])].map(({ deployment }) => deployment);
  for (const name of new Set(names)) {
    const deployment = await readDeployment(api, namespace, name);
    const [release, stage] = [RELEASE_ANNOTATION, STAGE_ANNOTATION].map((key) => textAt(deployment, 'metadata', 'annotations', key));
    const isIn = isUnderWay(stage) || (isGoingBack && release === state.release);
    if (release !== undefined && stage !== undefined && release !== pair.release && isIn) {
      return [{ pair, release, stage, record: record?.pair.release === release ? record : undefined }];
    }
  }
  return [];
}

function readDeployment(api: Api, namespace: string, name: string): Promise<Resource | undefined> {
  return api.find(`/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`);
}

/** Reads the Lease of a pair; returns undefined if there is none, or the user may not read it. */
export async function readLease(api: Api, namespace: string, service: string): Promise<Resource | undefined> {
  try {
    return await api.find(`${leaseCollection(namespace)}/${leaseName(service)}`);
  } catch (error) {
    // A user may have permission to read the objects but not the Leases.
    const refusal = asRefusal(error, 'the lock');
    if (refusal.code === EXIT.refused) {
      return undefined;
    }
    throw refusal;
  }
}
