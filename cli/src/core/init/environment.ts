import type { Json, JsonObject } from '../../../../lib/core/yaml';
import type { Declaration } from './declaration';
import { type Entry, type Expression, call, list, literal, name, object } from './expression';
import { hasOnly, isObject, objectsIn } from './json';

/** The variables of a container by name; undefined if there is one that no property can set. */
export function environment(value: Json, declaration: Declaration): Expression | undefined {
  const variables = objectsIn(value);
  const names = new Set(variables.map((variable) => variable.name));
  if (!Array.isArray(value) || variables.length < value.length || names.size < variables.length) {
    return undefined;
  }
  const entries: Entry[] = [];
  for (const variable of variables) {
    const expression = isNumeric(variable.name) ? undefined : valueOf(variable, declaration);
    if (expression === undefined) {
      return undefined;
    }
    entries.push({ key: String(variable.name), value: expression });
  }
  return { kind: 'object', entries };
}

/** JavaScript moves such keys to the front, but a variable may refer to those before it. */
function isNumeric(key: unknown): boolean {
  return typeof key !== 'string' || /^\d+$/.test(key);
}

function valueOf(variable: JsonObject, declaration: Declaration): Expression | undefined {
  if (!hasOnly(variable, 'name', 'value', 'valueFrom')) {
    return undefined;
  }
  const { value = '', valueFrom } = variable;
  if (valueFrom === undefined) {
    return typeof value === 'string' ? call('EnvValue.fromValue', literal(value)) : undefined;
  }
  const [source, ...others] = Object.entries(isObject(valueFrom) ? valueFrom : {});
  if (!source || others.length > 0 || !isObject(source[1])) {
    return undefined;
  }
  return SOURCES[source[0]]?.(source[1], declaration);
}

const SOURCES: Readonly<Record<string, (source: JsonObject, declaration: Declaration) => Expression | undefined>> = {
  configMapKeyRef: (source, declaration) => {
    const { name: map, key, optional } = source;
    if (typeof map !== 'string' || typeof key !== 'string') {
      return undefined;
    }
    return call('EnvValue.fromConfigMap', declaration.reference('configmap', map), literal(key), ...optionalOf(optional));
  },
  secretKeyRef: (source, declaration) => {
    const { name: secret, key, optional } = source;
    if (typeof secret !== 'string' || typeof key !== 'string') {
      return undefined;
    }
    const value = object({ secret: declaration.reference('secret', secret), key: literal(key) });
    return call('EnvValue.fromSecretValue', value, ...optionalOf(optional));
  },
  fieldRef: (source) => {
    const path = typeof source.fieldPath === 'string' ? source.fieldPath : '';
    const [, map, key] = /^(metadata\.(?:labels|annotations))\['([^']+)'\]$/.exec(path) ?? [];
    const member = FIELD_PATHS[map ?? path];
    if (member === undefined || (map === undefined) !== (key === undefined) || (source.apiVersion ?? 'v1') !== 'v1') {
      return undefined;
    }
    const isMap = path === 'metadata.labels' || path === 'metadata.annotations';
    return isMap
      ? undefined
      : call('EnvValue.fromFieldRef', name(`EnvFieldPaths.${member}`), ...(key === undefined ? [] : [object({ key: literal(key) })]));
  },
  resourceFieldRef: (source) => {
    const member = RESOURCE_PATHS[String(source.resource)];
    if (member === undefined || source.containerName !== undefined) {
      return undefined;
    }
    const { divisor } = source;
    const options = divisor === undefined || String(divisor) === '0' ? [] : [object({ divisor: literal(String(divisor)) })];
    return call('EnvValue.fromResource', name(`ResourceFieldPaths.${member}`), ...options);
  },
};

function optionalOf(optional: Json | undefined): Expression[] {
  // The API server tells false from none.
  return typeof optional === 'boolean' ? [object({ optional: literal(optional) })] : [];
}

const FIELD_PATHS: Readonly<Record<string, string>> = {
  'metadata.annotations': 'POD_ANNOTATION',
  'metadata.labels': 'POD_LABEL',
  'metadata.name': 'POD_NAME',
  'metadata.namespace': 'POD_NAMESPACE',
  'metadata.uid': 'POD_UID',
  'spec.nodeName': 'NODE_NAME',
  'spec.serviceAccountName': 'SERVICE_ACCOUNT_NAME',
  'status.hostIP': 'NODE_IP',
  'status.podIP': 'POD_IP',
  'status.podIPs': 'POD_IPS',
};

const RESOURCE_PATHS: Readonly<Record<string, string>> = {
  'limits.cpu': 'CPU_LIMIT',
  'limits.ephemeral-storage': 'STORAGE_LIMIT',
  'limits.memory': 'MEMORY_LIMIT',
  'requests.cpu': 'CPU_REQUEST',
  'requests.ephemeral-storage': 'STORAGE_REQUEST',
  'requests.memory': 'MEMORY_REQUEST',
};

/** ConfigMaps and Secrets whose keys all become variables; undefined if one of them is optional, or a Secret with a prefix. */
export function environmentFrom(value: Json, declaration: Declaration): Expression | undefined {
  const sources = objectsIn(value).map((source) => sourceOf(source, declaration));
  return sources.every((source) => source !== undefined) ? list(sources) : undefined;
}

function sourceOf(source: JsonObject, declaration: Declaration): Expression | undefined {
  const { configMapRef, secretRef, prefix } = source;
  if (hasOnly(configMapRef, 'name') && hasOnly(source, 'configMapRef', 'prefix')) {
    const reference = declaration.reference('configmap', String(configMapRef.name));
    return call('Env.fromConfigMap', reference, ...(prefix === undefined ? [] : [literal(prefix)]));
  }
  if (hasOnly(secretRef, 'name') && hasOnly(source, 'secretRef')) {
    return call('Env.fromSecret', declaration.reference('secret', String(secretRef.name)));
  }
  return undefined;
}
