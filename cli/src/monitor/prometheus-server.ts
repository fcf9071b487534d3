import { fetchText } from './fetch-text';

/** A server that answers PromQL. */
export interface PrometheusServer {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until an answer must have ended. */
  readonly timeout: number;
}

/** It answered, and with nothing that can be read. */
export class BadAnswer extends Error {}

/**
 * What it answers to a query at this moment, as JSON, of at most so many bytes.
 *
 * @throws Error in one sentence where there is no such answer
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
    throw new BadAnswer(`an answer of more than ${largest / 1024 / 1024} MiB`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new BadAnswer(`an answer with status ${status} that is no JSON`);
  }
}
