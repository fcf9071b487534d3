import { InvalidArgumentError } from 'commander';
import type { Check, Verdict } from '../core/traffic/evidence';
import { together } from '../core/gates/fixed-sample';
import { EXIT, type ExitCode } from '../core/errors';
import type { MonitorSummary } from '../terminal/monitor-text';

/** The checks of `--fail-on`, and whether they pass. */

/** The checks that can make `monitor` exit with 1. */
export const CHECKS = ['share', 'errors', 'latency', 'unknown', 'sources', 'none'] as const;
export type FailOn = (typeof CHECKS)[number];

/** The options that select the checks. */
export interface Asked {
  readonly failOn?: readonly FailOn[];
  readonly untilDecided?: boolean;
}

/** Parses the option. */
export function failOn(text: string): FailOn[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !(CHECKS as readonly string[]).includes(name));
  if (wrong !== undefined || (names.includes('none') && names.length > 1)) {
    throw new InvalidArgumentError(
      `got ${JSON.stringify(wrong ?? text)}; must be one or more of ${CHECKS.join(', ')}, separated by commas; none must stand alone`,
    );
  }
  return names as FailOn[];
}

/** Whether the result is final: a selected check failed, or all of them passed. */
export function isDecided(options: Asked, { checks }: Verdict): boolean {
  const asked = checks.filter((check) => failsOn(options).some((what) => isAbout(check, what)));
  return asked.some(({ verdict }) => verdict === 'fail') || (asked.length > 0 && asked.every(({ verdict }) => verdict === 'pass'));
}

/** Whether a check belongs to a name of `--fail-on`. */
function isAbout({ name }: Check, what: FailOn): boolean {
  switch (what) {
    case 'share':
      return name === 'share';
    case 'errors':
      return name === 'errors' || name === 'error limit';
    case 'latency':
      return name.startsWith('latency ');
    default:
      return false;
  }
}

function failsOn({ failOn: asked, untilDecided }: Asked): readonly FailOn[] {
  return asked ?? (untilDecided ? ['share', 'errors', 'latency'] : ['share']);
}

/** Returns the exit code. Every selected check must pass; an inconclusive one does not. */
export function exitCode(options: Asked, { evidence, verdict, readings, gates }: MonitorSummary): ExitCode {
  const asked = failsOn(options);
  const isEnded = gates !== undefined && !options.untilDecided;
  if (asked.includes('none')) {
    return EXIT.done;
  }
  const isKnown = evidence.versions.some(({ requests }) => requests > 0);
  const about = (what: FailOn) => verdict.checks.filter((check) => isAbout(check, what));
  const passes: Readonly<Record<FailOn, () => boolean>> = {
    // If no share is judged, none can be wrong. With --until-decided it must be decided; if the user ended the
    // measurement, a share that is known and not refuted is enough.
    share: () => about('share').every(({ verdict: one }) => one === 'pass' || (one === 'inconclusive' && isEnded && evidence.share)),
    errors: () => together(about('errors')) === 'pass',
    // If the user did not name latency and no gate judges it, or it is unknown, it cannot fail.
    latency: () => together(about('latency')) === 'pass' || (options.failOn === undefined && about('latency').length === 0),
    unknown: () => evidence.unknown.requests === 0,
    sources: () => readings.every(({ rows }) => rows.every(({ stable, canary }) => stable !== undefined && canary !== undefined)),
    none: () => true,
  };
  return isKnown && asked.every((check) => passes[check]()) ? EXIT.done : EXIT.differs;
}
