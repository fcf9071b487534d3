import type { RouterName } from '../../../../lib/core/plan-file';
import { GATEWAY } from './gateway';
import { ISTIO } from './istio';
import { PODS } from './pods';
import type { Route, Router } from './router';

/** Every router that a plan may name. */
export const ROUTERS: Readonly<Record<RouterName, Router>> = { pods: PODS, istio: ISTIO, gateway: GATEWAY };

/** The router of a pair. */
export function routerOf({ router }: { readonly router: RouterName }): Router {
  return ROUTERS[router];
}

/** Names the kinds that a route may have: `VirtualService`. */
export function kindsText({ plurals }: Route): string {
  return Object.keys(plurals).join(' or ');
}

/** What to do about an API that the cluster does not serve. */
export function installAdvice(apiVersion: string): string {
  const router = Object.values(ROUTERS).find(({ install }) => install && apiVersion.split('/')[0]!.endsWith(install.apiGroup));
  return router?.install?.advice ?? 'install the CustomResourceDefinition of that kind, or check --context';
}
