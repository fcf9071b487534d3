import type { Check } from '../core/traffic/evidence';
import type { Decision, Outcome } from '../core/rollout/record';

/** Maps a verdict to a name that is safe in a class or an id, whatever the record contains. */
export function verdictSymbol(verdict: string): Check['verdict'] {
  return verdict === 'pass' || verdict === 'fail' ? verdict : 'inconclusive';
}

export function decisionSymbol(decision: string): 'go-on' | 'roll-back' | 'stop-here' {
  return decision === 'go on' ? 'go-on' : decision === 'roll back' ? 'roll-back' : 'stop-here';
}

const DECIDERS: Readonly<Record<Decision['by'], string>> = {
  person: 'a person at the prompt',
  gates: 'the gates',
  pods: 'the pods',
  signal: 'a signal',
  option: 'a flag of the command',
};

export function decider(by: string): string {
  return Object.hasOwn(DECIDERS, by) ? DECIDERS[by as Decision['by']] : by;
}

/** The look of each result: success, failure, or neither. */
const TONES: Readonly<Record<Outcome['result'], Check['verdict']>> = {
  promoted: 'pass',
  'at-stage': 'pass',
  'rolled-back': 'fail',
  'rollback-failed': 'fail',
  paused: 'inconclusive',
  interrupted: 'inconclusive',
  refused: 'fail',
};

export function tone(result: string): Check['verdict'] {
  return Object.hasOwn(TONES, result) ? TONES[result as Outcome['result']] : 'inconclusive';
}
