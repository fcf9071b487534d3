import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterCache } from '../cluster/cluster-cache';
import { GatewayReader, readFailure } from '../cluster/gateway-reader';
import type { FolderMove } from '../core/in-force/folder-move';
import { type GatewayRef, gatewaysOf, placedRoute } from '../core/in-force/gateway-places';
import type { Track } from '../core/in-force/move';
import { stateOf, stateOfRoute, worstOf } from '../core/in-force/pair-verdict';
import { routeStatus } from '../core/in-force/route-status';
import type { Verdict } from '../core/in-force/verdict';
import { type Resource, at, nameOf, textAt } from '../core/resource';
import { routerOf } from '../core/routers';
import type { ProofState } from '../core/rollout/settle-wait';
import type { Outcome } from '../core/traffic/request-counter';
import type { RequestSettings } from '../monitor/request';
import { GatewayProof } from './gateway-proof';
import { type FoundPlaces, type GivenPlaces, findPlaces, givenPlaces } from './places';

/** How a run proves that a weight is in force, from its options. */
export interface ProofRequest extends GivenPlaces {
  readonly how: 'auto' | 'require' | 'off';
  /** The path and the query of a request, where a URL has none. */
  readonly path: string;
  readonly request: RequestSettings;
  /** Requests per second through each address and each proxy. */
  readonly rate: number;
  /** Milliseconds for which requests are sent at most, unless an answer contradicts. */
  readonly longest: number;
  /** The response header that names the pod; undefined if there is none. */
  readonly podHeader?: string;
}

/** Milliseconds between two looks at the conditions of a route. */
const CONDITIONS_INTERVAL = 250;

/** Milliseconds between two looks at the ready proxies. */
const PROXIES_INTERVAL = 2_000;

/** The kinds of routes whose requests the command can form by itself. */
const HTTP_ROUTES = ['HTTPRoute'];

/** The evidence of a proof that ended, or that an answer contradicts. */
export interface PairEvidence {
  readonly state: ProofState;
  readonly verdicts: readonly Verdict[];
  readonly answers: number;
}

/** The proof that the weight which a folder moves is in force for one pair. */
export class PairProof {
  private readonly end = new AbortController();
  private readonly proofs = new Map<string, GatewayProof>();
  private readonly reader: GatewayReader;
  private begin: number | undefined;
  /** What stands before, or instead of, the verdicts on the Gateways. */
  private own: ProofState | undefined = { kind: 'waiting', why: 'the conditions of the route are not read yet' };
  private final: ProofState | undefined;
  /** A fault of this program, which ends the run. */
  private failure: Error | undefined;

  constructor(
    private readonly cache: ClusterCache,
    api: ConstructorParameters<typeof GatewayReader>[0],
    readonly move: FolderMove,
    private readonly request: ProofRequest,
    /** Returns the names of the pods of a track. */
    private readonly podsOf: (track: Track) => ReadonlySet<string>,
  ) {
    this.reader = new GatewayReader(api);
    void this.run().catch((error: unknown) => {
      const said = readFailure(error);
      this.failure = said === undefined ? (error as Error) : undefined;
      this.finish({ kind: 'not proven', why: `not proven: ${said ?? 'an error'}` });
    });
  }

  /** The present state. @throws an error that is no failed request to the API server */
  get evidence(): PairEvidence {
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const elapsed = this.begin === undefined ? 0 : performance.now() - this.begin;
    const verdicts = [...this.proofs.values()].map((proof) => proof.verdict(elapsed, this.request.longest));
    const state = this.final ?? worstOf([this.own, ...verdicts.map(stateOf)]) ?? { kind: 'in force' };
    if (state.kind === 'in force' || state.kind === 'not proven') {
      this.finish(state);
    }
    const answers = [...this.proofs.values()].reduce((sum, proof) => sum + proof.answers, 0);
    return { state, verdicts, answers };
  }

  /** Ends the proof, and sends no more requests. */
  stop(): void {
    this.end.abort();
    this.proofs.forEach((proof) => proof.stop());
  }

  private finish(state: ProofState): void {
    this.final ??= state;
    this.stop();
  }

  private async run(): Promise<void> {
    const { route } = this.move;
    const isOfGateway = routerOf(this.move.pair).route?.hasConditions === true;
    if (isOfGateway) {
      await this.untilAccepted();
    }
    if (this.end.signal.aborted) {
      return;
    }
    if (this.move.hasOneVersion && this.request.podHeader === undefined) {
      const { stable } = this.move.pair;
      return this.finish({
        kind: 'not proven',
        why: `not proven: both tracks run one version now (${stable.deployment} was rolled), and no header of an answer names its pod; pass --pod-header`,
      });
    }
    const live = this.cache.live.get(route.key);
    const { gateways, hasOthers } = isOfGateway && live ? gatewaysOf(live) : { gateways: [], hasOthers: false };
    const canForm = HTTP_ROUTES.includes(route.ref.kind);
    if (this.request.urls.length === 0 && (gateways.length === 0 || !canForm)) {
      const why =
        canForm || !isOfGateway
          ? 'nothing tells where to send requests'
          : `the command sends no requests for a ${route.ref.kind} by itself`;
      return this.finish({ kind: 'not proven', why: `not proven: ${why}; pass --in-force-url` });
    }
    this.own = hasOthers
      ? {
          kind: 'not proven',
          why: `not proven: a parent of ${nameOf(route.ref)} is no Gateway, and the requests of clients in a mesh cannot be sent from here`,
        }
      : undefined;
    await this.keepPlaces(live, canForm ? gateways : []);
  }

  /** Waits until every parent has accepted the route in its present generation. */
  private async untilAccepted(): Promise<void> {
    const { route } = this.move;
    while (!this.end.signal.aborted) {
      const live = this.cache.live.get(route.key);
      const status = live && stateOfRoute(nameOf(route.ref), routeStatus(placedRoute(live, route.ref), await this.reader.behind(live)));
      if (live && status === undefined) {
        return;
      }
      this.own = status ?? { kind: 'waiting', why: `${nameOf(route.ref)} does not exist` };
      await this.pause(CONDITIONS_INTERVAL);
    }
  }

  /** Sends requests through all places, and looks again and again which there are. */
  private async keepPlaces(live: Resource | undefined, refs: readonly GatewayRef[]): Promise<void> {
    while (!this.end.signal.aborted) {
      const found = await this.findAll(refs);
      if (this.end.signal.aborted) {
        return;
      }
      for (const [name, places] of found) {
        const proof = this.proofs.get(name) ?? this.newProof(live, places);
        proof.update(places.ready, places.places);
        this.proofs.set(name, proof);
      }
      this.begin ??= performance.now();
      await this.pause(PROXIES_INTERVAL);
    }
  }

  private async findAll(refs: readonly GatewayRef[]): Promise<readonly (readonly [string, FoundPlaces])[]> {
    const { request } = this;
    if (request.urls.length > 0 && request.proxies !== undefined) {
      // The user says what is behind the URLs, so they stand for the Gateways.
      return [['--in-force-url', givenPlaces(request)]];
    }
    // A URL leads to the only Gateway; of several, it is not known to which.
    const isOwnPlace = refs.length !== 1;
    const found = await Promise.all(
      refs.map(async (ref) => {
        const gateway = await this.reader.gateway(ref);
        const given = isOwnPlace ? { ...request, urls: [] } : request;
        const places: FoundPlaces =
          gateway === 'hidden' || gateway === undefined
            ? { ready: undefined, places: givenPlaces(given).places, hostname: undefined }
            : await findPlaces(this.reader, gateway, ref, request.path, given);
        return [`${ref.namespace}/${ref.name}/${ref.section ?? ''}/${ref.port ?? ''}`, places] as const;
      }),
    );
    return isOwnPlace && request.urls.length > 0 ? [...found, ['--in-force-url', givenPlaces(request)] as const] : found;
  }

  private newProof(live: Resource | undefined, { hostname }: FoundPlaces): GatewayProof {
    const { from, to } = this.move;
    const { request, rate } = this.request;
    return new GatewayProof({
      from,
      to,
      rate,
      request: { ...request, headers: withHost(request.headers, live, hostname) },
      trackOf: (outcome) => this.trackOf(outcome),
      onAnswer: () => undefined,
    });
  }

  private trackOf(outcome: Outcome): Track | { readonly why: string } {
    const { pair, hasOneVersion } = this.move;
    if (hasOneVersion) {
      return this.trackOfPod(outcome.response?.header?.(this.request.podHeader!.toLowerCase()));
    }
    if (outcome.kind === 'unknown') {
      return { why: outcome.why };
    }
    const track = (['stable', 'canary'] as const).find((one) => pair[one].version === outcome.version);
    return track ?? { why: `version ${outcome.version}` };
  }

  private trackOfPod(pod: string | undefined): Track | { readonly why: string } {
    const track = pod !== undefined && (['stable', 'canary'] as const).find((one) => this.podsOf(one).has(pod));
    return track || { why: pod === undefined ? 'no pod in the answer' : `pod ${pod}` };
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.end.signal }).catch(() => undefined);
  }
}

/** The headers of a request, with a host that the route takes unless the user gave one. */
function withHost(
  headers: Readonly<Record<string, string>>,
  route: Resource | undefined,
  hostname: string | undefined,
): Readonly<Record<string, string>> {
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'host');
  const names = at(route, 'spec', 'hostnames');
  const host = (Array.isArray(names) ? textAt(names, 0) : undefined) ?? hostname;
  return isGiven || host === undefined || isIP(host) !== 0 ? headers : { ...headers, Host: host.replace(/^\*\./, 'in-force.') };
}
