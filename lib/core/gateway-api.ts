/** What the library and the command have to know alike of the Gateway API. */

/** The API group of Gateways and routes. */
export const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** Whether a condition `PathPrefix` takes a path. A prefix consists of whole elements: `/abc` takes `/abc/d` and not `/abcd`. */
export function isBelowPrefix(path: string, prefix: string): boolean {
  const elements = withoutSlash(prefix);
  return path === elements || path.startsWith(`${elements}/`);
}

/** A prefix without the `/` at its end, which does not count. */
export function withoutSlash(prefix: string): string {
  return prefix.replace(/\/$/, '');
}
