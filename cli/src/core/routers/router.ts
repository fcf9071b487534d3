import type { RolloutPair } from '../plan/plan';
import type { Resource } from '../resource';
import type { Expectation } from '../traffic/expected-share';

/** What the command knows about one way to divide traffic. A new one is a file or a folder here, an entry of `ROUTERS` and a word in the schema. */
export interface Router {
  /** In a title: `by pods`, `by Istio route`. */
  readonly label: string;
  /** In a sentence: `the pods`, `the Istio route`. */
  readonly divider: string;
  /** Milliseconds from an apply until every client follows it. `--settle` overrides it. */
  readonly settleMs: number;
  /** What to do if the cluster does not serve an API that the router needs. */
  readonly install?: { readonly apiGroup: string; readonly advice: string };
  /** The object that divides requests; undefined if the Service's endpoints do. */
  readonly route?: Route;
}

/** An object that divides the requests of a pair, such as a VirtualService. */
export interface Route {
  /** The kinds that the object may have, each with its name in the paths of the API. */
  readonly plurals: Readonly<Record<string, string>>;
  /** The `--traffic` source whose counters see requests after the route divided them; undefined if there is none. */
  readonly countedBy?: string;
  /** Whether controllers write into its status whether they have accepted it, as for routes of the Gateway API (default: false). */
  readonly hasConditions?: boolean;
  /** A note for probes that reach the Service without passing through the route. */
  readonly bypass: string;
  /** The object among the manifests of a release that divides this pair's requests. */
  find(manifests: readonly Resource[], pair: RolloutPair): Resource | undefined;
  /** A path whose requests the route divides between the tracks; undefined if none is known. */
  samplePath?(object: Resource | undefined, pair: RolloutPair): string | undefined;
  /**
   * What an object that this tool never wrote has and the manifest lacks, so that an apply would remove it; undefined if nothing, or if an
   * apply leaves it.
   *
   * @param services the names of the Services of the pairs and of their tracks
   */
  undeclared?(live: Resource, manifest: Resource, services: ReadonlySet<string>): Undeclared | undefined;
  /** Whether the canary's share depends on what clients send, because a rule for the pair takes only some requests. */
  isConditional(object: Resource | undefined, pair: RolloutPair): boolean;
  /**
   * The canary's share of one request, or of all requests.
   *
   * @param live the object as the cluster has it; undefined if it does not exist
   * @param request undefined for all requests
   */
  shareOf(live: Resource | undefined, pair: RolloutPair, request: RoutedRequest | undefined): Expectation;
}

/** A part of a live route, and the property of the declaration that takes it. */
export interface Undeclared {
  /** Such as `the rule for path prefix /api`. */
  readonly what: string;
  readonly property: string;
}

/** The request whose share is asked for. Header names are in lower case. */
export interface RoutedRequest {
  readonly method: string;
  /** Undefined for any host that the route takes. */
  readonly host?: string;
  /** With the query, if there is one. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}
