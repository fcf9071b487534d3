import { Exchange } from './exchange';

/** What becomes of a request. A value: it holds nothing of what it did to others. */
export interface Fault {
  readonly name: string;
  readonly meet: (exchange: Exchange) => Promise<void>;
}

/** Whether the API server gets a request whose answer is another one. */
export interface Reach {
  /** The API server has done what was asked, and the client is not told. Default: it never heard of it. */
  readonly isCommitted?: boolean;
}

/** A fault by its name, where `isCommitted` says so once the API server has answered. */
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
