import type { RouterName } from '../../../../lib/core/plan-file';
import { GATEWAY } from './gateway';
import { ISTIO } from './istio';
import { PODS } from './pods';
import type { ObjectRef } from '../resource';
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

/** The router whose route is of an object's kind; undefined if the object is no route. */
export function routeOfKind({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): Route | undefined {
  const group = apiVersion.split('/')[0]!;
  const routers = Object.values(ROUTERS).filter(({ install }) => install !== undefined && group.endsWith(install.apiGroup));
  return routers.find(({ route }) => route && kind in route.plurals)?.route;
}

/** What to do about an API that the cluster does not serve. */
export function installAdvice(apiVersion: string): string {
  const router = Object.values(ROUTERS).find(({ install }) => install && apiVersion.split('/')[0]!.endsWith(install.apiGroup));
  return router?.install?.advice ?? 'install the CustomResourceDefinition of that kind, or check --context';
}
