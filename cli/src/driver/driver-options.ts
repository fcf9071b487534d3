import type { Direction } from '../core/rollout/direction';
import type { ProofRequest } from './pair-proof';
import type { WriteOptions } from './folder-writer';
import type { VisitOptions } from './stage-visits';

/** What a command asks of the driver. */
export interface DriverOptions extends WriteOptions, VisitOptions {
  /** The stage at which to end; `stage-0` for a rollback. */
  readonly last: string;
  /** The first stage to reach; the driver then advances stage by stage. */
  readonly target: string;
  readonly direction: Direction;
  /** Milliseconds that the pods of a folder may take to settle. */
  readonly timeout: number;
  /** Milliseconds without news of the cluster until the driver gives up. */
  readonly apiTimeout: number;
  /** Milliseconds for which the pods must stay settled before the driver continues. */
  readonly settle: number;
  /** The same once the weights are known to be in force. */
  readonly settleInForce: number;
  readonly proof: ProofRequest;
  /** Whether a failure is rolled back; otherwise the rollout pauses where it is. */
  readonly rollsBack: boolean;
  /** Whether the commands to continue must allow cluster-scoped objects too. */
  readonly allowClusterScoped?: boolean;
  /** The reason of the rollback, if the run begins as one. */
  readonly why?: string;
}
