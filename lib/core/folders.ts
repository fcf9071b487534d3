import type { Fraction } from './fraction';

/**
 * The names of a rollout's folders. Users select a stage by its folder, and the annotation on the Deployments records the folder, so all
 * names are defined here.
 */
export const STAGE_0 = 'stage-0';
export const PROMOTED = 'promoted';
/** With `promotion: roll`: stable takes the new template and comes up while the canary still serves. */
export const PROMOTED_UP = 'promoted-up';
/** With `promotion: roll` and a route to a Service of each track: the route goes from the canary to stable, before the canary is drained. */
export const PROMOTED_ROUTE = 'promoted-route';
export const CLEANUP = 'cleanup';

/** `stage-10`, `stage-12.5`, `stage-1-of-3`, or `stage-<name>` if the stage has a name. */
export function stageFolder(weight: Fraction, name?: string): string {
  const percent = weight.times(100).toDecimal();
  return `stage-${name ?? percent ?? `${weight.numerator}-of-${weight.denominator}`}`;
}

/** The folder to apply before the stage's own, if one apply would not be safe. */
export function upFolder(stage: string): string {
  return `${stage}-up`;
}

/** The folder to apply before `stage-0` when a rollback starts at this stage. */
export function rollbackFolder(stage: string): string {
  return `rollback/from-${stage}`;
}

/** The name of a stage, which is part of a folder's name and of an annotation: at most 40 lower-case letters, digits, `.` and `-`. */
export const STAGE_NAME = /^[a-z0-9]([a-z0-9.-]{0,38}[a-z0-9])?$/;
