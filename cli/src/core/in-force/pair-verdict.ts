import { percent } from '../../../../lib/core/format-share';
import { plainText } from '../text/plain-text';
import type { ProofState } from '../rollout/settle-wait';
import type { ParentProblem, RouteStatus } from './route-status';
import { type Verdict, verdictText } from './verdict';

/** The worst of several states; undefined if there is none. */
export function worstOf(states: readonly (ProofState | undefined)[]): ProofState | undefined {
  const known = states.filter((state) => state !== undefined);
  return (['contradicted', 'waiting', 'not proven', 'in force'] as const)
    .map((kind) => known.find((state) => state.kind === kind))
    .find((state) => state !== undefined);
}

/** The state that a verdict on one Gateway means; undefined if there is nothing to prove. */
export function stateOf(verdict: Verdict): ProofState | undefined {
  switch (verdict.kind) {
    case 'nothing to prove':
      return undefined;
    case 'in force':
      return { kind: 'in force' };
    case 'waiting':
      return { kind: 'waiting', why: `about ${verdict.answers} more answers are needed` };
    case 'contradicted':
      return { kind: 'contradicted', why: `${plainText(verdict.by)} still serves ${percent(verdict.stillServes)}` };
    case 'not proven':
      return { kind: 'not proven', why: plainText(verdictText(verdict)) };
  }
}

/** The state that the conditions of a route mean; undefined if all of its parents have accepted it. */
export function stateOfRoute(name: string, status: RouteStatus): Extract<ProofState, { kind: 'waiting' | 'contradicted' }> | undefined {
  switch (status.kind) {
    case 'accepted':
      return undefined;
    case 'no parents':
      return { kind: 'contradicted', why: `${name} has no parent, so nothing serves it` };
    case 'refused':
    case 'waiting':
      return { kind: status.kind === 'refused' ? 'contradicted' : 'waiting', why: plainText(problemText(name, status.problems[0]!)) };
  }
}

/** Describes what keeps a parent from serving a route. */
function problemText(name: string, problem: ParentProblem): string {
  const { parent } = problem;
  switch (problem.kind) {
    case 'no gateway':
      return `${name}: ${parent} does not exist`;
    case 'not seen':
      return `${name}: no controller has written a status for ${parent}`;
    case 'refused':
      return `${name}: ${problem.controller ?? 'the controller'} of ${parent} says ${problem.condition}: ${problem.reason} (${problem.message})`;
    case 'waiting':
      return problem.reason === undefined
        ? `${name}: the controller of ${parent} has not written ${problem.condition} for generation ${problem.generation} yet`
        : `${name}: the controller of ${parent} says that ${problem.condition} is not true yet: ${problem.reason} (${problem.message ?? ''})`;
  }
}
