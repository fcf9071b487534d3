import type { Api } from '../cluster/api';
import type { RolloutPair } from '../core/plan/plan';
import type { NamedQuery } from '../core/prometheus/promql';
import { LogMetrics } from '../monitor/log-metrics';
import { PrometheusMetrics } from '../monitor/prometheus-metrics';
import type { SideMetrics } from '../monitor/side-metrics';
import type { Prepared } from '../monitor/traffic';
import { UsageMetrics } from '../monitor/usage-metrics';
import type { MonitorOptions } from './monitor-options';
import { serverOf } from './traffic-options';

/** What the sources beside the requests need. */
export interface SourcesRequest {
  readonly options: MonitorOptions;
  readonly pair: RolloutPair;
  readonly namespace: string;
  /** Undefined if nothing needs the cluster. */
  readonly api: Api | undefined;
  readonly prepared: Prepared;
  readonly queries: readonly NamedQuery[];
}

/** Returns the sources that the options ask for. @param seconds returns the seconds since the measurement began */
export function sourcesOf({ options, pair, namespace, api, prepared, queries }: SourcesRequest, seconds: () => number): SideMetrics[] {
  const deployments = { stable: pair.stable.deployment, canary: pair.canary.deployment };
  const { tracks } = prepared;
  const timeout = options.requestTimeout;
  const since = new Date().toISOString();
  const server = serverOf(options);
  const context = (track: 'stable' | 'canary') => ({
    version: pair[track].version,
    namespace,
    service: pair.service,
    deployment: deployments[track],
    // A rate needs two scrapes; at the usual interval, a minute contains two.
    window: `${Math.max(60, Math.ceil(seconds()))}s`,
  });
  return [
    ...(options.logs ? [new LogMetrics(api!, tracks!, { namespace, deployments, pattern: options.logPattern, since, timeout })] : []),
    ...(options.usage ? [new UsageMetrics(api!, tracks!, namespace, deployments)] : []),
    ...(server && queries.length > 0 ? [new PrometheusMetrics({ server, queries, context })] : []),
  ];
}
