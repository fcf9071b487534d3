import type { Exchange } from './exchange';

/** A fault for a request. It keeps no state, so one fault can serve several requests. */
export interface Fault {
  readonly name: string;
  readonly meet: (exchange: Exchange) => Promise<void>;
}

/** Whether the API server handles a request whose response is replaced. */
export interface Reach {
  /** The API server handles the request, but the client does not get its response. Default: it never receives the request. */
  readonly isCommitted?: boolean;
}

/** Creates a fault with a name. With `isCommitted`, the API server handles the request first, and the name says so. */
export function fault(name: string, { isCommitted = false }: Reach, meet: Fault['meet']): Fault {
  return {
    name: isCommitted ? `${name}, after it was done` : name,
    meet: async (exchange) => {
      if (isCommitted) {
        await exchange.commit();
      }
      await meet(exchange);
    },
  };
}
