import { FINDING_CODES, Finding, Remark } from './core/finding';

/** Findings know their construct; remarks of `core` do not. */
export function located(remarks: readonly Remark[], path: string): Finding[] {
  return remarks.map((remark) => ({ ...remark, path }));
}

/** Turns what was accepted into notes that carry the reason. */
export function accepted(findings: readonly Finding[], accept: { [code: string]: string } | undefined): Finding[] {
  return findings.map((finding) => {
    const reason = accept?.[finding.code];
    return reason === undefined || finding.level === 'info'
      ? finding
      : { ...finding, level: 'info', message: `${finding.message} (accepted: ${reason})` };
  });
}

/** Findings about a user's words cannot be accepted: there is nothing that would be built instead. */
export const ACCEPTABLE = FINDING_CODES.filter(
  (code) => !['invalid-input', 'invalid-object', 'patched-plan-field', 'duplicate-object', 'selector-mismatch'].includes(code),
);

/** The sentences of the errors among findings, as cdk8s's validation takes them. */
export function errorsOf(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level === 'error').map(({ message }) => message);
}
