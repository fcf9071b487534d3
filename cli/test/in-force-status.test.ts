import { routeStatus } from '../src/core/in-force/route-status';
import type { Resource } from '../src/core/resource';

const CONTROLLER = 'example.com/gateway';

interface Condition {
  readonly type: string;
  readonly status?: string;
  readonly observedGeneration?: number;
  readonly reason?: string;
  readonly message?: string;
}

const met = (type: string, observedGeneration = 3): Condition => ({ type, status: 'True', observedGeneration });
const unmet = (type: string, reason: string, observedGeneration = 3): Condition => ({
  type,
  status: 'False',
  observedGeneration,
  reason,
  message: `because ${reason}`,
});
const entry = (parentRef: Resource, conditions: readonly Condition[], controllerName = CONTROLLER) => ({
  parentRef,
  conditions,
  controllerName,
});
const accepted = (parentRef: Resource, controllerName = CONTROLLER) =>
  entry(parentRef, [met('Accepted'), met('ResolvedRefs')], controllerName);

function route(parentRefs: readonly Resource[], parents: readonly unknown[]): Resource {
  return { kind: 'HTTPRoute', metadata: { namespace: 'shop', name: 'web', generation: 3 }, spec: { parentRefs }, status: { parents } };
}

function gateway(conditions: readonly Condition[] = [met('Programmed', 7)], listeners: readonly unknown[] = []): Resource {
  return {
    metadata: { namespace: 'shop', name: 'public', generation: 7 },
    spec: { gatewayClassName: 'example' },
    status: { conditions, listeners },
  };
}

const CLASSES = [{ metadata: { name: 'example' }, spec: { controllerName: CONTROLLER } }];
const PUBLIC = { name: 'public' };
const NAME = 'Gateway/shop/public';

/** The status of a route with the one parent `public`. */
const statusWith = (parents: readonly unknown[], gateways = [gateway()]) => routeStatus(route([PUBLIC], parents), { gateways });

describe('a route is accepted', () => {
  test('if its parent has accepted the generation, resolved its references, and is programmed', () => {
    expect(statusWith([accepted(PUBLIC)])).toEqual({ kind: 'accepted', generation: 3 });
  });

  test('if the status has the defaults of the parentRef, or the route has them', () => {
    const full = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'shop', name: 'public' };
    expect(statusWith([accepted(full)]).kind).toBe('accepted');
    expect(routeStatus(route([full], [accepted(PUBLIC)]), { gateways: [gateway()] }).kind).toBe('accepted');
  });

  test('by a Service, which has no Gateway', () => {
    const service = { group: '', kind: 'Service', name: 'web', port: 80 };
    expect(routeStatus(route([service], [accepted(service)]), { gateways: [] }).kind).toBe('accepted');
    expect(routeStatus(route([service], []), { gateways: [] })).toEqual({
      kind: 'waiting',
      problems: [{ kind: 'not seen', parent: 'Service/shop/web, port 80' }],
    });
  });

  test('by a Gateway of another namespace', () => {
    const ref = { namespace: 'infra', name: 'public' };
    const other = { ...gateway(), metadata: { namespace: 'infra', name: 'public', generation: 7 } };
    expect(routeStatus(route([ref], [accepted(ref)]), { gateways: [gateway([]), other] }).kind).toBe('accepted');
    expect(routeStatus(route([ref], [accepted(ref)]), { gateways: [gateway()] })).toEqual({
      kind: 'refused',
      problems: [{ kind: 'no gateway', parent: 'Gateway/infra/public' }],
    });
  });

  test('if a controller of policies has an entry beside it', () => {
    const policy = entry(PUBLIC, [unmet('example.com/Limited', 'Limits')], 'policies.example.com');
    expect(statusWith([policy, accepted(PUBLIC)]).kind).toBe('accepted');
    expect(statusWith([policy]).kind).toBe('waiting');
  });
});

test('a route without parents is served by nothing', () => {
  expect(routeStatus(route([], []), { gateways: [gateway()] })).toEqual({ kind: 'no parents' });
  expect(routeStatus({}, { gateways: [] })).toEqual({ kind: 'no parents' });
});

describe('a condition of the route', () => {
  const about = { parent: NAME, controller: CONTROLLER };

  test.each([
    [
      'refused at this generation',
      [unmet('Accepted', 'NotAllowedByListeners'), met('ResolvedRefs')],
      {
        kind: 'refused',
        problems: [
          { ...about, kind: 'refused', condition: 'Accepted', reason: 'NotAllowedByListeners', message: 'because NotAllowedByListeners' },
        ],
      },
    ],
    [
      'with a backend that is not there',
      [met('Accepted'), unmet('ResolvedRefs', 'BackendNotFound')],
      {
        kind: 'refused',
        problems: [{ ...about, kind: 'refused', condition: 'ResolvedRefs', reason: 'BackendNotFound', message: 'because BackendNotFound' }],
      },
    ],
    [
      'that leaves out rules',
      [met('Accepted'), met('ResolvedRefs'), { ...met('PartiallyInvalid'), reason: 'UnsupportedValue', message: 'dropped a rule' }],
      {
        kind: 'refused',
        problems: [{ ...about, kind: 'refused', condition: 'PartiallyInvalid', reason: 'UnsupportedValue', message: 'dropped a rule' }],
      },
    ],
    [
      'refused at the generation before',
      [unmet('Accepted', 'NotAllowedByListeners', 2), met('ResolvedRefs')],
      { kind: 'waiting', problems: [{ ...about, kind: 'waiting', condition: 'Accepted', observed: 2, generation: 3 }] },
    ],
    [
      'accepted at the generation before',
      [met('Accepted', 2), met('ResolvedRefs', 2)],
      {
        kind: 'waiting',
        problems: ['Accepted', 'ResolvedRefs'].map((condition) => ({ ...about, kind: 'waiting', condition, observed: 2, generation: 3 })),
      },
    ],
    [
      'accepted at a later generation than the route that was read',
      [met('Accepted', 4), met('ResolvedRefs')],
      { kind: 'waiting', problems: [{ ...about, kind: 'waiting', condition: 'Accepted', observed: 4, generation: 3 }] },
    ],
    [
      'of no generation',
      [{ type: 'Accepted', status: 'True' }, met('ResolvedRefs')],
      { kind: 'waiting', problems: [{ ...about, kind: 'waiting', condition: 'Accepted', observed: undefined, generation: 3 }] },
    ],
    [
      'that is missing',
      [met('Accepted')],
      { kind: 'waiting', problems: [{ ...about, kind: 'waiting', condition: 'ResolvedRefs', observed: undefined, generation: 3 }] },
    ],
    [
      'that is unknown',
      [{ ...met('Accepted'), status: 'Unknown', reason: 'Pending', message: 'soon' }, met('ResolvedRefs')],
      {
        kind: 'waiting',
        problems: [{ ...about, kind: 'waiting', condition: 'Accepted', observed: 3, generation: 3, reason: 'Pending', message: 'soon' }],
      },
    ],
  ])('%s', (_, conditions, expected) => {
    expect(statusWith([entry(PUBLIC, conditions)])).toEqual(expected);
  });

  test('that leaves out rules of the generation before is no problem', () => {
    const conditions = [met('Accepted'), met('ResolvedRefs'), met('PartiallyInvalid', 2)];
    expect(statusWith([entry(PUBLIC, conditions)]).kind).toBe('accepted');
  });
});

describe('the Gateway', () => {
  test.each([
    ['has said nothing yet', gateway([]), 'waiting'],
    ['was programmed in another generation', gateway([met('Programmed', 6)]), 'waiting'],
    ['has no address yet', gateway([unmet('Programmed', 'AddressNotAssigned', 7)]), 'waiting'],
    ['is pending', gateway([unmet('Programmed', 'Pending', 7)]), 'waiting'],
    ['is invalid', gateway([unmet('Programmed', 'Invalid', 7)]), 'refused'],
    ['has a listener of another section that is invalid', gateway(undefined, [{ name: 'other', conditions: [] }]), 'accepted'],
  ])('%s', (_, live, kind) => {
    expect(statusWith([accepted(PUBLIC)], [live]).kind).toBe(kind);
  });

  test('must have programmed the listener that the route names', () => {
    const ref = { name: 'public', sectionName: 'https', port: 443 };
    const listener = { name: 'https', conditions: [unmet('Programmed', 'Invalid', 7)] };
    expect(routeStatus(route([ref], [accepted(ref)]), { gateways: [gateway(undefined, [listener])] })).toEqual({
      kind: 'refused',
      problems: [
        {
          kind: 'refused',
          parent: 'Gateway/shop/public, section https, port 443',
          controller: undefined,
          condition: 'Programmed',
          reason: 'Invalid',
          message: 'because Invalid',
        },
      ],
    });
  });
});

describe('several parents and controllers', () => {
  const [http, https] = [
    { name: 'public', sectionName: 'http' },
    { name: 'public', sectionName: 'https' },
  ];

  test('sections and ports are parents of their own', () => {
    const both = route([http, https], [accepted(http)]);
    expect(routeStatus(both, { gateways: [gateway()] })).toEqual({
      kind: 'waiting',
      problems: [{ kind: 'not seen', parent: `${NAME}, section https` }],
    });
    const whole = route([{ name: 'public', port: 80 }], [accepted(PUBLIC)]);
    expect(routeStatus(whole, { gateways: [gateway()] }).kind).toBe('waiting');
  });

  test('a refusal comes before what is waited for', () => {
    const parents = [entry(http, [met('Accepted', 2), met('ResolvedRefs')]), entry(https, [unmet('Accepted', 'NoMatchingParent')])];
    const status = routeStatus(route([http, https], parents), { gateways: [gateway()] });
    expect(status.kind === 'refused' && status.problems.map(({ kind, parent }) => `${kind} ${parent}`)).toEqual([
      `refused ${NAME}, section https`,
      `waiting ${NAME}, section http`,
      `waiting ${NAME}, section https`,
    ]);
  });

  test('all controllers that serve a parent must accept, unless the class of its Gateway says which one counts', () => {
    const old = entry(PUBLIC, [met('Accepted', 1), met('ResolvedRefs', 1)], 'example.com/old');
    const parents = [old, accepted(PUBLIC)];
    expect(routeStatus(route([PUBLIC], parents), { gateways: [gateway()] })).toMatchObject({
      kind: 'waiting',
      problems: [{ controller: 'example.com/old', observed: 1 }, { controller: 'example.com/old' }],
    });
    const live = { gateways: [gateway()], gatewayClasses: CLASSES };
    expect(routeStatus(route([PUBLIC], parents), live).kind).toBe('accepted');
    expect(routeStatus(route([PUBLIC], [old]), live)).toEqual({ kind: 'waiting', problems: [{ kind: 'not seen', parent: NAME }] });
  });
});
