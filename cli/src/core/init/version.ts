import { LABEL_VALUE, breaks, subsetOf } from '../../../../lib/core/names';

/** The version that an image's tag or digest states, as a label's value; undefined if it states none. */
export function versionOfImage(image: string): string | undefined {
  const [reference = '', digest] = image.split('@');
  const tag = /:([^/:]+)$/.exec(reference)?.[1];
  const text = tag ?? (digest === undefined ? undefined : digest.replace(/^sha256:/, 'sha-').slice(0, 16));
  return text === undefined ? undefined : labelValue(text);
}

function labelValue(text: string): string | undefined {
  const value = text
    .slice(0, 55)
    .replace(/[^\w.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return value === '' || breaks(LABEL_VALUE, value) ? undefined : value;
}

/** The version of the stable pods: what their label `version` says, so that it can stay, otherwise what the image's tag says. */
export function stableVersion(image: string, podLabels: Readonly<Record<string, string>>): string {
  const { version } = podLabels;
  return version !== undefined && version !== '' && !breaks(LABEL_VALUE, version)
    ? version
    : (versionOfImage(image) ?? labelValue(podLabels['app.kubernetes.io/version'] ?? '') ?? 'v1');
}

/** The version of the canary's pods, which differs from that of the stable pods. */
export function canaryVersion(image: string, stable: string): string {
  const version = versionOfImage(image) ?? `${stable}-next`;
  return subsetOf(version) === subsetOf(stable) ? `${version}-next` : version;
}
