import { type ClientRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';

/** The API server behind the proxy, and the credentials for clients that send no token of their own. */
export interface Upstream {
  readonly url: string;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly token?: string;
}

/** Headers for a single connection, which must not be forwarded. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

/** Forwards requests to the API server. */
export class Sender {
  private readonly url: URL;
  // Use a connection per request: the server may close a kept connection just when the proxy reuses it, which would be an unplanned fault.
  private readonly own: Agent;
  private readonly anonymous: Agent;

  constructor(private readonly upstream: Upstream) {
    this.url = new URL(upstream.url);
    this.anonymous = new Agent({ ca: upstream.ca });
    this.own = new Agent({ ca: upstream.ca, cert: upstream.cert, key: upstream.key });
  }

  /** Starts a request; the caller sends the body. A client with a token keeps it, any other client gets the upstream's credentials. */
  begin(method: string, target: string, headers: IncomingHttpHeaders): ClientRequest {
    const { authorization } = headers;
    const own = this.upstream.token ? { authorization: `Bearer ${this.upstream.token}` } : {};
    const options = {
      method,
      headers: { ...endToEnd(headers), host: this.url.host, ...(authorization ? {} : own) },
    };
    const url = new URL(target, this.url);
    return this.url.protocol === 'http:'
      ? plainRequest(url, { ...options, agent: false })
      : tlsRequest(url, { ...options, agent: authorization ? this.anonymous : this.own });
  }

  close(): void {
    this.own.destroy();
    this.anonymous.destroy();
  }
}
