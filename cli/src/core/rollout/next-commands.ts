import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import type { PlanObject, PlanObjects } from '../kubernetes/objects';
import { rolloutPairs } from '../plan/plan';
import { rollbackPath } from '../plan/path';
import type { Resource } from '../resource';
import { routerOf } from '../routers';
import type { Position } from './position';
import type { Outcome } from './record';

/** What the commands must name so that they reach the same release on the same cluster. */
export interface CommandContext {
  /** The objects of the way back. */
  readonly stepsBack: PlanObjects;
  /** The folder of the synth output, as the user gave it. */
  readonly dir: string;
  /** The connection flags of this command, such as `--context`. */
  readonly flags: readonly string[];
  readonly fieldManager: string;
  readonly allowClusterScoped?: boolean;
}

/** Returns the commands that the user can run after a run ended, each as a line. */
export function nextCommands(result: Outcome['result'], position: Position, context: CommandContext): string[] {
  const { dir, flags, allowClusterScoped } = context;
  const suffix = words([...(dir === 'dist' ? [] : ['--dir', dir]), ...flags]);
  const allowed = allowClusterScoped ? ' --allow-cluster-scoped' : '';
  switch (result) {
    case 'rollback-failed':
      return manualRollback(position, context);
    case 'paused':
    case 'interrupted':
      return [
        `kubectl canary run${suffix}${allowed}        continues from here`,
        `kubectl canary rollback${suffix}${allowed}   returns all traffic to stable (${STAGE_0})`,
      ];
    case 'promoted':
    case 'rolled-back':
      return [`kubectl canary cleanup${suffix}    deletes the Deployments that no longer receive traffic`];
    case 'at-stage':
    case 'refused':
      return [];
  }
}

/** The rollback as kubectl commands, for when this command cannot carry it out: the same writes of counts and routes. */
function manualRollback(position: Position, { stepsBack, flags, fieldManager }: CommandContext): string[] {
  const path = position.kind === 'unrecognized' ? [] : rollbackPath(stepsBack.plan, position);
  const folders = path.length > 0 ? path : [STAGE_0];
  // Of a flag that is given twice, kubectl uses the last value.
  const placed = (namespace: string | undefined) => [...flags, ...(namespace ? ['--namespace', namespace] : [])];
  const patch = ({ ref, manifests }: PlanObject, folder: string) => {
    const { apiVersion: _a, kind: _k, metadata, spec, ...others } = manifests.get(folder)!;
    const { template: _, ...fields } = (spec ?? {}) as Resource;
    const { name: _name, namespace, ...marks } = metadata as { readonly name: string; readonly namespace?: string };
    const body = { ...others, metadata: marks, ...(spec !== undefined && { spec: fields }) };
    const [group, version] = ref.apiVersion.split('/');
    const what = `${ref.kind.toLowerCase()}${version === undefined ? '' : `.${group}`}/${ref.name}`;
    return `  kubectl patch --type=merge --field-manager=${fieldManager}${words([...placed(namespace), what, '--patch', JSON.stringify(body)])}`;
  };
  const stable = rolloutPairs(stepsBack.plan).map(({ namespace, stable: { deployment } }) =>
    words([`deploy/${deployment}`, ...placed(namespace)]),
  );
  // After a promotion stable has no pods, and its autoscaler is paused. It needs as many as the canary has.
  const scale = rolloutPairs(stepsBack.plan)
    .filter(({ autoscaling, router, promotion }) => autoscaling && router !== 'pods' && promotion === 'swap')
    .map(({ namespace, stable, canary }) => {
      const at = words(placed(namespace));
      const count = `"$(kubectl get deployment/${canary.deployment}${at} -o jsonpath='{.spec.replicas}')"`;
      return `  kubectl scale deployment/${stable.deployment}${at} --replicas=${count}`;
    });
  const settle = Math.max(...rolloutPairs(stepsBack.plan).map((pair) => (routerOf(pair).route ? routerOf(pair).settleMs / 1_000 : 0)));
  const isPromoted = folders[0] === stepsBack.plan.order.rollback[PROMOTED]?.[0];
  return [
    'to roll back by hand:',
    ...folders.flatMap((folder, n) => [
      ...stepsBack
        .in(folder)
        .filter(({ varying }) => varying.length > 0)
        .map((object) => patch(object, folder)),
      ...(isPromoted && n === 0 ? scale : []),
      ...stable.map((name) => `  kubectl rollout status --timeout=5m${name}`),
      // The pods of the canary must not shrink while a proxy still sends requests to them.
      ...(settle > 0 && n < folders.length - 1 ? [`  sleep ${settle}`] : []),
    ]),
  ];
}

/** Words quoted for a POSIX shell, each after a space. */
function words(list: readonly string[]): string {
  return list.map((word) => (/^[\w./:@=,+-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", "'\\''")}'`)).join('');
}
