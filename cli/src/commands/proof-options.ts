import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ProofRequest } from '../driver/pair-proof';
import { parseUrl } from '../monitor/target';
import { duration, number } from './common';
import { type RequestCommandOptions, requestSettings, whole } from './probe-options';

/** The options that set how a command proves that a weight is in force. */
export interface ProofCommandOptions extends RequestCommandOptions {
  readonly inForce: ProofRequest['how'];
  readonly inForceUrl: readonly string[];
  readonly inForceWait: number;
  readonly inForceRate: number;
  readonly proxies?: number;
  readonly gatewayService?: { readonly namespace: string; readonly name: string };
  readonly podHeader?: string;
}

export function withProof(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--in-force <how>',
        'what to do after a folder that moves a weight of a route: prove by requests that it is in force, and wait for --settle where that is impossible (auto), stop there (require), or only wait for --settle (off)',
      )
        .choices(['auto', 'require', 'off'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--in-force-url <url>',
        'a URL through which requests reach the gateway; may be repeated (default: the addresses and the proxy pods of the Gateways of the route)',
      )
        .argParser(url)
        .default([], 'none'),
    )
    .addOption(
      new Option('--in-force-wait <duration>', 'how long to send such requests while no answer contradicts')
        .argParser(duration)
        .default(60_000, '1m'),
    )
    .addOption(
      new Option('--in-force-rate <number>', 'such requests per second, through each address and each proxy pod')
        .argParser(number(0.1, 1_000))
        .default(50),
    )
    .addOption(
      new Option(
        '--proxies <number>',
        'the number of proxies behind --in-force-url, if connections are spread evenly over them and the command cannot list them',
      ).argParser(whole(1, 10_000)),
    )
    .addOption(
      new Option('--gateway-service <namespace/name>', "the Service of the gateway's proxies, if the command cannot find it").argParser(
        serviceName,
      ),
    )
    .option('--pod-header <name>', 'the response header that names the pod; tells the tracks apart where both run one version');
}

/** Builds the request for a proof from the options. `run` has a URL and a path for its own measurement, too. */
export function proofRequest(options: ProofCommandOptions & { readonly url?: string; readonly path?: string }): ProofRequest {
  const { inForce, inForceUrl, inForceWait, inForceRate, proxies, gatewayService, podHeader, url: own, path = '/' } = options;
  const urls = [...(own === undefined ? [] : [withPath(own, path)]), ...inForceUrl];
  return {
    how: inForce,
    urls: [...new Set(urls)],
    path,
    request: requestSettings(options),
    rate: inForceRate,
    longest: inForceWait,
    proxies,
    service: gatewayService,
    podHeader,
  };
}

function withPath(text: string, path: string): string {
  return path === '/' ? text : new URL(path, text).href;
}

function url(text: string, before: readonly string[]): readonly string[] {
  return [...before, parseUrl('--in-force-url', text).href];
}

function serviceName(text: string): ProofCommandOptions['gatewayService'] {
  const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be NAMESPACE/NAME, such as edge/envoy`);
  }
  return { namespace, name };
}
