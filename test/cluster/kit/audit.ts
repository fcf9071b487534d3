import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { until } from '../../support/command';
import { request } from './api';
import { clusterInfo } from './cluster-info';
import { type PolicyRule, rightsOf } from './roles';

/** A request as recorded in the API server's audit log. */
export interface Audited {
  readonly user: string;
  readonly agent: string;
  readonly verb: string;
  readonly group: string;
  /** Such as `deployments` or `deployments/scale`; empty if the path is not that of a resource, such as `/version`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** The status of the response. */
  readonly code: number;
  /** Whether the query asks for a dry run. A deletion that asks for it in its body is not recognized. */
  readonly isDryRun: boolean;
  readonly at: Date;
}

export interface AuditQuery {
  readonly user: string;
  /** Requests before this time are left out. */
  readonly since?: Date;
  /** The client, such as `kubectl-canary`, for users with which several programs authenticate. */
  readonly agent?: string;
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly [key in 'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name']?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

/** A user's requests that the API server has responded to, in the order of arrival. Watches that are still open are included. */
export async function audited({ user, since, agent = '' }: AuditQuery): Promise<Audited[]> {
  const events = new Map<string, AuditEvent>();
  // Most lines belong to other users and the log is long, so parse only the lines that may match.
  for (const line of (await completeLog()).filter((text) => text.includes(`"username":"${user}"`))) {
    const event = JSON.parse(line) as AuditEvent;
    // A watch has two entries, one at its start and one at its end.
    events.set(event.auditID, event);
  }
  return [...events.values()]
    .filter((event) => event.user.username === user && (event.userAgent ?? '').includes(agent))
    .map(read)
    .filter(({ at }) => !since || at >= since)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The lines of the log that were read so far, and their length in bytes. The log only grows, so they need not be read again. */
const known: { readonly lines: string[]; bytes: number } = { lines: [], bytes: 0 };

/** Reads the log up to and including a marker request, so that it has all requests that were answered before this call. */
async function completeLog(): Promise<readonly string[]> {
  const mark = `mark-${randomUUID()}`;
  const before = known.lines.length;
  // Deletes an object that does not exist: the request is logged, but it changes nothing.
  await request('DELETE', `/api/v1/namespaces/default/configmaps/${mark}`);
  return until('the audit log', 10, () => {
    const { lines, bytes } = linesFrom(clusterInfo.auditLog!, known.bytes);
    known.lines.push(...lines);
    known.bytes += bytes;
    // A concurrent call may have read the line with the marker, so search all lines since the start of this call.
    return known.lines.slice(before).some((line) => line.includes(mark)) ? known.lines : undefined;
  });
}

/** Reads the complete lines of a file from a byte offset. The last line may be incomplete and is left out. */
function linesFrom(path: string, begin: number): { readonly lines: string[]; readonly bytes: number } {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(fstatSync(file).size - begin);
    const bytes = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, begin)).lastIndexOf('\n') + 1;
    return { lines: buffer.toString('utf8', 0, bytes).split('\n').filter(Boolean), bytes };
  } finally {
    closeSync(file);
  }
}

function read({ user, userAgent = '', verb, requestURI, objectRef = {}, responseStatus, requestReceivedTimestamp }: AuditEvent): Audited {
  const { pathname, searchParams } = new URL(requestURI, 'http://server');
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = objectRef;
  return {
    user: user.username,
    agent: userAgent,
    verb,
    group: apiGroup,
    resource: subresource ? `${resource}/${subresource}` : resource,
    namespace,
    name,
    path: pathname,
    code: responseStatus?.code ?? 0,
    isDryRun: searchParams.has('dryRun'),
    at: new Date(requestReceivedTimestamp),
  };
}

const MUTATING = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** API groups whose objects are queries that are answered and not stored. */
const REVIEWS = ['authorization.k8s.io', 'authentication.k8s.io'];

/** The requests that would change the state of the cluster, including those that failed. */
export function mutations(requests: readonly Audited[]): Audited[] {
  return requests.filter(({ verb, group, isDryRun }) => MUTATING.includes(verb) && !REVIEWS.includes(group) && !isDryRun);
}

/**
 * The requests for which the rules give no permission in the namespace, whether or not they were allowed. Every user may ask for versions
 * and for its own permissions, so those requests are left out.
 */
export function beyond(requests: readonly Audited[], rules: readonly PolicyRule[], namespace: string): Audited[] {
  const rights = new Set(rightsOf(rules).map(({ group, resource, verb }) => `${verb} ${group}/${resource}`));
  const isOpen = ({ verb, group, resource }: Audited) => resource === '' || (verb === 'create' && group === 'authorization.k8s.io');
  return requests.filter((one) => !isOpen(one) && !(one.namespace === namespace && rights.has(`${one.verb} ${one.group}/${one.resource}`)));
}

/** Formats a request as one readable line. */
export function inWords({ verb, resource, namespace, name, isDryRun, code, path }: Audited): string {
  return `${verb} ${resource ? [namespace, resource, name].filter(Boolean).join('/') : path}${isDryRun ? ' (dry run)' : ''}: ${code}`;
}
