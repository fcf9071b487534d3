import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder with the suites of a name, such as `traffic`. */
export const inSuites = (name: string) => join(__dirname, 'suites', name);

/** Suites that need Envoy Gateway. */
export const ENVOY_GATEWAY_SUITES = inSuites('envoy-gateway');

/** Whether the patterns of a command ask for a suite of a folder. Without a pattern they ask for all. */
export function isAskedOf(folder: string, patterns: readonly string[]): boolean {
  const isAsked = (path: string) => patterns.length === 0 || patterns.some((pattern) => new RegExp(pattern).test(path));
  return readdirSync(folder).some((file) => isAsked(join(folder, file)));
}

/**
 * Whether a run has suites that need Envoy Gateway: a full one, or one whose patterns ask for them. The build of Envoy Gateway takes four
 * minutes of two processors, which the ordinary run of CI on a new machine does not have.
 */
export function hasEnvoyGateway(patterns: readonly string[], isFull: boolean): boolean {
  return (isFull || patterns.length > 0) && isAskedOf(ENVOY_GATEWAY_SUITES, patterns);
}
