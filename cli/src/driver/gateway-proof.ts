import type { Move } from '../core/in-force/move';
import { type GatewayView, type VantagePoint, type Verdict, verdictOf } from '../core/in-force/verdict';
import { WeightProof } from '../core/in-force/weight-proof';
import { WeightProbe, type WeightProbeOptions } from '../monitor/weight-probe';

/** A place to send requests through. */
export interface Place {
  readonly kind: 'proxy' | 'address';
  /** The name of the pod, or the address. */
  readonly name: string;
  readonly url: URL;
  /** Whether each connection reaches any of the ready proxies alike. */
  readonly isSpread: boolean;
}

/** What requests through the places of one Gateway depend on. */
export interface GatewayProofOptions extends Omit<WeightProbeOptions, 'url' | 'proof'> {
  readonly from: Move['from'];
  readonly to: Move['to'];
}

/** Milliseconds for which answers without a version may be those of a gateway that is still starting. */
const PATIENCE = 3_000;

/** The number of answers without a version after which no further answer is expected to name one. */
const ENOUGH_UNNAMED = 20;

/** The proof that a weight is in force behind one Gateway, through all of its places. */
export class GatewayProof {
  private readonly probes = new Map<string, { readonly place: Place; readonly probe: WeightProbe }>();
  private ready: GatewayView['readyProxies'];

  constructor(private readonly options: GatewayProofOptions) {}

  /** Sends requests through new places, and none any more through places that are gone. */
  update(ready: GatewayView['readyProxies'], places: readonly Place[]): void {
    this.ready = ready;
    const { from, to } = this.options;
    for (const place of places.filter(({ name }) => !this.probes.has(name))) {
      const proof = new WeightProof({ from, to, proxies: place.kind === 'proxy' ? 1 : Math.max(1, ready?.length ?? 1) });
      this.probes.set(place.name, { place, probe: new WeightProbe({ ...this.options, url: place.url, proof }) });
    }
    for (const [name, { probe }] of this.probes) {
      if (!places.some((place) => place.name === name)) {
        probe.stop();
        this.probes.delete(name);
      }
    }
  }

  /** The names of the places whose probes exist. */
  get names(): readonly string[] {
    return [...this.probes.keys()];
  }

  /** The number of answers so far. */
  get answers(): number {
    return this.points.reduce((sum, { proof: { counts } }) => sum + counts.stable + counts.canary, 0);
  }

  /** @param elapsed milliseconds since the first request @param longest milliseconds after which no more requests are sent */
  verdict(elapsed: number, longest: number): Verdict {
    const { points } = this;
    const isHopeless = elapsed >= PATIENCE && points.some(isUnnamed);
    return verdictOf({ readyProxies: this.ready, vantagePoints: points }, elapsed >= longest || isHopeless);
  }

  stop(): void {
    this.probes.forEach(({ probe }) => probe.stop());
  }

  private get points(): readonly VantagePoint[] {
    return [...this.probes.values()].map(({ place: { kind, name, isSpread }, probe: { proof } }) =>
      kind === 'proxy' ? { kind, name, proof } : { kind, name, isSpread, proof },
    );
  }
}

/** Whether the answers through a place name no version. */
function isUnnamed({ proof: { counts } }: VantagePoint): boolean {
  const unnamed = Object.values(counts.uncounted).reduce((sum, count) => sum + count, 0);
  return counts.stable + counts.canary === 0 && unnamed >= ENOUGH_UNNAMED;
}
