import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../cluster/api';
import { checkAccess, isAllowed } from '../cluster/access';
import { Kinds, asRefusal } from '../cluster/kinds';
import { Lock } from '../cluster/lock';
import { recordOf } from '../cluster/lease-record';
import { ClusterCache } from '../cluster/cluster-cache';
import { type Holder, type RolloutState, stateOf } from '../core/kubernetes/lease';
import { namespacesOf } from '../core/plan/namespaces';
import { type OutsideObject, checkOutside, outsideOf } from '../core/plan/outside';
import type { PlanObjects } from '../core/kubernetes/objects';
import { type RolloutPair, rolloutPairs } from '../core/plan/plan';
import type { Direction } from '../core/rollout/direction';
import type { Position, RecordedTransition } from '../core/rollout/position';
import { recognize } from '../core/rollout/recognize-position';
import { type RollbackRecord, belongTogether, objectsOf, recordsOf } from '../core/rollout/rollback-record';
import { recognizeForRollback } from '../core/rollout/rollback-position';
import { type TrackRole, toBeRenewed } from '../core/rollout/templates';
import { objectsFor, readLease } from './release-objects';
import { CliError, EXIT } from '../core/errors';
import { type Use, permissionsFor } from '../core/kubernetes/permissions';
import { type ObjectRef, type Resource, at } from '../core/resource';
import { plainText } from '../core/text/plain-text';
import type { SynthOutput } from '../synth-output/synth-output';

export interface SessionOptions {
  /** The objects that the command will delete (default: none). */
  readonly deleted?: readonly ObjectRef[];
  /** Whether a cluster that matches no folder is treated as one on the way to the nearest folder (default: false). */
  readonly force?: boolean;
  /** Whether the command rolls back; the plan may then be of another release than the one that is in progress (default: false). */
  readonly rollsBack?: boolean;
  /** Whether to take the lock from a driver that waits for the answer of a user (default: false). */
  readonly takesOver?: boolean;
  /** For a command that advances: the tracks whose new pod template is accepted in the middle of a rollout. */
  readonly acceptTemplate?: readonly TrackRole[];
}

/** What is saved with a transition. */
export interface SavedDetails {
  /** Why the rollout goes back. */
  readonly why?: string;
  /** Whether the transition is complete. */
  readonly ended?: boolean;
  /** The stage at which the driver waits for an answer. */
  readonly question?: string;
  /** By Deployment, the digest of the pod template that all its pods run now. */
  readonly ran?: Readonly<Record<string, string>>;
}

/** A release and the cluster that it runs on. Every command that talks to a cluster opens a session first. */
export class Session {
  readonly run = randomBytes(4).toString('hex');
  private saved: readonly (RolloutState | undefined)[] = [];
  private records: readonly (RollbackRecord | undefined)[] = [];
  private steps: { readonly records: Session['records']; readonly objects: PlanObjects } | undefined;

  private constructor(
    readonly api: Api,
    readonly release: SynthOutput,
    readonly objects: PlanObjects,
    readonly kinds: Kinds,
    readonly signal: AbortSignal,
    private readonly options: SessionOptions,
  ) {}

  /**
   * Reads the plan, discovers the kinds of its objects, and checks all permissions that the command needs. Writes nothing.
   *
   * @throws CliError if a kind is not installed, a permission is missing or the API server does not answer
   */
  static async open(api: Api, release: SynthOutput, use: Use, signal: AbortSignal, options: SessionOptions = {}): Promise<Session> {
    const { deleted = [] } = options;
    try {
      const objects = await objectsFor(api, release, options);
      const kinds = await Kinds.discover(api, [...objects.all.map(({ ref }) => ref), ...deleted]);
      const placed = deleted.map((ref) => objects.placed(ref));
      await checkAccess(
        api,
        permissionsFor(objects, use, (ref) => kinds.of(ref), placed),
      );
      return new Session(api, release, objects, kinds, signal, options);
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
  position({ live }: Pick<ClusterCache, 'live'>, direction: Direction = 'advance'): Position {
    const { force = false } = this.options;
    const position =
      direction === 'rollback'
        ? recognizeForRollback(this.stepsBack, live, this.recorded)
        : this.renewed(live, recognize(this.objects, live, this.recorded));
    return force && position.kind === 'unrecognized' && position.nearest !== undefined
      ? { kind: 'between', from: position.nearest, to: position.nearest }
      : position;
  }

  private renewed(live: ReadonlyMap<string, Resource>, position: Position): Position {
    const { acceptTemplate } = this.options;
    return acceptTemplate ? toBeRenewed(this.objects, live, position, acceptTemplate) : position;
  }

  /**
   * The objects of a rollback: what the Leases recorded when this rollout began, or what the plan says if they have no record. A rollout that
   * began by `kubectl apply` has none.
   */
  get stepsBack(): PlanObjects {
    if (this.steps?.records !== this.records) {
      const known = recordsOf(this.objects).map((record, n) => {
        const saved = this.records[n];
        return saved?.pair.release === record.pair.release && belongTogether(saved, record) ? saved : record;
      });
      this.steps = { records: this.records, objects: objectsOf(known, this.objects.namespace) };
    }
    return this.steps.objects;
  }

  /** The digests of the pod templates that each Deployment was last seen to run, by its name; of Deployments of this release. */
  get ran(): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.states.map(({ ran }) => ran ?? {})) as Record<string, string>;
  }

  /** The release of the rollout before this plan's, if the Leases still have its record. */
  get previousRelease(): string | undefined {
    return this.pairs.flatMap(({ release }, n) => {
      const known = this.records[n]?.pair.release;
      return known === undefined || known === release ? [] : [known];
    })[0];
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
    const leases = await Promise.all(this.locked.map(({ namespace, service }) => readLease(this.api, namespace, service)));
    this.saved = leases.map((lease) => stateOf(lease));
    this.records = leases.map((lease) => recordOf(lease));
    return leases;
  }

  /** Takes the lock of the rollout. @param onWait called while another driver holds it, with the seconds until it can be taken over */
  async lock(onWait: (holder: string, seconds: number) => void): Promise<Lock> {
    const wait = ({ identity, seconds }: Holder) => onWait(plainText(identity), seconds);
    const lock = await Lock.acquire(this.api, this.locked, this.identity, wait, this.options.takesOver);
    this.saved = lock.saved;
    this.records = lock.savedRecords;
    return lock;
  }

  /** Saves a transition before its first write, so that another driver can continue it. */
  async save(lock: Lock, recorded: RecordedTransition, saved: SavedDetails = {}): Promise<void> {
    const at = new Date().toISOString();
    const { why, ended, question } = saved;
    const ran = { ...this.ran, ...saved.ran };
    const states = this.pairs.map((pair): RolloutState => {
      const own = [pair.stable, pair.canary].map(({ deployment }) => deployment).filter((name) => ran[name] !== undefined);
      return {
        version: 1,
        run: this.run,
        release: pair.release,
        ...recorded,
        why,
        ended,
        ...(own.length > 0 && { ran: Object.fromEntries(own.map((name) => [name, ran[name]!])) }),
        question,
        by: by(),
        at,
      };
    });
    // Whoever advances writes the values of this plan, so they are what a rollback will find.
    const records = recorded.direction === 'advance' ? recordsOf(this.objects) : undefined;
    await lock.save(states, records);
    this.saved = states;
    this.records = records ?? this.records;
  }

  private get locked() {
    return this.pairs.map((pair) => ({
      namespace: pair.namespace ?? this.objects.namespace,
      service: pair.service,
      release: pair.release,
    }));
  }

  /**
   * Returns a namespace of the pairs that is being deleted or does not exist; undefined if there is none, or the user may not read
   * namespaces.
   */
  async lostNamespace(): Promise<{ readonly name: string; readonly isGone: boolean } | undefined> {
    for (const namespace of this.namespaces) {
      // The documented Role does not have this permission, and a command makes no request that its Role does not allow.
      if (await isAllowed(this.api, { verb: 'get', group: '', resource: 'namespaces', namespace, name: namespace })) {
        const found = await this.api.find(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
        if (found === undefined || at(found, 'status', 'phase') === 'Terminating') {
          return { name: namespace, isGone: found === undefined };
        }
      }
    }
    return undefined;
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
  const lost = await session.lostNamespace();
  if (lost && !lost.isGone) {
    throw new CliError(`namespace ${lost.name} is being deleted, and nothing of this plan exists in it`, EXIT.refused, [
      `kubectl get namespace ${lost.name} -o yaml   shows what keeps it`,
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
