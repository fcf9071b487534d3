/** How a track's pods are spread over nodes or zones: one of a pod's `topologySpreadConstraints`. */
export class TopologySpread {
  /** Over nodes, as evenly as the scheduler can, and never at the price of not running. */
  public static preferNodes(): TopologySpread {
    return new TopologySpread('kubernetes.io/hostname', 1, 'ScheduleAnyway');
  }

  /** Over zones, as evenly as the scheduler can, and never at the price of not running. */
  public static preferZones(): TopologySpread {
    return new TopologySpread('topology.kubernetes.io/zone', 1, 'ScheduleAnyway');
  }

  /**
   * Over the values of a node label, no two of which may differ by more than `maxSkew` pods: what does not fit stays pending.
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
