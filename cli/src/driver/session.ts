import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../cluster/api';
import { checkAccess } from '../cluster/access';
import { Kinds, asRefusal } from '../cluster/kinds';
import { Lock, leaseCollection } from '../cluster/lock';
import { ClusterCache } from '../cluster/cluster-cache';
import { RolloutState, leaseName, stateOf } from '../core/kubernetes/lease';
import { PlanObjects } from '../core/kubernetes/objects';
import { RolloutPair, rolloutPairs } from '../core/plan/plan';
import { RecordedTransition, Position, recognize } from '../core/rollout/position';
import { UsageError, EXIT, CliError } from '../core/errors';
import { Use, permissionsFor } from '../core/kubernetes/permissions';
import type { ObjectRef, Resource } from '../core/resource';
import { SynthOutput } from '../synth-output/synth-output';
import { plain } from '../terminal/terminal';

/** A release, the cluster it is on, and what may be done there: what every command that talks to a cluster begins with. */
export class Session {
  readonly run = randomBytes(4).toString('hex');
  private saved: readonly (RolloutState | undefined)[] = [];

  private constructor(
    readonly api: Api,
    readonly release: SynthOutput,
    readonly objects: PlanObjects,
    readonly kinds: Kinds,
    readonly signal: AbortSignal,
    /** Whether a cluster that is nearly at a folder counts as one that is to be put there. */
    private readonly force: boolean,
  ) {}

  /**
   * Reads the plan, asks the cluster for its kinds and for all rights that will be needed. Nothing is changed.
   *
   * @param deleted what will be deleted
   */
  static async open(
    api: Api,
    release: SynthOutput,
    use: Use,
    signal: AbortSignal,
    { deleted = [], force = false }: { readonly deleted?: readonly ObjectRef[]; readonly force?: boolean } = {},
  ): Promise<Session> {
    if (rolloutPairs(release.plan).length === 0) {
      throw new UsageError(`${release.dir}: no pair of this plan has a canary; there is nothing to roll out`);
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

  /** Where a message says that something is looked for. */
  get place(): string {
    return `namespace ${this.objects.namespace} of context ${this.api.connection.contextName}`;
  }

  /** Who this driver is, to people: no two have the same. */
  get identity(): string {
    return `${by()} (pid ${process.pid}, run ${this.run})`;
  }

  async view(): Promise<ClusterCache> {
    try {
      return await ClusterCache.open(this.api, this.kinds, this.objects, this.signal);
    } catch (error) {
      throw asRefusal(error, 'to look at the cluster');
    }
  }

  /** Where the cluster is. @throws CliError where that is nowhere in this plan, or nothing of it is there */
  position(view: Pick<ClusterCache, 'live'>): Position {
    const position = recognize(this.objects, view.live, this.recorded);
    return this.force && position.kind === 'unrecognized' && position.nearest !== undefined
      ? { kind: 'between', from: position.nearest, to: position.nearest }
      : position;
  }

  /** What the last driver wrote down of this release, this one's own writes included. */
  get recorded(): RecordedTransition | undefined {
    const states = this.states;
    const [first] = states;
    // Several pairs are written one after the other: what the first says is what was begun.
    return first?.to === undefined ? undefined : { direction: first.direction, from: first.from, to: first.to };
  }

  /** Whether a driver turned back and did not end it. */
  get isTurned(): RolloutState | undefined {
    return this.states.find(({ direction, ended }) => direction === 'rollback' && !ended);
  }

  private get states(): readonly RolloutState[] {
    return this.pairs.flatMap((pair, n) => {
      const state = this.saved[n];
      return state && state.release === pair.release ? [state] : [];
    });
  }

  /** Reads what the last driver wrote down, without a lock: for those that only look. */
  async readStates(): Promise<readonly (Resource | undefined)[]> {
    const leases = await Promise.all(this.locked.map(({ namespace, service }) => this.readLease(namespace, service)));
    this.saved = leases.map((lease) => stateOf(lease));
    return leases;
  }

  /** Takes the rollout for this driver, so that no other changes it. */
  async lock(onWait: (holder: string, seconds: number) => void): Promise<Lock> {
    const lock = await Lock.acquire(this.api, this.locked, this.identity, ({ identity, seconds }) => onWait(plain(identity), seconds));
    this.saved = lock.saved;
    return lock;
  }

  /** Writes down what is begun, before it is. */
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

  /** SHA-256 of plan.json. */
  get planDigest(): string {
    return createHash('sha256')
      .update(readFileSync(join(this.release.dir, 'plan.json')))
      .digest('hex');
  }

  private get locked() {
    return this.pairs.map((pair) => ({
      namespace: pair.namespace ?? this.objects.namespace,
      service: pair.service,
      release: pair.release,
    }));
  }

  private async readLease(namespace: string, service: string): Promise<Resource | undefined> {
    try {
      return await this.api.find(`${leaseCollection(namespace)}/${leaseName(service)}`);
    } catch (error) {
      // Whoever may look at the rollout need not be allowed to see who carries it out.
      const refusal = asRefusal(error, 'the lock');
      if (refusal.code === EXIT.refused) {
        return undefined;
      }
      throw refusal;
    }
  }
}

/** Who is at the keyboard, or which job. */
export function by(): string {
  let user = 'somebody';
  try {
    user = userInfo().username;
  } catch {
    // A user without a name in the system: containers have those.
  }
  return `${user}@${hostname()}`;
}

/** Refuses to change a cluster that has nothing of the plan: most likely it is the wrong one. */
export function refuseAbsent(session: Session, position: Position, mayCreate: boolean): void {
  if (position.kind === 'absent' && !mayCreate) {
    const names = session.pairs.flatMap((pair) => [pair.stable.deployment, pair.canary.deployment]).join(', ');
    throw new CliError(`nothing of this plan is in ${session.place}: none of ${names}`, EXIT.refused, [
      'check --context and --namespace',
      `kubectl apply -f ${join(session.release.dir, 'stage-0')}   for the first time; or --create`,
    ]);
  }
}
