import * as kplus from './kplus';
import { type JsonObject, withoutUndefined } from './core/yaml';

/** Options of `Probes.fromHttpGet`. */
export interface HttpProbeOptions extends kplus.HttpGetProbeOptions {
  /**
   * The name of the container port to ask, instead of the number `port`.
   *
   * @default - the number `port`
   */
  readonly portName?: string;

  /**
   * Headers of the request, by name. `Host` replaces the address of the pod.
   *
   * @default - none
   */
  readonly headers?: { [name: string]: string };
}

/** Options of `Probes.fromTcpSocket`. */
export interface TcpProbeOptions extends kplus.TcpSocketProbeOptions {
  /**
   * The name of the container port to connect to, instead of the number `port`.
   *
   * @default - the number `port`
   */
  readonly portName?: string;
}

/** Options of `Probes.fromGrpc`. */
export interface GrpcProbeOptions extends kplus.ProbeOptions {
  /** The port of the gRPC server: 1 to 65535. */
  readonly port: number;

  /**
   * The service that the health check asks for.
   *
   * @default - the server as a whole
   */
  readonly service?: string;
}

/**
 * Probes that cdk8s-plus-27 cannot express: ports by name, headers, the gRPC health check, and no probe in place of a default one. They can
 * be given wherever this library takes a `Probe`.
 */
export class Probes {
  /**
   * No probe, where there would be a default one or one that both tracks share. Without a readiness probe, a pod gets requests as soon as
   * its process starts, which is the finding `no-readiness-probe`.
   */
  public static none(): kplus.Probe {
    return ownProbe(() => undefined);
  }

  /**
   * Sends a GET request. A status from 200 to 399 is a success.
   *
   * @param path the path of the request
   * @param options the port, by default the first TCP port of the container; headers; times
   */
  public static fromHttpGet(path: string, options: HttpProbeOptions = {}): kplus.Probe {
    const { headers = {}, host, scheme = kplus.ConnectionScheme.HTTP } = options;
    // From version 31 on, the options of cdk8s-plus have a list of headers.
    const { httpHeaders: listed = [] } = options as { readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[] };
    const all = [
      ...listed.map(({ name, value }) => ({ name, value })),
      ...Object.entries(headers).map(([name, value]) => ({ name, value })),
    ];
    const httpHeaders = all.length > 0 ? all : undefined;
    return ownProbe((firstPort) => ({
      httpGet: withoutUndefined({ path, port: options.portName ?? options.port ?? firstPort, host, scheme, httpHeaders }),
      ...timesOf(options),
    }));
  }

  /**
   * Opens a TCP connection.
   *
   * @param options the port, by default the first TCP port of the container; times
   */
  public static fromTcpSocket(options: TcpProbeOptions = {}): kplus.Probe {
    return ownProbe((firstPort) => ({
      tcpSocket: withoutUndefined({ port: options.portName ?? options.port ?? firstPort, host: options.host }),
      ...timesOf(options),
    }));
  }

  /** Asks the gRPC health check of the container (`grpc.health.v1`). */
  public static fromGrpc(options: GrpcProbeOptions): kplus.Probe {
    const { port, service } = options;
    return ownProbe(() => ({ grpc: withoutUndefined({ port, service }), ...timesOf(options) }));
  }

  private constructor() {}
}

/** Renders a probe for a container with this first TCP port; undefined for no probe. */
type Render = (firstPort: number | undefined) => JsonObject | undefined;

/** The probes of this class. To cdk8s-plus they are probes of its own, which it never renders. */
const OWN = new WeakMap<kplus.Probe, Render>();

function ownProbe(render: Render): kplus.Probe {
  const probe = kplus.Probe.fromTcpSocket();
  OWN.set(probe, render);
  return probe;
}

/** The probes of a container, by the properties of cdk8s-plus and by the fields of Kubernetes. */
const FIELDS = { readiness: 'readinessProbe', liveness: 'livenessProbe', startup: 'startupProbe' } as const;

/** Container properties without the probes of this library, which cdk8s-plus could not render. */
export function withoutOwnProbes(props: kplus.ContainerProps): kplus.ContainerProps {
  const own = Object.keys(FIELDS).filter((name) => OWN.has(props[name as keyof typeof FIELDS]!));
  return own.length === 0 ? props : { ...props, ...Object.fromEntries(own.map((name) => [name, undefined])) };
}

/** Adds the probes of this library to a rendered container. */
export function withOwnProbes(container: JsonObject, props: kplus.ContainerProps): JsonObject {
  const firstPort = firstTcpPort(props.ports) ?? props.portNumber ?? props.port;
  const probes = Object.entries(FIELDS).flatMap(([name, field]) => {
    const render = OWN.get(props[name as keyof typeof FIELDS]!);
    return render ? [[field, render(firstPort)] as const] : [];
  });
  return withoutUndefined({ ...container, ...Object.fromEntries(probes) });
}

/** The number of the first TCP port; undefined if there is none. */
export function firstTcpPort(ports: readonly kplus.ContainerPort[] | undefined): number | undefined {
  return ports?.find(({ protocol }) => (protocol ?? kplus.Protocol.TCP) === kplus.Protocol.TCP)?.number;
}

/** The times and thresholds of a probe, in seconds and numbers of attempts. */
function timesOf(options: kplus.ProbeOptions): JsonObject {
  return withoutUndefined({
    failureThreshold: options.failureThreshold ?? 3,
    initialDelaySeconds: options.initialDelaySeconds?.toSeconds(),
    periodSeconds: options.periodSeconds?.toSeconds(),
    successThreshold: options.successThreshold,
    timeoutSeconds: options.timeoutSeconds?.toSeconds(),
  });
}
