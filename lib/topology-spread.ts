/** How a track's pods are spread over nodes or zones: one of a pod's `topologySpreadConstraints`. */
export class TopologySpread {
  /** Spreads the pods over nodes as evenly as possible. A pod that cannot be placed evenly is scheduled nevertheless. */
  public static preferNodes(): TopologySpread {
    return new TopologySpread('kubernetes.io/hostname', 1, 'ScheduleAnyway');
  }

  /** Spreads the pods over zones as evenly as possible. A pod that cannot be placed evenly is scheduled nevertheless. */
  public static preferZones(): TopologySpread {
    return new TopologySpread('topology.kubernetes.io/zone', 1, 'ScheduleAnyway');
  }

  /**
   * Spreads the pods over the values of a node label as evenly as possible: the pod counts of two values should differ by at most
   * `maxSkew`. A pod that would exceed it is scheduled nevertheless.
   *
   * @param topologyKey the node label
   * @param maxSkew at least 1
   */
  public static prefer(topologyKey: string, maxSkew: number): TopologySpread {
    return new TopologySpread(topologyKey, maxSkew, 'ScheduleAnyway');
  }

  /**
   * Spreads the pods over the values of a node label. The pod counts of two values may differ by at most `maxSkew`; a pod that would
   * exceed it stays pending.
   *
   * @param topologyKey the node label
   * @param maxSkew at least 1
   */
  public static require(topologyKey: string, maxSkew: number): TopologySpread {
    return new TopologySpread(topologyKey, maxSkew, 'DoNotSchedule');
  }

  private readonly topologyKey: string;
  private readonly maxSkew: number;
  private readonly whenUnsatisfiable: string;

  private constructor(topologyKey: string, maxSkew: number, whenUnsatisfiable: string) {
    this.topologyKey = topologyKey;
    this.maxSkew = maxSkew;
    this.whenUnsatisfiable = whenUnsatisfiable;
  }

  /** @internal */
  public _toJson(matchLabels: { [key: string]: string }): object {
    return {
      labelSelector: { matchLabels },
      maxSkew: this.maxSkew,
      topologyKey: this.topologyKey,
      whenUnsatisfiable: this.whenUnsatisfiable,
    };
  }
}
