import type { ApiObject } from 'cdk8s';
import type { Finding } from '../../core/finding';
import { show } from '../../input/input';
import type { Template } from '../../rendered/template';

/**
 * Finds VirtualServices that route the same host in the mesh: Istio applies one of them, and does not define which. A VirtualService with
 * `exportTo` is left out, because two of them may be visible to different namespaces.
 */
export function sharedHosts(templates: readonly Template[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, ApiObject>();
  for (const { construct, json } of templates) {
    const isIstio = json.kind === 'VirtualService' && String(json.apiVersion).startsWith('networking.istio.io/');
    const { gateways, hosts, exportTo } = (isIstio ? (json.spec ?? {}) : {}) as VirtualServiceSpec;
    if ((gateways && !gateways.includes('mesh')) || exportTo !== undefined) {
      continue;
    }
    for (const host of hosts ?? []) {
      const { namespace = '' } = (json.metadata ?? {}) as { namespace?: string };
      const key = host.includes('.') ? host : `${host}.${namespace}`;
      const first = seen.get(key);
      if (first) {
        findings.push({
          code: 'duplicate-object',
          level: 'error',
          path: construct.node.path,
          message: `VirtualService ${construct.name}, spec.hosts: got ${show(host)}, which ${first.node.path} routes too; must be routed by only one VirtualService in the mesh, because Istio does not define which one applies; try to remove one of them`,
        });
      }
      seen.set(key, first ?? construct);
    }
  }
  return findings;
}

interface VirtualServiceSpec {
  readonly gateways?: string[];
  readonly hosts?: string[];
  readonly exportTo?: string[];
}
