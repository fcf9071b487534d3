import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const RBAC = resolve(__dirname, '..', '..', '..', 'cli', 'rbac');

/** The rules of a Role from the command's documentation: `role` can drive a rollout, `reader` can only read. */
export function documentedRules(name: 'role' | 'reader'): PolicyRule[] {
  return (parse(readFileSync(join(RBAC, `${name}.yaml`), 'utf8')) as { rules: PolicyRule[] }).rules;
}

export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

/** All permissions that the rules give. */
export function rightsOf(rules: readonly PolicyRule[]): Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb })))),
  );
}

/** Rules that give the same permissions without those that `isTaken` selects. */
export function rulesWithout(rules: readonly PolicyRule[], isTaken: (right: Right) => boolean): PolicyRule[] {
  return rightsOf(rules)
    .filter((right) => !isTaken(right))
    .map(({ group, resource, verb }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] }));
}
