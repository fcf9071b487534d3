import { ApiObject, JsonPatch, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import * as istio from '../../../imports/networking.istio.io';
import { STAGE_0 } from '../../core/folders';
import type { Fraction } from '../../core/fraction';
import type { Route } from '../../core/transition';
import { Input } from '../../input/input';
import { checkVirtualService } from './check-props';
import { staged } from '../../staged-value';
import type { Remark } from '../../core/finding';
import type { RenderedObjects } from '../../rendered/rendered-objects';
import type { Router } from '../router';
import { checkObjects } from './check-objects';
import { checkReach } from './check-reach';
import { rulesOf } from './rules';
import { httpProtocolOf, portsOf } from './protocol';
import { routeWeights } from '../../core/route-weights';
import type { IstioVirtualServiceProps } from './props';

/**
 * Divides a pair's traffic by weights instead of by pods: an Istio VirtualService, with the DestinationRule that defines
 * the subsets it names.
 *
 * The pair's plan follows: stable keeps its baseline, the canary grows with its weight, and a weight moves only when the
 * pods behind it are ready. Both subsets are defined at every stage, before anything is routed to them.
 */
export class IstioVirtualService extends Construct implements Router {
  /** The VirtualService as it will be written, for JSON patches. Its routes follow the plan and cannot be patched. */
  public readonly virtualService: ApiObject;

  /** The DestinationRule as it will be written, for JSON patches. */
  public readonly destinationRule: ApiObject;

  /** @internal */
  public readonly _name = 'istio';

  /** @internal */
  public readonly _routesByTrack = false;

  /** @internal */
  public readonly _routesOutsideClients: boolean;
  private readonly props: IstioVirtualServiceProps;

  /**
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props what it routes, and how
   */
  public constructor(scope: Construct, id: string, props: IstioVirtualServiceProps) {
    super(scope, id);
    this.props = props;
    // The gateways of a delegate are those of the VirtualService that refers to it, which may be anywhere.
    this._routesOutsideClients = props?.delegate === true || (Array.isArray(props?.gateways) && props.gateways.some(isOfGateway));
    const input = new Input();
    checkVirtualService(input, props);
    const built = input.guard(this, () => {
      props.pair._attachRouter(this);
      this.namePortProtocols();
      return {
        destinationRule: this.emit('destination-rule', istio.DestinationRule.GVK, this.destinationRuleName(), () =>
          this.destinationRuleSpec(),
        ),
        virtualService: this.emit('Resource', istio.VirtualService.GVK, this.name(), () => this.virtualServiceSpec()),
      };
    });
    this.destinationRule = built.destinationRule;
    this.virtualService = built.virtualService;
  }

  /** @internal */
  public _check(objects: RenderedObjects): Remark[] {
    const { destinationRule, virtualService } = this;
    const declared = { props: this.props, destinationRule, virtualService, rules: rulesOf(this.props) };
    return [...checkObjects(declared, objects), ...checkReach(declared, objects)];
  }

  /** Istio guesses the protocol of a port that does not state it; only HTTP is routed by weights. */
  private namePortProtocols(): void {
    const { pair } = this.props;
    for (const [index, port] of portsOf(pair._props.service).entries()) {
      const protocol = httpProtocolOf(port);
      if (protocol !== undefined && port.appProtocol === undefined) {
        ApiObject.of(pair.service).addJsonPatch(JsonPatch.add(`/spec/ports/${index}/appProtocol`, protocol));
      }
    }
  }

  private name(): string {
    return this.props.name ?? this.host();
  }

  private destinationRuleName(): string {
    return this.props.destinationRuleName ?? this.name();
  }

  private host(): string {
    return this.props.pair._name();
  }

  /**
   * A plain object rather than the imported class: that one would read the staged routes field by field after they were
   * rendered. Its typed `manifest` still makes the spec.
   */
  private emit(id: string, gvk: { apiVersion: string; kind: string }, name: string, spec: () => unknown): ApiObject {
    return new ApiObject(this, id, {
      ...gvk,
      metadata: {
        name,
        namespace: this.props.pair._props.namespace,
        labels: this.props.labels,
        annotations: this.props.annotations,
      },
      spec: Lazy.any({ produce: spec }) as unknown,
    });
  }

  private destinationRuleSpec(): unknown {
    const { exportTo, pair, trafficPolicy } = this.props;
    return specOf(
      istio.DestinationRule.manifest({
        spec: {
          exportTo,
          host: this.host(),
          trafficPolicy,
          // By name, not by role: the roles change at the promotion, and the file should not.
          subsets: pair
            ._tracks()
            .map(({ subsetName, version }) => ({ name: subsetName, labels: { version } }))
            .sort((a, b) => (a.name < b.name ? -1 : 1)),
        },
      }),
    );
  }

  private virtualServiceSpec(): unknown {
    const { delegate, exportTo, gateways, hosts } = this.props;
    const rules = rulesOf(this.props);
    const spec = specOf(
      istio.VirtualService.manifest({
        spec: {
          exportTo,
          // A VirtualService without hosts is a delegate.
          hosts: delegate ? undefined : (hosts ?? [this.host()]),
          gateways,
          http: rules.map(({ rule }) => rule),
        },
      }),
    ) as { http: object[] };
    return {
      ...spec,
      http: spec.http.map((rule, index) => {
        const { port, share } = rules[index]!;
        return share ? { ...rule, route: this.routeAt(index, share, port) } : rule;
      }),
    };
  }

  /** The destinations of one rule, by the canary's share of it at each stage. */
  private routeAt(rule: number, share: (route: Route) => Fraction, port: number | undefined): unknown {
    const { pair } = this.props;
    return staged(
      {
        owner: this,
        path: ['spec', 'http', rule, 'route'],
        property: 'stages',
        isList: true,
        at: (folder) => this.destinations(share(pair._stateAt(folder).route!), port),
      },
      () => (pair.canary ? undefined : STAGE_0),
    );
  }

  private destinations(canaryShare: Fraction, port: number | undefined): unknown[] {
    const { canary, stable } = this.props.pair;
    const weights = routeWeights(canaryShare);
    return [
      { track: stable, weight: weights.stable },
      { track: canary, weight: weights.canary },
    ]
      .filter(({ track, weight }) => track !== undefined && weight > 0)
      .map(({ track, weight }) => ({
        destination: { host: this.host(), ...(port !== undefined && { port: { number: port } }), subset: track!.subsetName },
        weight,
      }))
      .sort((a, b) => (a.destination.subset < b.destination.subset ? -1 : 1));
  }
}

function isOfGateway(gateway: string): boolean {
  return gateway !== 'mesh';
}

/** The imported classes' `manifest` gives any; what is in it is what was put in. */
function specOf(manifest: unknown): unknown {
  return (manifest as { spec: unknown }).spec;
}
