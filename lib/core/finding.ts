/** How grave a finding is. An error stops the synth, a warning is printed, and an info is only recorded in `plan.json`. */
export type Level = 'error' | 'warning' | 'info';

/** The codes of all findings. A code never changes its meaning; `docs/findings.md` has a section for each. */
export const FINDING_CODES = [
  'invalid-input',
  'share-off',
  'floor-broken',
  'quota-exceeded',
  'shared-selector',
  'patched-plan-field',
  'selector-mismatch',
  'invalid-object',
  'duplicate-object',
  'no-readiness-probe',
  'no-pre-stop',
  'grace-too-short',
  'latest-tag',
  'equal-templates',
  'always-pull-rollback',
  'load-balancer-bypasses-route',
  'mesh-bypasses-route',
  'gateway-without-host',
  'port-bypasses-route',
  'service-bypasses-route',
  'route-changes-port',
  'sticky-service',
  'foreign-pods',
  'undeclared-port',
  'recreate-strategy',
  'scheduling-across-tracks',
  'adopted-pods',
  'sticky-route',
  'sticky-overrides-weight',
  'no-reference-grant',
  'gateway-refuses-route',
  'gateway-limit',
  'route-before-services',
  'route-shape-changed',
  'autoscaled-track',
  'ambiguous-autoscalers',
  'shared-metric',
  'no-resource-request',
  'foreign-controller',
  'not-restricted',
  'blocked-drain',
  'single-replica',
  'versions-in-place',
  'canary-version-changed',
  'shared-config',
  'shared-config-changed',
  'config-elsewhere',
  'literal-secret',
  'secret-in-env',
  'large-config',
  'track-changed',
  'template-changed',
  'selector-changed',
  'service-changed',
  'stage-undecided',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** Something wrong or risky in a plan or manifest. */
export interface Finding {
  readonly code: FindingCode;
  readonly level: Level;
  /** The path of the construct in the tree. */
  readonly path: string;
  /** One sentence: what was found, where, and what to do. */
  readonly message: string;
}

/** A finding as `core` reports it, without its construct. */
export type Remark = Omit<Finding, 'path'>;

export const error = (code: FindingCode, message: string): Remark => ({ code, level: 'error', message });
export const warning = (code: FindingCode, message: string): Remark => ({ code, level: 'warning', message });
export const info = (code: FindingCode, message: string): Remark => ({ code, level: 'info', message });
