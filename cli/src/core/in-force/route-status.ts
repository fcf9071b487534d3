import { GATEWAY_GROUP } from '../../../../lib/core/gateway-api';
import { type Resource, countAt, listAt, textAt } from '../resource';

/** A condition that must be true before a weight can be in force. */
type ConditionType = 'Accepted' | 'ResolvedRefs' | 'Programmed';

/** A parent of a route, in words: `Gateway/infra/public, section https`. */
export type ParentName = string;

/**
 * Why a parent of a route does not serve the route yet. All texts but the kinds are from the cluster: pass them through `plainText` before
 * they are printed.
 */
export type ParentProblem =
  /** A controller refuses the present generation. Only a change of the route, of the Gateway or of what they name helps. */
  | {
      readonly kind: 'refused';
      readonly parent: ParentName;
      readonly controller: string | undefined;
      /** `PartiallyInvalid` if the controller left out some of the rules. */
      readonly condition: ConditionType | 'PartiallyInvalid';
      readonly reason: string;
      readonly message: string;
    }
  /** The Gateway does not exist. */
  | { readonly kind: 'no gateway'; readonly parent: ParentName }
  /** No controller has written a status for the parent. */
  | { readonly kind: 'not seen'; readonly parent: ParentName }
  /** A controller has not decided on the present generation yet, or not made it work. */
  | {
      readonly kind: 'waiting';
      readonly parent: ParentName;
      readonly controller: string | undefined;
      readonly condition: ConditionType;
      /** The generation that the condition is about; undefined if there is no such condition, or it does not say. */
      readonly observed: number | undefined;
      readonly generation: number;
      /** Of a condition that is `Unknown`, or false for the time being. */
      readonly reason?: string;
      readonly message?: string;
    };

/** Whether the controllers of a route's parents have accepted it. This is necessary for a weight to be in force, and never sufficient. */
export type RouteStatus =
  | { readonly kind: 'accepted'; readonly generation: number }
  /** The route has no parent, so nothing serves it. */
  | { readonly kind: 'no parents' }
  /** At least one parent does not serve the route, and waiting alone does not help. Problems of this kind come first. */
  | { readonly kind: 'refused'; readonly problems: readonly ParentProblem[] }
  | { readonly kind: 'waiting'; readonly problems: readonly ParentProblem[] };

/** The live objects that say which controller serves a parent. */
export interface LiveGateways {
  readonly gateways: readonly Resource[];
  /** Without the class of a Gateway, every controller that reports on the parent must accept the route. */
  readonly gatewayClasses?: readonly Resource[];
}

/**
 * Reasons of a condition that is false for the time being: the defaults of the API, and what a Gateway says until its address and its pods
 * are there.
 */
const PASSING = ['Pending', 'AddressNotAssigned', 'NoResources'];

/**
 * Reads the status of a route (HTTPRoute, GRPCRoute, TCPRoute): every parent must have `Accepted` and `ResolvedRefs` true at the route's
 * generation, and be a Gateway that is `Programmed` at its own. A Service as parent has no Gateway; its status alone counts.
 */
export function routeStatus(route: Resource, live: LiveGateways): RouteStatus {
  const parents = listAt(route, 'spec', 'parentRefs');
  if (parents.length === 0) {
    return { kind: 'no parents' };
  }
  const problems = parents.flatMap((parent) => problemsOf(parentOf(parent, route), route, live));
  const lasting = problems.filter(isLasting);
  if (lasting.length > 0) {
    return { kind: 'refused', problems: [...lasting, ...problems.filter((problem) => !isLasting(problem))] };
  }
  return problems.length > 0 ? { kind: 'waiting', problems } : { kind: 'accepted', generation: countAt(route, 'metadata', 'generation') };
}

function isLasting({ kind }: ParentProblem): boolean {
  return kind === 'refused' || kind === 'no gateway';
}

/** A parentRef with the defaults of the API filled in, which some controllers write into the status and some do not. */
interface Parent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly section: string | undefined;
  readonly port: number;
}

function parentOf(ref: unknown, route: Resource): Parent {
  return {
    group: textAt(ref, 'group') ?? GATEWAY_GROUP,
    kind: textAt(ref, 'kind') ?? 'Gateway',
    namespace: textAt(ref, 'namespace') ?? textAt(route, 'metadata', 'namespace') ?? '',
    name: textAt(ref, 'name') ?? '',
    section: textAt(ref, 'sectionName'),
    port: countAt(ref, 'port'),
  };
}

function keyOfParent({ group, kind, namespace, name, section, port }: Parent): string {
  return JSON.stringify([group, kind, namespace, name, section, port]);
}

function nameOfParent({ kind, namespace, name, section, port }: Parent): ParentName {
  return [
    `${kind}/${namespace}/${name}`,
    ...(section === undefined ? [] : [`section ${section}`]),
    ...(port === 0 ? [] : [`port ${port}`]),
  ].join(', ');
}

function problemsOf(parent: Parent, route: Resource, live: LiveGateways): readonly ParentProblem[] {
  const name = nameOfParent(parent);
  const isGateway = parent.group === GATEWAY_GROUP && parent.kind === 'Gateway';
  const gateway = isGateway ? live.gateways.find((one) => isNamed(one, parent)) : undefined;
  if (isGateway && gateway === undefined) {
    return [{ kind: 'no gateway', parent: name }];
  }
  const controller = gateway && controllerOf(gateway, live.gatewayClasses ?? []);
  return [...routeProblems(parent, route, controller), ...(gateway ? gatewayProblems(parent, gateway, controller) : [])];
}

function isNamed(gateway: Resource, { namespace, name }: Parent): boolean {
  return textAt(gateway, 'metadata', 'namespace') === namespace && textAt(gateway, 'metadata', 'name') === name;
}

function controllerOf(gateway: Resource, classes: readonly Resource[]): string | undefined {
  const className = textAt(gateway, 'spec', 'gatewayClassName');
  return textAt(
    classes.find((one) => textAt(one, 'metadata', 'name') === className),
    'spec',
    'controllerName',
  );
}

function routeProblems(parent: Parent, route: Resource, controller: string | undefined): readonly ParentProblem[] {
  const name = nameOfParent(parent);
  const entries = listAt(route, 'status', 'parents')
    .filter((entry) => keyOfParent(parentOf(entry['parentRef'], route)) === keyOfParent(parent))
    .filter((entry) => controller === undefined || entry['controllerName'] === controller);
  // Controllers of policies add entries of their own, with conditions of their own types, and serve nothing.
  const serving = entries.filter((entry) => conditionOf(entry, 'Accepted') !== undefined);
  if (serving.length === 0) {
    return [{ kind: 'not seen', parent: name }];
  }
  const generation = countAt(route, 'metadata', 'generation');
  return serving.flatMap((entry) => {
    const about = { parent: name, controller: textAt(entry, 'controllerName'), generation };
    return [
      ...conditionProblems(entry, 'Accepted', about),
      ...conditionProblems(entry, 'ResolvedRefs', about),
      ...partProblems(entry, about),
    ];
  });
}

function gatewayProblems(parent: Parent, gateway: Resource, controller: string | undefined): readonly ParentProblem[] {
  const about = { parent: nameOfParent(parent), controller, generation: countAt(gateway, 'metadata', 'generation') };
  const listeners = listAt(gateway, 'status', 'listeners').filter((one) => one['name'] === parent.section);
  return [
    ...conditionProblems(gateway['status'], 'Programmed', about),
    // A Gateway can be programmed while one of its listeners is not.
    ...listeners.flatMap((listener) => conditionProblems(listener, 'Programmed', about)),
  ];
}

interface About {
  readonly parent: ParentName;
  readonly controller: string | undefined;
  readonly generation: number;
}

function conditionOf(status: unknown, type: string): Resource | undefined {
  return listAt(status, 'conditions').find((condition) => condition['type'] === type);
}

/** The generation that a condition is about; undefined if it does not say. */
function observedBy(condition: Resource | undefined): number | undefined {
  const observed = condition?.['observedGeneration'];
  return typeof observed === 'number' ? observed : undefined;
}

function conditionProblems(status: unknown, type: ConditionType, { parent, controller, generation }: About): readonly ParentProblem[] {
  const condition = conditionOf(status, type);
  const observed = observedBy(condition);
  const said = { reason: textAt(condition, 'reason') ?? '', message: textAt(condition, 'message') ?? '' };
  // A later generation than the route's own means that the route was read before the status was written: it must be read again.
  if (condition === undefined || observed !== generation) {
    return [{ kind: 'waiting', parent, controller, condition: type, observed, generation }];
  }
  if (condition['status'] === 'True') {
    return [];
  }
  return condition['status'] === 'False' && !PASSING.includes(said.reason)
    ? [{ kind: 'refused', parent, controller, condition: type, ...said }]
    : [{ kind: 'waiting', parent, controller, condition: type, observed, generation, ...said }];
}

/** A route that is accepted without some of its rules divides requests otherwise than it says. */
function partProblems(entry: Resource, { parent, controller, generation }: About): readonly ParentProblem[] {
  const condition = conditionOf(entry, 'PartiallyInvalid');
  if (condition?.['status'] !== 'True' || observedBy(condition) !== generation) {
    return [];
  }
  const said = { reason: textAt(condition, 'reason') ?? '', message: textAt(condition, 'message') ?? '' };
  return [{ kind: 'refused', parent, controller, condition: 'PartiallyInvalid', ...said }];
}
