import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { type Expression, type Properties, call, isEmpty, literal, name, object, seconds } from './expression';
import { hasOnly, isObject, isStrings, objectsIn } from './json';

const TIMES = ['failureThreshold', 'initialDelaySeconds', 'periodSeconds', 'successThreshold', 'timeoutSeconds'];

/** A probe; undefined if no property can express it. */
export function probe(value: Json): Expression | undefined {
  if (!hasOnly(value, ...TIMES, 'exec', 'httpGet', 'tcpSocket', 'grpc')) {
    return undefined;
  }
  const times = timesOf(value);
  const { exec, httpGet, tcpSocket, grpc } = value;
  if (times === undefined || [exec, httpGet, tcpSocket, grpc].filter((kind) => kind !== undefined).length !== 1) {
    return undefined;
  }
  if (hasOnly(exec, 'command') && isStrings(exec.command)) {
    return withOptions('Probe.fromCommand', [literal(exec.command)], times);
  }
  if (hasOnly(httpGet, 'path', 'port', 'host', 'scheme', 'httpHeaders')) {
    return httpProbe(httpGet, times);
  }
  if (hasOnly(tcpSocket, 'port', 'host')) {
    return withOptions('Probes.fromTcpSocket', [], { ...portOf(tcpSocket.port), host: textOf(tcpSocket.host), ...times });
  }
  if (hasOnly(grpc, 'port', 'service') && typeof grpc.port === 'number') {
    return withOptions('Probes.fromGrpc', [], { port: literal(grpc.port), service: textOf(grpc.service || undefined), ...times });
  }
  return undefined;
}

function httpProbe(httpGet: JsonObject, times: Properties): Expression | undefined {
  const { path = '/', port, host, scheme = 'HTTP' } = httpGet;
  const headers = objectsIn(httpGet.httpHeaders);
  if (new Set(headers.map((header) => header.name)).size < headers.length || typeof path !== 'string') {
    return undefined;
  }
  const byName = Object.fromEntries(headers.map((header) => [String(header.name), header.value ?? '']));
  return withOptions('Probes.fromHttpGet', [literal(path)], {
    ...portOf(port),
    host: textOf(host),
    scheme: scheme === 'HTTP' ? undefined : name(`ConnectionScheme.${String(scheme)}`),
    headers: headers.length === 0 ? undefined : literal(byName),
    ...times,
  });
}

function portOf(port: Json | undefined): Properties {
  return typeof port === 'string' && !/^\d+$/.test(port) ? { portName: literal(port) } : { port: literal(Number(port)) };
}

function textOf(text: Json | undefined): Expression | undefined {
  return text === undefined ? undefined : literal(text);
}

/** The times and thresholds that differ from what is the default here and in Kubernetes. */
function timesOf(probeSpec: JsonObject): Properties | undefined {
  const { failureThreshold = 3, successThreshold = 1 } = probeSpec;
  if (TIMES.some((key) => probeSpec[key] !== undefined && !(Number.isInteger(probeSpec[key]) && Number(probeSpec[key]) >= 0))) {
    return undefined;
  }
  const time = (key: string, preset: number) =>
    probeSpec[key] === undefined || probeSpec[key] === preset ? undefined : seconds(Number(probeSpec[key]));
  return {
    initialDelaySeconds: time('initialDelaySeconds', 0),
    periodSeconds: time('periodSeconds', 10),
    timeoutSeconds: time('timeoutSeconds', 1),
    successThreshold: successThreshold === 1 ? undefined : literal(successThreshold),
    failureThreshold: failureThreshold === 3 ? undefined : literal(failureThreshold),
  };
}

function withOptions(callee: string, args: readonly Expression[], options: Properties): Expression {
  const given = object(options);
  return call(callee, ...args, ...(isEmpty(given) ? [] : [given]));
}

/** The preStop hook of the main container; undefined if a property cannot express the container's hooks. */
export function preStop(lifecycle: Json | undefined): Expression | undefined {
  const hook = hasOnly(lifecycle, 'preStop') ? lifecycle.preStop : undefined;
  if (hasOnly(hook, 'sleep') && isObject(hook.sleep) && Number(hook.sleep.seconds) >= 1) {
    return call('PreStop.sleep', seconds(Number(hook.sleep.seconds)));
  }
  if (hasOnly(hook, 'exec') && isObject(hook.exec) && isStrings(hook.exec.command)) {
    return call('PreStop.exec', literal(hook.exec.command));
  }
  return undefined;
}

/** The hooks of a container beside the main one; undefined if a property cannot express them. */
export function lifecycleOf(lifecycle: Json): Expression | undefined {
  if (!hasOnly(lifecycle, 'preStop', 'postStart')) {
    return undefined;
  }
  const hooks: Record<string, Expression> = {};
  for (const [key, hook] of Object.entries(lifecycle)) {
    if (!hasOnly(hook, 'exec') || !isObject(hook.exec) || !isStrings(hook.exec.command)) {
      return undefined;
    }
    hooks[key] = call('Handler.fromCommand', literal(hook.exec.command));
  }
  return object(hooks);
}
