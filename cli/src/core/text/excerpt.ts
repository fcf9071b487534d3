import { plainText } from './plain-text';

/** What replaces a credential. */
const HIDDEN = '[hidden]';

/**
 * Forms in which logs and responses show credentials. The list cannot be complete: it covers what common programs print, so that a record
 * does not spread it.
 */
const CREDENTIALS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // The payload of a key in PEM form has no other mark than its header.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  // user:password@ in a URL
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic|Negotiate|AWS4-HMAC-SHA256)\s+[\w.~+/=-]{6,}/gi, `$1 ${HIDDEN}`],
  // JSON Web Tokens, and keys with a prefix of their issuer
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(\.[\w-]*)?/g, HIDDEN],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}\b|\b(ghp|gho|ghs|glpat|xox[abprs]|sk)[-_][\w-]{12,}/g, HIDDEN],
  // password=…, "apiKey": "…", Set-Cookie: …
  [
    /((?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|session[-_ ]?id|cookie|authorization)[\w-]*\\?["']?\s*[:=]\s*\\?["']?)(?!\[hidden\])[^\s"',;&<>\\]+/gi,
    `$1${HIDDEN}`,
  ],
];

/**
 * Returns the beginning of a text that a pod or a server wrote, as one line that is safe to print and to store: without control characters,
 * and without credentials in the usual forms.
 *
 * @param most the maximum number of characters
 */
export function excerpt(text: string, most: number): string {
  // A credential that is cut in half would not be recognized, so look at more than is shown.
  const plain = plainText(text.slice(0, 20 * most))
    .replace(/\ufffd+/g, '\ufffd')
    .trim();
  const shown = [...CREDENTIALS.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), plain)];
  return shown.length <= most ? shown.join('') : `${shown.slice(0, most - 1).join('')}…`;
}
