import { FINDING_CODES, type Finding, type Remark } from './core/finding';

/** Adds the path of the construct to remarks, which `core` makes without knowing the construct. */
export function located(remarks: readonly Remark[], path: string): Finding[] {
  return remarks.map((remark) => ({ ...remark, path }));
}

/** Lowers accepted findings to level `info` and appends the reason to their messages. */
export function accepted(findings: readonly Finding[], accept: { [code: string]: string } | undefined): Finding[] {
  return findings.map((finding) => {
    const reason = accept?.[finding.code];
    return reason === undefined || finding.level === 'info'
      ? finding
      : { ...finding, level: 'info', message: `${finding.message} (accepted: ${reason})` };
  });
}

/** The codes that `accept` may contain. The others are about input that nothing is built from, or about output that cannot work. */
export const ACCEPTABLE = FINDING_CODES.filter(
  (code) =>
    ![
      'invalid-input',
      'invalid-object',
      'patched-plan-field',
      'duplicate-object',
      'selector-mismatch',
      'autoscaled-track',
      'ambiguous-autoscalers',
      'no-reference-grant',
      'gateway-refuses-route',
    ].includes(code),
);

/** The messages of the findings at level `error`, in the form that cdk8s's validation takes. */
export function errorsOf(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level === 'error').map(({ message }) => message);
}
