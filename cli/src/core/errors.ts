/** The exit codes of every command; docs/reference/commands.md lists them. */
export const EXIT = {
  /** What was asked is so. */
  done: 0,
  /** `diff`: applying would change something. `status --check`: the cluster is not as the folder says. */
  differs: 1,
  /** Wrong arguments, a plan that cannot be read, no such context. */
  badInput: 2,
  /** Refused before anything was changed: rights that are missing, the wrong cluster, a version in the way. */
  refused: 3,
  /** Another driver holds the rollout. */
  held: 4,
  /** A field has a value of somebody else's, which is not overwritten. */
  conflict: 5,
  /** Given up on the way, at a named stage, nothing rolled back: run it again. */
  paused: 6,
  /** The canary failed, or somebody said no, and all traffic is on stable again. */
  rolledBack: 7,
  /** A rollback could not be ended. */
  rollbackFailed: 8,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one sentence, and a code that scripts can tell apart. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly code: ExitCode,
    /** What to do next, a line each: a command that can be typed, where there is one. */
    readonly next: readonly string[] = [],
  ) {
    super(message);
  }
}

/** What was given is wrong. */
export class UsageError extends CliError {
  constructor(message: string, next: readonly string[] = []) {
    super(message, EXIT.badInput, next);
  }
}
