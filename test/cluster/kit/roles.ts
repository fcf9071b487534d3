import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

/** A rule of a Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const RBAC = resolve(__dirname, '..', '..', '..', 'cli', 'rbac');

/** The rules of a Role that the command's documentation names: `role` to drive a rollout, `reader` to look at it. */
export function documentedRules(name: 'role' | 'reader'): PolicyRule[] {
  return (parse(readFileSync(join(RBAC, `${name}.yaml`), 'utf8')) as { rules: PolicyRule[] }).rules;
}

/** A right that rules give, one at a time. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

/** Every right that rules give. */
export function rightsOf(rules: readonly PolicyRule[]): Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb })))),
  );
}

/** The rules that give all rights of others but some. */
export function rulesWithout(rules: readonly PolicyRule[], isTaken: (right: Right) => boolean): PolicyRule[] {
  return rightsOf(rules)
    .filter((right) => !isTaken(right))
    .map(({ group, resource, verb }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] }));
}
