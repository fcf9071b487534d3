import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { until } from '../../support/command';
import { request } from './api';
import { clusterInfo } from './cluster-info';
import { PolicyRule, rightsOf } from './roles';

/** A request as the API server has it in its books. */
export interface Audited {
  readonly user: string;
  readonly agent: string;
  readonly verb: string;
  readonly group: string;
  /** Such as `deployments` or `deployments/scale`; empty where the path is of no resource, such as `/version`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** What it was answered with. */
  readonly code: number;
  /** From the query; a deletion that says it in its body is none here. */
  readonly isDryRun: boolean;
  readonly at: Date;
}

export interface AuditQuery {
  readonly user: string;
  /** What came before is left out. */
  readonly since?: Date;
  /** Who sent it, such as `kubectl-canary`: for users that several programs are. */
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

/** The requests of a user that the API server has answered, watches that are still open among them, in the order in which they came. */
export async function audited({ user, since, agent = '' }: AuditQuery): Promise<Audited[]> {
  const events = new Map<string, AuditEvent>();
  // Most lines are of other users, and the log is long: what need not be parsed is not.
  for (const line of (await completeLog()).filter((text) => text.includes(`"username":"${user}"`))) {
    const event = JSON.parse(line) as AuditEvent;
    // Of a watch there are two entries, at its begin and at its end.
    events.set(event.auditID, event);
  }
  return [...events.values()]
    .filter((event) => event.user.username === user && (event.userAgent ?? '').includes(agent))
    .map(read)
    .filter(({ at }) => !since || at >= since)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The lines of the log that were read so far, and how many bytes they are: nothing in it changes, and more is added. */
const known: { readonly lines: string[]; bytes: number } = { lines: [], bytes: 0 };

/** The log, with all that was answered before it was asked for: a request of our own is the last of it. */
async function completeLog(): Promise<readonly string[]> {
  const mark = `mark-${randomUUID()}`;
  const before = known.lines.length;
  // A deletion of nothing: written down like every other, and it changes nothing.
  await request('DELETE', `/api/v1/namespaces/default/configmaps/${mark}`);
  return until('the audit log', 10, () => {
    const { lines, bytes } = linesFrom(clusterInfo.auditLog!, known.bytes);
    known.lines.push(...lines);
    known.bytes += bytes;
    // Whoever asks at the same time may have read it.
    return known.lines.slice(before).some((line) => line.includes(mark)) ? known.lines : undefined;
  });
}

/** The whole lines of a file from a byte on; the last one may be half written. */
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

/** Groups whose objects are questions that are answered and not stored. */
const REVIEWS = ['authorization.k8s.io', 'authentication.k8s.io'];

/** Those that were to change what the cluster holds, whatever came of it. */
export function mutations(requests: readonly Audited[]): Audited[] {
  return requests.filter(({ verb, group, isDryRun }) => MUTATING.includes(verb) && !REVIEWS.includes(group) && !isDryRun);
}

/** Those that rules do not give a right to in their namespace, allowed or not. Everybody may ask for versions, and what they may do. */
export function beyond(requests: readonly Audited[], rules: readonly PolicyRule[], namespace: string): Audited[] {
  const rights = new Set(rightsOf(rules).map(({ group, resource, verb }) => `${verb} ${group}/${resource}`));
  const isOpen = ({ verb, group, resource }: Audited) => resource === '' || (verb === 'create' && group === 'authorization.k8s.io');
  return requests.filter((one) => !isOpen(one) && !(one.namespace === namespace && rights.has(`${one.verb} ${one.group}/${one.resource}`)));
}

/** One line for each, as a person would say it. */
export function inWords({ verb, resource, namespace, name, isDryRun, code, path }: Audited): string {
  return `${verb} ${resource ? [namespace, resource, name].filter(Boolean).join('/') : path}${isDryRun ? ' (dry run)' : ''}: ${code}`;
}
