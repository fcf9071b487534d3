import type { IConstruct } from 'constructs';
import type { RouterName } from '../core/plan-file';
import type { Finding, Remark } from '../core/finding';
import type { RenderedObjects } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

/** A construct that divides a pair's traffic. It attaches itself to the pair, and writes its weights as staged values. @internal */
export interface Router extends IConstruct {
  readonly _name: Exclude<RouterName, 'pods'>;
  /** Whether clients outside the cluster or the mesh pass through it. */
  readonly _routesOutsideClients: boolean;
  /** Whether it leads to a Service of each track, so that the pair has those Services. */
  readonly _routesByTrack: boolean;
  /** What applies the route, if the user named it: a key of `GATEWAY_PROFILES`. */
  readonly _implementation?: string;
  /** Checks its rendered objects, patches included, against the pair. */
  _check(objects: RenderedObjects): Remark[];
}

/** What a synth knows about a kind of router, whether or not a pair uses it. */
export interface RouterKind {
  /** In a title: `by pods`, `by Istio route`. */
  readonly label: string;
  /** Checks the objects of the whole app, also those that a user wrote beside the pairs. */
  readonly checkApp?: (templates: readonly Template[]) => Finding[];
}
