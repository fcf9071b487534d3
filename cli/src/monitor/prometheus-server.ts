import { fetchText } from './fetch-text';

/** A server that answers PromQL. */
export interface PrometheusServer {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until a response must be complete; 0 for no limit. */
  readonly timeout: number;
}

/** The server responded, but the response cannot be read. */
export class BadAnswer extends Error {}

/**
 * Evaluates a query at this moment; returns the JSON response.
 *
 * @param largest the most bytes that a response may have
 * @throws BadAnswer if the response is larger or not JSON
 * @throws Error, in one sentence, if there is no response in time
 */
export async function askPrometheus(
  { url, headers, timeout }: PrometheusServer,
  query: string,
  largest: number,
  signal?: AbortSignal,
): Promise<unknown> {
  const address = new URL(`${url.pathname.replace(/\/$/, '')}/api/v1/query?${new URLSearchParams({ query }).toString()}`, url);
  const { status, text, isWhole } = await fetchText({ url: address, headers }, { timeout, largest, signal });
  if (!isWhole) {
    throw new BadAnswer(`the response is larger than ${largest / 1024 / 1024} MiB`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new BadAnswer(`the response with status ${status} is not JSON`);
  }
}
