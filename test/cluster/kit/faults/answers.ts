import { type Fault, type Reach, fault } from './fault';

export interface AnswerOptions extends Reach {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
  /** Seconds for the Retry-After header. */
  readonly retryAfter?: number;
}

/** Answers with a status and a `Status` object, like the API server. */
export function answers(status: number, options: AnswerOptions = {}): Fault {
  const { reason = '', message = `status ${status}`, details, retryAfter } = options;
  const text = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details,
    code: status,
  });
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  return fault(`${status} ${reason}`.trim(), options, (exchange) => exchange.reply({ status, headers, body: Buffer.from(text) }));
}

/** Answers 200 with a body that the API server would not send: the login page of a proxy, or half a document. */
export function garbage(text = '<html><body>Please log in</body></html>', reach: Reach = {}): Fault {
  const headers = { 'content-type': text.startsWith('<') ? 'text/html' : 'application/json' };
  return fault(`garbage ${text.slice(0, 12)}`, reach, (exchange) => exchange.reply({ status: 200, headers, body: Buffer.from(text) }));
}

/** 400: the API server cannot read the body. */
export const badRequest = (reach: Reach = {}) =>
  answers(400, { ...reach, reason: 'BadRequest', message: 'the object provided is unrecognized (must be of type Deployment)' });

/** 401: the token has expired. */
export const unauthorized = (reach: Reach = {}) => answers(401, { ...reach, reason: 'Unauthorized', message: 'Unauthorized' });

/** 403 with the message of RBAC. */
export const forbidden = (what = 'deployments.apps "canary-2-dep"', reach: Reach = {}) =>
  answers(403, {
    ...reach,
    reason: 'Forbidden',
    message: `${what} is forbidden: User "somebody" cannot patch resource in the namespace`,
  });

/** 409: the resourceVersion is stale. */
export const conflict = (name = 'canary-2-dep', reach: Reach = {}) =>
  answers(409, {
    ...reach,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    details: { name },
  });

/** 409 for a server-side apply: another manager owns the field. */
export const fieldConflict = (manager = 'kube-controller-manager', field = '.spec.replicas', reach: Reach = {}) =>
  answers(409, {
    ...reach,
    reason: 'Conflict',
    message: `Apply failed with 1 conflict: conflict with "${manager}" with subresource "scale" using apps/v1: ${field}`,
    details: { causes: [{ reason: 'FieldManagerConflict', message: `conflict with "${manager}" using apps/v1`, field }] },
  });

/** 422: validation or an admission plugin rejects the object. */
export const invalid = (name = 'canary-2-dep', reach: Reach = {}) =>
  answers(422, { ...reach, reason: 'Invalid', message: `Deployment.apps "${name}" is invalid: spec.template: Forbidden: by policy` });

/** 429. If `retryAfter` is given, it is the response of the API server's own fair queuing. */
export const tooManyRequests = (retryAfter?: number, reach: Reach = {}) =>
  answers(429, { ...reach, retryAfter, reason: 'TooManyRequests', message: 'too many requests, please try again later' });

/** 500: an admission webhook is down. */
export const webhookDown = (reach: Reach = {}) =>
  answers(500, {
    ...reach,
    reason: 'InternalError',
    message:
      'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy.default.svc:443/": dial tcp 10.96.0.9:443: connect: connection refused',
  });

/** 500: etcd is electing another leader. */
export const leaderChanged = (reach: Reach = {}) => answers(500, { ...reach, message: 'etcdserver: leader changed' });

/** 500 for a permanent reason. */
export const internalError = (reach: Reach = {}) =>
  answers(500, { ...reach, reason: 'InternalError', message: 'Internal error occurred: the object cannot be decoded' });

/** 503: the API server is starting or stopping. */
export const unavailable = (retryAfter?: number, reach: Reach = {}) =>
  answers(503, { ...reach, retryAfter, reason: 'ServiceUnavailable', message: 'apiserver is shutting down' });

/** 504: the API server stopped waiting, but may still have done the write. */
export const timedOut = (reach: Reach = {}) =>
  answers(504, { ...reach, reason: 'Timeout', message: 'Timeout: request did not complete within the allotted timeout' });
