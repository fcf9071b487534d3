import { troubleText } from '../core/rollout/decide';
import type { DeploymentHealth } from '../core/kubernetes/health';
import { loadOf } from '../core/rollout/capacity';
import type { PairHealth } from '../core/rollout/pair-health';
import type { Status } from '../core/rollout/status';
import { percent } from '../../../lib/core/format-share';
import type { Expectation } from '../core/traffic/expected-share';
import { placeText } from '../core/plan/path';
import { configsText } from '../core/text/configs-text';
import { plainValue } from '../core/text/plain-text';
import { showValue } from '../core/text/show-value';
import { tableText } from './table';
import type { Paint } from './terminal';

/** Formats a status for people. @param width the columns of the terminal; no limit by default */
export function statusText(status: Status, paint: Paint, width?: number): string {
  const { position, next, pairs, drift, holders, turned, context, namespace } = plainValue(status);
  const isGood = position.kind === 'at';
  const place = position.kind === 'absent' ? `nothing of this plan exists in namespace ${namespace}` : placeText(position);
  const parts = [
    `${paint('bold', paint(isGood ? 'green' : 'yellow', place))}${next === undefined ? '' : paint('dim', `   next: ${next}`)}${paint('dim', `   (${namespace}, context ${context})`)}`,
  ];
  if (position.kind === 'unrecognized') {
    parts.push([position.why, ...position.next.map((line) => `  ${line}`)].join('\n'));
  }
  if (position.kind === 'absent') {
    parts.push('kubectl canary advance --create   creates stage-0');
  } else {
    parts.push(pairsTable(pairs, paint, width));
    parts.push(pairs.map(({ path, share }) => shareText(pairs.length > 1 ? `${path}: ` : '', share)).join('\n'));
    const routes = pairs.flatMap(({ path, route }) => (route ? [routeText(pairs.length > 1 ? `${path}: ` : '', route, paint)] : []));
    parts.push(...(routes.length > 0 ? [routes.join('\n')] : []));
    const configs = pairs.flatMap(
      ({ stable, canary, configs: read }) =>
        configsText([
          { name: stable.name, configs: read?.stable },
          { name: canary.name, configs: read?.canary },
        ]) ?? [],
    );
    parts.push(...(configs.length > 0 ? [configs.join('\n')] : []));
  }
  const troubles = pairs.flatMap(({ stable, canary }) =>
    [stable, canary].flatMap((health) => health.troubles.map((trouble) => troubleText(health, trouble))),
  );
  if (troubles.length > 0) {
    parts.push([...new Set(troubles)].map((text) => paint('yellow', text)).join('\n'));
  }
  if (drift.length > 0) {
    const lines = drift.flatMap(({ object, differences }) =>
      differences.map(
        ({ field, live, wanted }) =>
          `  ${object} ${field || 'is missing'}${field ? `: ${showValue(live, field)} in the cluster, ${showValue(wanted, field)} in the manifest` : ''}`,
      ),
    );
    parts.push([paint('yellow', 'differs from the manifests:'), ...lines].join('\n'));
  }
  if (turned) {
    parts.push(paint('red', `a rollback is not finished (${turned.why}, started by ${turned.by} at ${turned.at})`));
  }
  for (const { identity, since } of holders) {
    parts.push(`the rollout is held by ${identity}${since ? ` since ${since}` : ''}`);
  }
  return parts.join('\n\n');
}

/** The pods and the versions of each track. */
function pairsTable(pairs: Status['pairs'], paint: Paint, width: number | undefined): string {
  const rows = pairs.flatMap((pair) =>
    (['stable', 'canary'] as const).map((track, n) => {
      const health = pair[track];
      const settled = health.wanted === 0 ? paint('dim', 'no pods') : paint('green', 'ready');
      const state = health.isSettled ? settled : paint('yellow', 'in progress');
      const ending = health.terminating > 0 ? `, ${health.terminating} terminating` : '';
      return [
        n === 0 ? pair.path : '',
        track,
        health.name,
        pair.versions[track] ?? '-',
        `${health.ready}/${health.wanted}`,
        String(health.endpoints),
        state + ending + autoscalerText(pair, health),
      ];
    }),
  );
  const header = ['pair', 'track', 'Deployment', 'version', 'ready', 'endpoints', 'state'];
  return tableText({ header, rows, width, names: 2 });
}

/** What the autoscaler of a track may do, and the load of the service that it sees. */
function autoscalerText(pair: PairHealth, { autoscaler }: DeploymentHealth): string {
  if (!autoscaler) {
    return '';
  }
  const load = autoscaler.load === undefined ? 'no metrics' : `load of ${autoscaler.load.toFixed(1)} pods, of ${loadOf(pair)} in all`;
  return `, autoscaled ${autoscaler.min}-${autoscaler.max} (${autoscaler.stopped ?? load})`;
}

/** What the status of a route tells of its weights: that they are accepted, and not that every proxy serves them. */
function routeText(of: string, { isAccepted, why = '' }: NonNullable<Status['pairs'][number]['route']>, paint: Paint): string {
  return isAccepted
    ? `${of}${paint('green', 'the route is accepted by all its parents')}; that every proxy serves its weights, only requests show`
    : `${of}${paint('yellow', `the weights are not in force: ${why}`)}`;
}

function shareText(of: string, share: Expectation): string {
  return share.share === undefined
    ? `${of}the canary's share is not known: ${share.why}`
    : `${of}the canary has ${percent(share.share)} of the traffic (${share.from})`;
}
