import { at } from '../resource';

/** How a response shows which version sent it. */
export type VersionRule =
  /** The value of a header. */
  | { readonly by: 'header'; readonly name: string }
  /** The version, if the body contains this text. */
  | { readonly by: 'pattern'; readonly text: string; readonly version: string }
  /** A field of the JSON body: a string or a number. */
  | { readonly by: 'field'; readonly path: readonly string[] };

export const DEFAULT_RULES: readonly VersionRule[] = [{ by: 'header', name: 'X-Version' }];

/** The maximum length of a version, which is a label value. Longer texts are cut off. */
const LONGEST_VERSION = 63;

/** Returns the version that the headers name, or undefined if they name none. */
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

/** Whether the body must be read if the headers name no version. */
export function needsBody(rules: readonly VersionRule[]): boolean {
  return rules.some(({ by }) => by !== 'header');
}

/** Returns the version that a body names, or why it names none. */
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

/** Parses `Yellow=1.0`: the text, and the version that it stands for. Undefined if the text has another form. */
export function parsePattern(text: string): VersionRule | undefined {
  const split = text.lastIndexOf('=');
  const [left, version] = [text.slice(0, split), text.slice(split + 1)];
  return split > 0 && version !== '' ? { by: 'pattern', text: left, version } : undefined;
}

/** Returns the name of a connection failure for an error code of Node. */
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

/** Returns the name of a response without a version. */
export function unnamedAnswer(status: number, why: string): string {
  return status >= 300 ? `status ${status}` : why;
}
