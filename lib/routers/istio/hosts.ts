/**
 * A host as Istio resolves it, so that all spellings of a Service are equal: `shop`, `shop.prod`, `shop.prod.svc.cluster.local`, and any
 * of them with a dot at the end.
 *
 * @param namespace that of the object that names the host
 */
export function resolvedHost(host: string, namespace: string): string {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  const [name, second, third] = labels;
  if (labels.length === 1 && name !== '*') {
    return `${name}.${namespace}.svc`;
  }
  // `shop.prod` could be a host outside of the cluster too, which no Service is called.
  return labels.length === 2 || third === 'svc' ? `${name}.${second}.svc` : labels.join('.');
}

/**
 * Whether two resolved hosts are one Service; `maybe` if the namespace of one is not known, because kubectl decides it when it applies.
 */
export function isSameHost(a: string, b: string): 'yes' | 'no' | 'maybe' {
  if (a === b) {
    return 'yes';
  }
  const [one, other] = [SERVICE.exec(a), SERVICE.exec(b)];
  return one && other && one[1] === other[1] && (one[2] === '' || other[2] === '') ? 'maybe' : 'no';
}

/** The part of a resolved host that does not depend on the namespace, for an index. */
export function hostKey(resolved: string): string {
  return SERVICE.exec(resolved)?.[1] ?? resolved;
}

const SERVICE = /^([^.]+)\.([^.]*)\.svc$/;
