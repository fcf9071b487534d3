/** A track, and the ConfigMaps of `VersionedConfig`s that its pods read. */
export interface TrackConfigs {
  readonly name: string;
  readonly configs?: readonly string[];
}

/** Formats which ConfigMaps the tracks read; undefined if they read none. */
export function configsText(tracks: readonly TrackConfigs[]): string | undefined {
  const parts = tracks.flatMap(({ name, configs = [] }) => (configs.length > 0 ? [`${name} reads ConfigMap ${configs.join(', ')}`] : []));
  return parts.length > 0 ? parts.join('; ') : undefined;
}
