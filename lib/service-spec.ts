import type { JsonObject } from './core/yaml';
import { type ServiceOptions, SessionAffinity } from './service-options';

/**
 * Completes the spec that cdk8s-plus rendered for the Service: adds the fields that cdk8s-plus does not support, and removes the empty
 * list of external IPs that it always renders.
 */
export function finishServiceSpec(spec: JsonObject, options: ServiceOptions): JsonObject {
  const { sessionAffinity, sessionAffinityTimeout, appProtocol } = options;
  const { externalIPs, ports, ...rest } = spec;
  return {
    ...rest,
    ...((externalIPs as unknown[] | undefined)?.length ? { externalIPs: externalIPs! } : {}),
    ports: (ports as JsonObject[]).map((port, index) => withProtocol(port, options.ports[index]?.appProtocol ?? appProtocol)),
    ...(sessionAffinity === SessionAffinity.CLIENT_IP && { sessionAffinity }),
    ...(sessionAffinityTimeout && { sessionAffinityConfig: { clientIP: { timeoutSeconds: sessionAffinityTimeout.toSeconds() } } }),
  };
}

function withProtocol(port: JsonObject, appProtocol: string | undefined): JsonObject {
  return appProtocol === undefined ? port : { ...port, appProtocol };
}
