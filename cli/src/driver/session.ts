import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Api, ApiError } from '../cluster/api';
import { checkAccess } from '../cluster/access';
import { Kinds, asRefusal } from '../cluster/kinds';
import { Lock, leaseCollection } from '../cluster/lock';
import { ClusterCache } from '../cluster/cluster-cache';
import { type RolloutState, leaseName, stateOf } from '../core/kubernetes/lease';
import { namespacesOf } from '../core/plan/namespaces';
import { type OutsideObject, checkOutside, outsideOf } from '../core/plan/outside';
import { PlanObjects } from '../core/kubernetes/objects';
import { type RolloutPair, rolloutPairs } from '../core/plan/plan';
import { type Position, type RecordedTransition, recognize } from '../core/rollout/position';
import { CliError, EXIT, UsageError } from '../core/errors';
import { type Use, permissionsFor } from '../core/kubernetes/permissions';
import { type ObjectRef, type Resource, at } from '../core/resource';
import { plainText } from '../core/text/plain-text';
import type { SynthOutput } from '../synth-output/synth-output';

/** A release and the cluster that it runs on. Every command that talks to a cluster opens a session first. */
export class Session {
  readonly run = randomBytes(4).toString('hex');
  private saved: readonly (RolloutState | undefined)[] = [];

  private constructor(
    readonly api: Api,
    readonly release: SynthOutput,
    readonly objects: PlanObjects,
    readonly kinds: Kinds,
    readonly signal: AbortSignal,
    /** Whether a cluster that matches no folder is treated as one on the way to the nearest folder. */
    private readonly force: boolean,
  ) {}

  /**
   * Reads the plan, discovers the kinds of its objects, and checks all permissions that the command needs. Writes nothing.
   *
   * @param deleted the objects that the command will delete
   * @throws CliError if a kind is not installed, a permission is missing or the API server does not answer
   */
  static async open(
    api: Api,
    release: SynthOutput,
    use: Use,
    signal: AbortSignal,
    { deleted = [], force = false }: { readonly deleted?: readonly ObjectRef[]; readonly force?: boolean } = {},
  ): Promise<Session> {
    if (rolloutPairs(release.plan).length === 0) {
      throw new UsageError(`${release.dir}: no pair of this plan has a canary, so there is nothing to roll out`);
    }
    const objects = new PlanObjects(release.plan, release.folders, (folder) => release.folder(folder), api.connection.namespace);
    try {
      const kinds = await Kinds.discover(api, [...objects.all.map(({ ref }) => ref), ...deleted]);
      const placed = deleted.map((ref) => objects.placed(ref));
      await checkAccess(
        api,
        permissionsFor(objects, use, (ref) => kinds.of(ref), placed),
      );
      return new Session(api, release, objects, kinds, signal, force);
    } catch (error) {
      throw asRefusal(error, `the API server at ${api.connection.server.host}`, EXIT.paused);
    }
  }

  get pairs(): readonly RolloutPair[] {
    return rolloutPairs(this.objects.plan);
  }

  /** The namespaces of the pairs, in their order. */
  get namespaces(): readonly string[] {
    return namespacesOf(this.objects.plan, this.objects.namespace);
  }

  /** The namespaces and the context, for messages. */
  get place(): string {
    const { namespaces } = this;
    return plainText(
      `${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${namespaces.join(', ')} of context ${this.api.connection.contextName}`,
    );
  }

  /**
   * The objects of the release outside the namespaces of the pairs.
   *
   * @throws CliError if plan.json does not list one of them, or one is cluster-scoped and such objects are not allowed
   */
  outside(allowsClusterScoped: boolean): readonly OutsideObject[] {
    const outside = outsideOf(this.objects, (ref) => this.kinds.of(ref).isNamespaced);
    checkOutside(outside, this.objects, allowsClusterScoped);
    return outside;
  }

  /** Identifies this driver in the lock; unique. */
  get identity(): string {
    return `${by()} (pid ${process.pid}, run ${this.run})`;
  }

  /** Reads the objects of the release, and watches them from then on. */
  async openCache(): Promise<ClusterCache> {
    try {
      return await ClusterCache.open(this.api, this.kinds, this.objects, this.signal);
    } catch (error) {
      throw asRefusal(error, 'the objects of the plan');
    }
  }

  /** The position of the cluster in the plan. */
  position(view: Pick<ClusterCache, 'live'>): Position {
    const position = recognize(this.objects, view.live, this.recorded);
    return this.force && position.kind === 'unrecognized' && position.nearest !== undefined
      ? { kind: 'between', from: position.nearest, to: position.nearest }
      : position;
  }

  /** The transition that the last driver of this release saved; this driver's own saves count. */
  get recorded(): RecordedTransition | undefined {
    const states = this.states;
    const [first] = states;
    // The states of several pairs are written one after the other, so the first one is the newest.
    return first?.to === undefined ? undefined : { direction: first.direction, from: first.from, to: first.to };
  }

  /** The state of a rollback that was started and not completed. */
  get isTurned(): RolloutState | undefined {
    return this.states.find(({ direction, ended }) => direction === 'rollback' && !ended);
  }

  private get states(): readonly RolloutState[] {
    return this.pairs.flatMap((pair, n) => {
      const state = this.saved[n];
      return state && state.release === pair.release ? [state] : [];
    });
  }

  /** Reads the saved states without the lock, for commands that do not write. */
  async readStates(): Promise<readonly (Resource | undefined)[]> {
    const leases = await Promise.all(this.locked.map(({ namespace, service }) => this.readLease(namespace, service)));
    this.saved = leases.map((lease) => stateOf(lease));
    return leases;
  }

  /** Takes the lock of the rollout. @param onWait called while another driver holds it, with the seconds until it can be taken over */
  async lock(onWait: (holder: string, seconds: number) => void): Promise<Lock> {
    const lock = await Lock.acquire(this.api, this.locked, this.identity, ({ identity, seconds }) => onWait(plainText(identity), seconds));
    this.saved = lock.saved;
    return lock;
  }

  /** Saves a transition before its first write, so that another driver can continue it. */
  async save(lock: Lock, recorded: RecordedTransition, why?: string, ended?: boolean): Promise<void> {
    const at = new Date().toISOString();
    const states = this.pairs.map((pair): RolloutState => ({
      version: 1,
      run: this.run,
      release: pair.release,
      ...recorded,
      why,
      ended,
      by: by(),
      at,
    }));
    await lock.save(states);
    this.saved = states;
  }

  private get locked() {
    return this.pairs.map((pair) => ({
      namespace: pair.namespace ?? this.objects.namespace,
      service: pair.service,
      release: pair.release,
    }));
  }

  /** Returns a namespace of the pairs that is being deleted; undefined if there is none, or the user may not read namespaces. */
  async endingNamespace(): Promise<string | undefined> {
    for (const namespace of this.namespaces) {
      const found = await this.api.find(`/api/v1/namespaces/${encodeURIComponent(namespace)}`).catch((error: unknown) => {
        if (error instanceof ApiError) {
          return undefined;
        }
        throw error;
      });
      if (at(found, 'status', 'phase') === 'Terminating') {
        return namespace;
      }
    }
    return undefined;
  }

  private async readLease(namespace: string, service: string): Promise<Resource | undefined> {
    try {
      return await this.api.find(`${leaseCollection(namespace)}/${leaseName(service)}`);
    } catch (error) {
      // A user may have permission to read the objects but not the Leases.
      const refusal = asRefusal(error, 'the lock');
      if (refusal.code === EXIT.refused) {
        return undefined;
      }
      throw refusal;
    }
  }
}

/** The user and the host of this process: `user@host`. */
export function by(): string {
  let user = 'unknown';
  try {
    user = userInfo().username;
  } catch {
    // In containers, the user id often has no name.
  }
  return `${user}@${hostname()}`;
}

/**
 * Refuses to change a cluster that has no object of the plan, because it is probably the wrong cluster, or the namespace is being deleted.
 *
 * @throws CliError
 */
export async function refuseAbsent(session: Session, position: Position, mayCreate: boolean): Promise<void> {
  if (position.kind !== 'absent') {
    return;
  }
  const ending = await session.endingNamespace();
  if (ending !== undefined) {
    throw new CliError(`namespace ${ending} is being deleted, and nothing of this plan exists in it`, EXIT.refused, [
      `kubectl get namespace ${ending} -o yaml   shows what keeps it`,
    ]);
  }
  if (!mayCreate) {
    const names = session.pairs.flatMap((pair) => [pair.stable.deployment, pair.canary.deployment]).join(', ');
    throw new CliError(`nothing of this plan exists in ${session.place}: looked for ${names}`, EXIT.refused, [
      'check --context and --namespace',
      `kubectl apply -f ${join(session.release.dir, 'stage-0')}   creates it; or pass --create`,
    ]);
  }
}
