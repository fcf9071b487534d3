import { InvalidArgumentError } from 'commander';
import type { Check, Verdict } from '../core/traffic/evidence';
import { together } from '../core/gates/fixed-sample';
import { EXIT, ExitCode } from '../core/errors';
import type { MonitorSummary } from '../terminal/monitor-text';

/** What `--fail-on` asks for, and whether it is so. */

/** What can make `monitor` exit with 1. */
export const CHECKS = ['share', 'errors', 'latency', 'unknown', 'sources', 'none'] as const;
export type FailOn = (typeof CHECKS)[number];

/** What a measurement is asked. */
export interface Asked {
  readonly failOn?: readonly FailOn[];
  readonly untilDecided?: boolean;
}

/** Reads the option. */
export function failOn(text: string): FailOn[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !(CHECKS as readonly string[]).includes(name));
  if (wrong !== undefined || (names.includes('none') && names.length > 1)) {
    throw new InvalidArgumentError(`got ${JSON.stringify(wrong ?? text)}; must be of ${CHECKS.join(', ')}, none alone`);
  }
  return names as FailOn[];
}

/** Whether more requests would change nothing: something failed, or all that is asked for passed. */
export function isDecided(options: Asked, { checks }: Verdict): boolean {
  const asked = checks.filter((check) => failsOn(options).some((what) => isAbout(check, what)));
  return asked.some(({ verdict }) => verdict === 'fail') || (asked.length > 0 && asked.every(({ verdict }) => verdict === 'pass'));
}

/** Whether a check is of what `--fail-on` names. */
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

/** What was asked for must pass: what cannot be told is no pass. */
export function exitCode(options: Asked, { evidence, verdict, readings, gates }: MonitorSummary): ExitCode {
  const asked = failsOn(options);
  const isEnded = gates !== undefined && !options.untilDecided;
  if (asked.includes('none')) {
    return EXIT.done;
  }
  const isKnown = evidence.versions.some(({ requests }) => requests > 0);
  const about = (what: FailOn) => verdict.checks.filter((check) => isAbout(check, what));
  const passes: Readonly<Record<FailOn, () => boolean>> = {
    // Where no share is judged, there is none that could be wrong. One that was to be decided must be; of a measurement that somebody
    // ended it is enough that it is known and not refuted.
    share: () => about('share').every(({ verdict: one }) => one === 'pass' || (one === 'inconclusive' && isEnded && evidence.share)),
    errors: () => together(about('errors')) === 'pass',
    // Where nobody named it and nothing asks about times, or knows them, there is nothing that could be wrong with them.
    latency: () => together(about('latency')) === 'pass' || (options.failOn === undefined && about('latency').length === 0),
    unknown: () => evidence.unknown.requests === 0,
    sources: () => readings.every(({ rows }) => rows.every(({ stable, canary }) => stable !== undefined && canary !== undefined)),
    none: () => true,
  };
  return isKnown && asked.every((check) => passes[check]()) ? EXIT.done : EXIT.differs;
}
