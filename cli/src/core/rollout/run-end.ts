import { type CliError, EXIT, type ExitCode } from '../errors';
import type { RunStep } from './decide';
import type { Direction } from './direction';
import type { Outcome } from './record';

/** How a run ends: its result, and the exit code of the command. */
export interface RunEnd {
  readonly result: Outcome['result'];
  readonly code: ExitCode;
}

/** The step by which a run ends. */
export type EndStep = Extract<RunStep, { do: 'end' }>;

const CODES: Readonly<Record<EndStep['result'], ExitCode>> = {
  promoted: EXIT.done,
  'at-stage': EXIT.done,
  'rolled-back': EXIT.rolledBack,
  paused: EXIT.paused,
  'rollback-failed': EXIT.rollbackFailed,
  interrupted: EXIT.interrupted,
};

/**
 * Returns the end of a run by its own decision.
 *
 * @param asked the direction that the command asked for; a rollback that was asked for is a success
 */
export function endByStep(result: EndStep['result'], asked: Direction): RunEnd {
  return { result, code: result === 'rolled-back' && asked === 'rollback' ? EXIT.done : CODES[result] };
}

/**
 * Returns the end of a run by an error.
 *
 * @param direction the direction of the run at the error
 * @param hasWritten whether the run has written an object; a refusal then leaves the rollout between folders, for example if a permission
 * was revoked
 */
export function endByError(error: Pick<CliError, 'code'>, direction: Direction, hasWritten: boolean): RunEnd {
  if (direction === 'rollback' && error.code !== EXIT.held && error.code !== EXIT.interrupted) {
    return { result: 'rollback-failed', code: EXIT.rollbackFailed };
  }
  const code = error.code === EXIT.refused && hasWritten ? EXIT.paused : error.code;
  return { result: code === EXIT.interrupted ? 'interrupted' : code === EXIT.paused ? 'paused' : 'refused', code };
}
