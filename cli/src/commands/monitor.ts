import { Command } from 'commander';
import { DEFAULT_GATES, testsOf } from '../../../lib/core/gates/settings';
import { asRefusal } from '../cluster/kinds';
import { EXIT, type ExitCode, UsageError } from '../core/errors';
import { effectiveGates } from '../monitor/live-gates';
import { prepareTraffic } from '../monitor/traffic-source';
import { SynthOutput } from '../synth-output/synth-output';
import type { Terminal } from '../terminal/terminal';
import { openApi, withCluster, withOutput } from './common';
import { measure } from './measure';
import { type MonitorOptions, sizeOf, withMonitoring } from './monitor-options';
import { pairNamed, releaseOf, withProbe } from './probe-options';
import { isClusterNeeded, trafficRequest, withTraffic } from './traffic-options';

export function monitorCommand(terminal: Terminal, finish: (code: number) => void): Command {
  const command = new Command('monitor').description(
    'send requests to the Service, or read request counters from Prometheus; show share, errors and latency by version, and whether the share is as expected',
  );
  withMonitoring(withTraffic(withProbe(withOutput(withCluster(command), ['text', 'json'])))).addHelpText('after', EXAMPLES);
  return command.action(async (options: MonitorOptions) => finish(await monitor(options, command, terminal)));
}

const EXAMPLES = `
Exit codes: 0 if all checks of --fail-on pass; 1 if one fails or is inconclusive; 2 for invalid arguments; 3 if the Service has no
address or a permission is missing.

Examples:
  kubectl canary monitor                                  100 requests to the load balancer, ten a second
  kubectl canary monitor --version-pattern Yellow=1.0 --version-pattern Red=1.1
                                                          for versions that are named in the response body
  kubectl canary monitor --until-decided --rate 50        stop as soon as the gates decide
  kubectl canary monitor --duration 5m --rate 50 --logs --usage --fail-on share,errors,latency
  kubectl canary monitor --url http://198.51.100.7/ --header 'Host: shop.example'
                                                          through a gateway, so that the route divides the requests
  kubectl canary monitor --prometheus http://localhost:9090 --preset istio
  kubectl canary monitor --until-decided --prometheus http://localhost:9090 --traffic istio
                                                          the requests of all clients, as Istio counts them
  kubectl canary monitor --prometheus http://localhost:9090 --traffic queries \\
    --counter 'requests=gateway_requests_total{version="{{version}}"}' \\
    --counter 'errors=gateway_requests_total{version="{{version}}",code=~"5.."}' \\
    --counter 'seconds=gateway_request_seconds_bucket{version="{{version}}"}'
  kubectl canary monitor -o json | jq -c .share`;

async function monitor(options: MonitorOptions, command: Command, terminal: Terminal): Promise<ExitCode> {
  const tree = SynthOutput.open(options.dir);
  const pair = pairNamed(tree, options.pair);
  if (options.prometheus === undefined && options.query.length + options.preset.length > 0) {
    throw new UsageError('--query, --preset: no server to query; pass --prometheus URL');
  }
  const asked = trafficRequest(options, command, sizeOf(options));
  const queries = [...options.preset, ...options.query];
  if (options.prometheus !== undefined && queries.length === 0 && !asked.counted) {
    throw new UsageError('--prometheus: nothing to query; pass --query, --preset, or --traffic istio, ingress-nginx or queries');
  }
  const end = new AbortController();
  const isCluster = isClusterNeeded(options, pair) || options.logs || options.usage;
  try {
    const api = isCluster ? await openApi(options, tree.plan, terminal, end.signal) : undefined;
    const release = releaseOf(tree, pair, api?.connection.namespace ?? options.namespace ?? 'default');
    const prepared = await prepareTraffic(api, release, asked, options, end.signal).catch((error: unknown) => {
      throw asRefusal(error, 'the API server', EXIT.paused);
    });
    await prepared.check();
    const settings = effectiveGates(pair.gates ?? DEFAULT_GATES, prepared, options.errorLimit);
    const { namespace } = release;
    // Each measurement begins anew, and a person who measures each stage looks at as many of them as there are stages.
    const tests = testsOf([settings]) * Math.max(1, pair.stages.length);
    return await measure({ options, terminal, pair, namespace, api, prepared, settings, queries, tests });
  } finally {
    end.abort();
  }
}
