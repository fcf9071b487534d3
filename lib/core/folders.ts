import { Fraction } from './fraction';

/**
 * The folders of a rollout. A folder's name is also the name by which a stage is chosen and by which a cluster says
 * where it is (the annotation on the Deployments), so all of them are made here and nowhere else.
 */
export const STAGE_0 = 'stage-0';
export const PROMOTED = 'promoted';
/** With `promotion: roll`: stable takes the new template and comes up, while the canary still serves. */
export const PROMOTED_UP = 'promoted-up';
export const CLEANUP = 'cleanup';

/** `stage-10`, `stage-12.5`, `stage-1-of-3`, or `stage-<name>` where the stage has a name. */
export function stageFolder(weight: Fraction, name?: string): string {
  const percent = weight.times(100).toDecimal();
  return `stage-${name ?? percent ?? `${weight.numerator}-of-${weight.denominator}`}`;
}

/** What grows grows first: the folder to apply before the stage's own. */
export function upFolder(stage: string): string {
  return `${stage}-up`;
}

/** The folder to apply before `stage-0` when a rollback starts at this stage. */
export function rollbackFolder(stage: string): string {
  return `rollback/from-${stage}`;
}

/** A stage's name becomes a folder and an annotation: lower-case letters, digits, `.` and `-`, at most 40 of them. */
export const STAGE_NAME = /^[a-z0-9]([a-z0-9.-]{0,38}[a-z0-9])?$/;
