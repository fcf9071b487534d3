import { at } from '../resource';

/** By what an answer tells which version gave it. */
export type VersionRule =
  /** The value of a header. */
  | { readonly by: 'header'; readonly name: string }
  /** The version where the body holds this text. */
  | { readonly by: 'pattern'; readonly text: string; readonly version: string }
  /** A field of the body as JSON: a text or a number. */
  | { readonly by: 'field'; readonly path: readonly string[] };

/** Told where nothing else is said. */
export const DEFAULT_RULES: readonly VersionRule[] = [{ by: 'header', name: 'X-Version' }];

/** Longer texts are no version; versions are label values. */
const LONGEST_VERSION = 63;

/** The version that headers tell; undefined where they tell none. */
export function versionInHeaders(
  rules: readonly VersionRule[],
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  for (const rule of rules) {
    const value = rule.by === 'header' ? headers[rule.name.toLowerCase()] : undefined;
    const version = Array.isArray(value) ? value[0] : value;
    if (version !== undefined && version.trim() !== '') {
      return shortened(version);
    }
  }
  return undefined;
}

/** Whether the body has to be looked at where the headers tell nothing. */
export function needsBody(rules: readonly VersionRule[]): boolean {
  return rules.some(({ by }) => by !== 'header');
}

/** The version that a body tells, or why it tells none. */
export function versionInBody(rules: readonly VersionRule[], body: string): { readonly version: string } | { readonly why: string } {
  let json: unknown;
  for (const rule of rules) {
    if (rule.by === 'field') {
      json ??= parsed(body);
      const value = at(json, ...rule.path);
      if ((typeof value === 'string' && value.trim() !== '') || typeof value === 'number') {
        return { version: shortened(String(value)) };
      }
    }
  }
  const found = new Set(rules.flatMap((rule) => (rule.by === 'pattern' && body.includes(rule.text) ? [rule.version] : [])));
  if (found.size > 1) {
    return { why: 'two versions in the answer' };
  }
  const [version] = found;
  return version === undefined ? { why: 'no version in the answer' } : { version };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function shortened(version: string): string {
  return version.trim().slice(0, LONGEST_VERSION);
}

/** `Yellow=1.0`: the text, and the version that it stands for. Undefined where it is neither. */
export function parsePattern(text: string): VersionRule | undefined {
  const split = text.lastIndexOf('=');
  const [left, version] = [text.slice(0, split), text.slice(split + 1)];
  return split > 0 && version !== '' ? { by: 'pattern', text: left, version } : undefined;
}

/** What a failure of a connection is called, by the code that Node gives it. */
export function failureKind(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'unreachable';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'dns';
    case 'EPROTO':
      return 'tls';
  }
  if (/CERT|^ERR_(TLS|SSL)|^UNABLE_TO|SIGNATURE|HOSTNAME|ISSUER/.test(code)) {
    return 'tls';
  }
  return code.startsWith('HPE_') ? 'no HTTP' : code;
}

/** What an answer without a version is called. */
export function unnamedAnswer(status: number, why: string): string {
  return status >= 300 ? `status ${status}` : why;
}
