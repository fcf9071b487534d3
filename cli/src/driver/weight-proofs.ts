import type { ClusterCache } from '../cluster/cluster-cache';
import { type FolderMove, folderBefore, moveOf, requestFor } from '../core/in-force/folder-move';
import { worstOf } from '../core/in-force/pair-verdict';
import type { PlanObjects } from '../core/kubernetes/objects';
import { isGoingBack } from '../core/plan/path';
import { textAt } from '../core/resource';
import type { Direction } from '../core/rollout/direction';
import type { Position } from '../core/rollout/position';
import type { RecordedWeight } from '../core/rollout/record';
import type { ProofState } from '../core/rollout/settle-wait';
import type { Publish } from './events';
import { type PairEvidence, PairProof, type ProofRequest } from './pair-proof';
import type { Session } from './session';

/** The proof of one pair, and what was published of it. */
interface Running {
  readonly move: FolderMove;
  readonly proof: PairProof;
  readonly begunAt: number;
  published?: ProofState['kind'];
}

/** Proves that the weights which a folder moves are in force, for all pairs, before the driver goes on to the next folder. */
export class WeightProofs {
  private folder: string | undefined;
  private running: readonly Running[] = [];
  /** The pairs of which a request cannot tell the weight. */
  private unknown: ProofState | undefined;

  constructor(
    private readonly session: Session,
    private readonly cache: ClusterCache,
    private readonly request: ProofRequest,
    private readonly publish: Publish,
  ) {}

  /**
   * Returns the state of the proof for the folder that the cluster is at, and begins it if it has not begun; undefined if no weight moves.
   *
   * @param isApplied whether this driver applied the folder
   */
  look(position: Position, direction: Direction, isApplied: boolean): ProofState | undefined {
    const { stepsBack, objects } = this.session;
    const followed = direction === 'rollback' ? stepsBack : objects;
    // A rollback does not wait for a weight that it is about to take back.
    const isAsked = position.kind === 'at' && (direction === 'advance' || isApplied || isGoingBack(followed.plan, position));
    if (!isAsked || this.request.how === 'off') {
      this.stop();
      return undefined;
    }
    if (this.folder !== position.folder) {
      this.stop();
      this.start(followed, position.folder, direction);
    }
    const states = this.running.map((one) => this.publishNews(one, one.proof.evidence));
    return worstOf([this.unknown, ...states]);
  }

  /** Ends all proofs. */
  stop(): void {
    this.running.forEach(({ proof }) => proof.stop());
    this.running = [];
    this.unknown = undefined;
    this.folder = undefined;
  }

  private start(objects: PlanObjects, folder: string, direction: Direction): void {
    this.folder = folder;
    const before = folderBefore(objects.plan, folder, direction, this.session.recorded);
    if (before === undefined) {
      return;
    }
    const { urls, path, request } = this.request;
    const moves = this.session.pairs.map((pair) => {
      const asked = requestFor(objects, pair, { urls, path, method: request.method, headers: request.headers });
      return { pair, asked, move: moveOf(objects, pair, [before, folder], asked) };
    });
    for (const { pair, move } of moves) {
      if (move && 'why' in move) {
        this.unknown = { kind: 'not proven', why: `not proven: ${move.why}` };
        const at = new Date().toISOString();
        this.publish({ type: 'weight', weight: { pair: pair.path, folder, verdict: 'not proven', at, by: [], answers: 0, why: move.why } });
      }
    }
    this.running = moves.flatMap(({ pair, asked, move }): readonly Running[] => {
      if (!move || 'why' in move) {
        return [];
      }
      const podsOf = (track: 'stable' | 'canary') =>
        new Set(this.cache.podsOf(pair.path, track).pods.map((pod) => textAt(pod, 'metadata', 'name') ?? ''));
      const proof = new PairProof(this.cache, this.session.api, move, { ...this.request, path: asked.path }, podsOf);
      return [{ move, proof, begunAt: performance.now() }];
    });
  }

  /** Publishes each verdict once, and a contradiction once before the verdict. */
  private publishNews(running: Running, evidence: PairEvidence): ProofState {
    const { state } = evidence;
    if (state.kind !== 'waiting' && running.published !== state.kind) {
      running.published = state.kind;
      this.publish({ type: 'weight', weight: this.recorded(running, evidence, state) });
    }
    return state;
  }

  private recorded({ move, begunAt }: Running, { state, verdicts, answers }: PairEvidence, { kind }: ProofState): RecordedWeight {
    const now = performance.now();
    const proven = verdicts.flatMap((verdict) => (verdict.kind === 'in force' ? [verdict] : []));
    const since = proven.length > 0 ? Math.max(...proven.map(({ sinceMs }) => sinceMs)) : undefined;
    return {
      pair: move.pair.path,
      folder: this.folder!,
      from: move.from.toString(),
      to: move.to.toString(),
      verdict: kind === 'in force' ? 'in force' : kind === 'not proven' ? 'not proven' : 'contradicted',
      at: new Date().toISOString(),
      tookMs: Math.round(now - begunAt),
      ...(kind === 'in force' && since !== undefined ? { since: new Date(Date.now() - (now - since)).toISOString() } : {}),
      by: [...new Set(proven.flatMap(({ seenBy }) => seenBy))],
      answers,
      ...('why' in state ? { why: state.why } : {}),
    };
  }
}
