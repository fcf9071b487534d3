import type { Api } from '../cluster/api';
import { type FetchLimits, type TextAnswer, fetchText } from './fetch-text';

/** Selects a log. */
export interface PodLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Parameters of the API such as `tailLines`. */
  readonly query: Readonly<Record<string, string>>;
}

/** Reads a container's log. Needs `get` of `pods/log`. @throws Error, in one sentence, if there is no response in time */
export async function readPodLog(api: Api, { namespace, pod, container, query }: PodLog, limits: FetchLimits): Promise<TextAnswer> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  return readText(api, path, { container, ...query }, limits);
}

/** Reads a path of the API server once, without the retries of {@link Api}. @throws Error, in one sentence, if there is no response in time */
export async function readText(api: Api, path: string, query: Readonly<Record<string, string>>, limits: FetchLimits): Promise<TextAnswer> {
  const { connection } = api;
  const { server } = connection;
  const url = new URL(`${server.pathname.replace(/\/$/, '')}${path}?${new URLSearchParams(query).toString()}`, server);
  return fetchText({ url, ...(await connection.authenticate()) }, limits);
}
