import type { Failure } from './retry';

/** The codes by which Node and OpenSSL report a certificate that they do not accept. */
const UNTRUSTED =
  /^(?:CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;

/** The codes of a handshake with a server that does not speak TLS, or not with this client. */
const NO_HANDSHAKE = /^(?:ERR_SSL_|EPROTO$)/;

/** The codes of a connection that was never there. */
const REFUSED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOENT'];

/** Whether nothing accepted the connection: nothing listens there, or the name is unknown. */
export function isRefused(code: string | undefined): boolean {
  return code !== undefined && REFUSED.includes(code);
}

/**
 * Describes a connection that failed.
 *
 * @param isFirst whether the server has not been reached yet. A broken handshake with a server that was reached before may pass
 */
export function connectionFailure({ code, message }: { readonly code?: string; readonly message: string }, isFirst: boolean): Failure {
  if (code !== undefined && UNTRUSTED.test(code)) {
    return {
      kind: 'untrusted',
      message: `the server's certificate is not accepted: ${message}; check the server and certificate-authority-data in the kubeconfig`,
    };
  }
  if (code !== undefined && isFirst && NO_HANDSHAKE.test(code)) {
    return { kind: 'untrusted', message: `no TLS connection: ${message.replace(/[:\s]+$/, '')}; check the server in the kubeconfig` };
  }
  return { kind: 'network', message };
}
