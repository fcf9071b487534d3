import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ROUTERS as ROUTERS_OF_THE_COMMAND } from '../../cli/src/core/routers';
import type { Router as RouterOfTheCommand } from '../../cli/src/core/routers/router';
import { textAt } from '../../cli/src/core/resource';
import type { CanaryPair } from '../../lib';
import { type Remark, error } from '../../lib/core/finding';
import { Fraction } from '../../lib/core/fraction';
import { type RenderedObjects, at } from '../../lib/rendered/rendered-objects';
import { ROUTERS } from '../../lib/routers';
import type { Router } from '../../lib/routers/router';
import { staged } from '../../lib/staged-value';

/**
 * A third router, to prove the seam: it needs nothing but a construct, an entry in each of the two registries and a word in the schema.
 * Its route is a ConfigMap that holds the canary's share, which any cluster takes.
 */
export class ToyRoute extends Construct implements Router {
  readonly _name = 'toy' as Router['_name'];
  readonly _routesOutsideClients = true;
  readonly _routesByTrack = false;
  readonly configMap: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly pair: CanaryPair,
  ) {
    super(scope, id);
    pair._attachRouter(this);
    const share = staged({
      owner: this,
      path: ['data', 'canary'],
      property: 'stages',
      isList: false,
      at: (folder) => this.pair._stateAt(folder).route!.weight.toString(),
    });
    this.configMap = new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'toy-route' },
      data: { service: pair._name(), canary: share },
    });
  }

  _check(objects: RenderedObjects): Remark[] {
    const service = at(objects.of(this.configMap)?.json, ['data', 'service']);
    return service === this.pair._name() ? [] : [error('patched-plan-field', `ConfigMap toy-route, data.service: got ${String(service)}`)];
  }
}

const TOY: RouterOfTheCommand = {
  label: 'toy route',
  divider: 'the toy route',
  settleMs: 0,
  route: {
    plurals: { ConfigMap: 'configmaps' },
    countedBy: 'toy',
    bypass: 'these requests do not pass the toy',
    find: (manifests, pair) => manifests.find((one) => one['kind'] === 'ConfigMap' && textAt(one, 'data', 'service') === pair.service),
    isConditional: () => false,
    shareOf: (live) => {
      const share = textAt(live, 'data', 'canary');
      return share === undefined ? { why: 'the toy is not there' } : { share: Fraction.parse(share), from: `toy: ${share}` };
    },
  },
};

/** Adds the toy to both registries of this process. */
export function registerToyRouter(): void {
  Object.assign(ROUTERS, { toy: { label: 'toy route' } });
  Object.assign(ROUTERS_OF_THE_COMMAND, { toy: TOY });
}
