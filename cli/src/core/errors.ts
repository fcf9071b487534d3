/** The exit codes of every command; docs/reference/commands.md lists them. */
export const EXIT = {
  /** Success. */
  done: 0,
  /** `diff`: an apply would change something. `status --check`: the cluster differs from the folder. `monitor`: a check did not pass. */
  differs: 1,
  /** Invalid arguments, a plan that cannot be read, or an unknown context. */
  badInput: 2,
  /** Refused before any change: missing permissions, the wrong cluster, or another version that runs already. */
  refused: 3,
  /** Another driver holds the rollout. */
  held: 4,
  /** Another field manager set a field to a different value, and the command does not overwrite it. */
  conflict: 5,
  /** Stopped at a named stage without a rollback. The user runs the command again. */
  paused: 6,
  /** The canary failed or a person decided to roll back, and all traffic is on stable again. */
  rolledBack: 7,
  /** A rollback could not be completed. */
  rollbackFailed: 8,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message of one sentence and an exit code that scripts can check. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly code: ExitCode,
    /** What to do next, one line each: a command to run if there is one. */
    readonly next: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The input of the user is invalid. */
export class UsageError extends CliError {
  constructor(message: string, next: readonly string[] = []) {
    super(message, EXIT.badInput, next);
  }
}
