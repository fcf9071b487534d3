import type { ApiObject } from 'cdk8s';
import type { Finding } from '../../core/finding';
import type { JsonObject } from '../../core/yaml';
import { show } from '../../input/input';
import { namespaceOf } from '../../rendered/rendered-objects';
import { manifestsOf, titleOf } from '../../rendered/manifests';
import type { Template } from '../../rendered/template';
import { hostKey, isSameHost, resolvedHost } from './hosts';

/**
 * Finds objects of Istio for one host, in any spelling: VirtualServices in the mesh, of which Istio applies one and does not define which,
 * and DestinationRules, of which one hides the subsets of the other. Objects that no client sees both of are left out.
 */
export function sharedHosts(templates: readonly Template[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, Owner[]>();
  const manifests = templates.flatMap((template) => manifestsOf(template).map((json) => ({ construct: template.construct, json })));
  for (const { construct, json } of manifests) {
    if (!String(json.apiVersion).startsWith('networking.istio.io/')) {
      continue;
    }
    const spec = (json.spec ?? {}) as Spec;
    const namespace = namespaceOf(json);
    for (const { host, field } of hostsOf(String(json.kind), spec)) {
      const resolved = resolvedHost(host, namespace);
      const key = `${String(json.kind)} ${hostKey(resolved)}`;
      const owners = seen.get(key) ?? [];
      const owner = { construct, json, namespace, host: resolved, exportTo: spec.exportTo };
      const others = owners.filter((other) => other.json !== json && meet(other, owner));
      const first =
        others.find((other) => isSameHost(other.host, resolved) === 'yes') ??
        others.find((other) => isSameHost(other.host, resolved) === 'maybe');
      if (first) {
        findings.push(shared(owner, first, `${field}: got ${show(host)}`));
      }
      seen.set(key, [...owners, owner]);
    }
  }
  return findings;
}

/** Without namespaces in the app it may be two Services of one name. */
function shared({ construct, json, host }: Owner, first: Owner, what: string): Finding {
  const { does, why } = SHARED[String(json.kind)]!;
  const isSure = first.host === host;
  return {
    code: 'duplicate-object',
    level: isSure ? 'error' : 'warning',
    path: construct.node.path,
    message: `${titleOf(json)}, ${what}, which ${first.construct.node.path} ${does} too${isSure ? '' : ' if both are in one namespace'}; ${why}`,
  };
}

interface Spec {
  readonly gateways?: string[];
  readonly hosts?: string[];
  readonly host?: string;
  readonly exportTo?: string[];
}

interface Owner {
  readonly construct: ApiObject;
  readonly json: JsonObject;
  readonly namespace: string;
  /** The host, resolved. */
  readonly host: string;
  readonly exportTo?: readonly string[];
}

const SHARED: Readonly<Record<string, { readonly does: string; readonly why: string }>> = {
  VirtualService: {
    does: 'routes',
    why: 'must be routed by only one VirtualService in the mesh, because Istio does not define which one applies; try to remove one of them',
  },
  DestinationRule: {
    does: 'has',
    why: 'must have only one DestinationRule, because Istio merges two or hides one, and then the route may lead to a subset that is not defined; try trafficPolicy of IstioVirtualService',
  },
};

/** The hosts for which an object has to be the only one of its kind. */
function hostsOf(kind: string, { gateways, hosts, host }: Spec): { host: string; field: string }[] {
  if (kind === 'DestinationRule') {
    return typeof host === 'string' ? [{ host, field: 'spec.host' }] : [];
  }
  const isInMesh = kind === 'VirtualService' && (!gateways?.length || gateways.includes('mesh'));
  return isInMesh ? (hosts ?? []).map((one) => ({ host: one, field: 'spec.hosts' })) : [];
}

/** Whether some namespace sees both objects. */
function meet(a: Owner, b: Owner): boolean {
  const [one, other] = [viewersOf(a), viewersOf(b)];
  return one === undefined || other === undefined
    ? one?.length !== 0 && other?.length !== 0
    : one.some((namespace) => other.includes(namespace));
}

/** The namespaces that see an object; undefined for all of them. */
function viewersOf({ exportTo, namespace }: Owner): readonly string[] | undefined {
  if (!exportTo?.length || exportTo.includes('*')) {
    return undefined;
  }
  return exportTo.includes('~') ? [] : exportTo.map((to) => (to === '.' ? namespace : to));
}
