import type { RouterName } from '../core/plan-file';
import { checkRoutes } from './gateway/check-app';
import { sharedHosts } from './istio/shared-hosts';
import type { RouterKind } from './router';

/** Every kind of router that a plan may name. */
export const ROUTERS: Readonly<Record<RouterName, RouterKind>> = {
  pods: { label: 'pods' },
  istio: { label: 'Istio route', checkApp: sharedHosts },
  gateway: { label: 'Gateway route', checkApp: checkRoutes },
};
