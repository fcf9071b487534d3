import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';

/*
 * Each request uses a connection of its own, so that kube-proxy selects a pod for each request, and we close it, not the pod.
 *
 * Node's usual way, `agent: false`, sends `Connection: close`, and the pod closes first. TCP then keeps the connection's addresses and ports
 * at the pod for a minute. If a node translates the addresses of its clients, it may choose the same port for a new client within that
 * minute; the new client's TCP timestamps can be lower than the old ones, and the pod then discards the request to connect
 * (RFC 7323, PAWS). We would count a second of latency, or a timeout, that no other client of the service has.
 */

class PlainConnections extends PlainAgent {
  /** Closes the connection after the response. */
  override keepSocketAlive(): boolean {
    return false;
  }
}

class TlsConnections extends TlsAgent {
  /** Closes the connection after the response. */
  override keepSocketAlive(): boolean {
    return false;
  }
}

// With `keepAlive`, requests do not ask the server to close the connection.
const plain = new PlainConnections({ keepAlive: true });
const tls = new TlsConnections({ keepAlive: true });

/** The agent for requests that each need a connection of their own. */
export function connectionPerRequest(url: URL): PlainAgent {
  return url.protocol === 'http:' ? plain : tls;
}
