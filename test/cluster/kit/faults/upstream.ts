import { request as plainRequest, ClientRequest, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';

/** The API server behind the proxy, and who its clients are, but for those that send a token of their own. */
export interface Upstream {
  readonly url: string;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly token?: string;
}

/** Headers that are about one connection, and not about what is sent through it. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

/** Sends requests on to the API server. */
export class Sender {
  private readonly url: URL;
  // A connection for each request: one that is kept may be closed by the server just when it is taken, a fault that nobody planned.
  private readonly own: Agent;
  private readonly anonymous: Agent;

  constructor(private readonly upstream: Upstream) {
    this.url = new URL(upstream.url);
    this.anonymous = new Agent({ ca: upstream.ca });
    this.own = new Agent({ ca: upstream.ca, cert: upstream.cert, key: upstream.key });
  }

  /** Begins a request, whose body is still to be sent. A client with a token is itself, any other who the upstream says. */
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
