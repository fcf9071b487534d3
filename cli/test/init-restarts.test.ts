import type { Fields } from '../../test/support/api-defaults';
import { type Declared, declare } from '../src/core/init/declare';
import { synthesized } from './support/generated-app';
import { FEATURES, type Service, objectsOf, serviceWith } from './support/init-features';
import { SPELLINGS, settled, spelled } from './support/init-spellings';
import { differencesInMeaning, differencesInTemplate } from './support/same-meaning';

/** `kubectl canary init`: the report names the pods that restart, and only those, and says what the restart may cost. */

const init = (...objects: Fields[]): Declared => declare(objects, { image: 'registry.example/orders:2.4' });

/** The Deployment of `stage-0` that has the name of the original. */
function rendered({ program }: Declared): Fields {
  return synthesized(program).objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'orders')!;
}

/** Expects the same meaning, and a restart in the report exactly if the template changes for the API server. */
function expectRightReport(service: Service): string[] {
  const { deployment } = service;
  const declared = init(...objectsOf(service));
  const stable = rendered(declared);
  expect(differencesInMeaning(deployment, stable)).toEqual([]);
  const changed = differencesInTemplate(deployment, stable);
  const { restarts } = declared.report;
  expect({ changed, restarts, isRestart: restarts.length > 0 }).toEqual({ changed, restarts, isRestart: changed.length > 0 });
  return [...restarts];
}

test.each(Object.keys(FEATURES))('%s: the report says whether pods restart', (feature) => {
  expectRightReport(settled(feature));
});

test.each(Object.keys(SPELLINGS))('%s: the report says whether pods restart', (spelling) => {
  expectRightReport(spelled(spelling));
});

test('an extended resource of limits alone gets requests, by which the pods restart', () => {
  expect(expectRightReport(settled('a GPU'))).toEqual([
    'the requests of nvidia.com/gpu, written out: pods without them get those of the limits',
  ]);
});

describe('the token of the service account', () => {
  const account = (name: string, mounts: boolean) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name },
    automountServiceAccountToken: mounts,
  });

  test.each<[string, Fields, Fields[], boolean]>([
    ['no account in the input', {}, [], true],
    ['the default account says no', {}, [account('default', false)], false],
    ['an empty name stands for the default account', { serviceAccountName: '' }, [account('default', false)], false],
    ['the account says no', { serviceAccountName: 'orders' }, [account('default', true), account('orders', false)], false],
    ['the account by its old name says no', { serviceAccount: 'orders' }, [account('orders', false)], false],
    ['another account says no', { serviceAccountName: 'orders' }, [account('default', false), account('orders', true)], true],
    ['the pod says yes, and the account no', { automountServiceAccountToken: true }, [account('default', false)], true],
    ['the pod says no, and the account yes', { automountServiceAccountToken: false }, [account('default', true)], false],
  ])('%s', (_, pod, accounts, isMounted) => {
    const { deployment, service } = settled();
    const { spec } = deployment.spec.template as Fields;
    delete spec.automountServiceAccountToken;
    Object.assign(spec, pod);
    const declared = init(deployment, service, ...accounts);
    const stable = rendered(declared);
    expect(stable.spec.template.spec.automountServiceAccountToken).toBe(isMounted);
    expect(declared.report.restarts).toEqual(
      pod.automountServiceAccountToken === undefined ? [`automountServiceAccountToken: ${isMounted}, written out`] : [],
    );
    const isUnknown = pod.automountServiceAccountToken === undefined && accounts.length === 0;
    expect(declared.report.remarks.filter((remark) => remark.includes('automountServiceAccountToken'))).toEqual(
      isUnknown
        ? [
            'ServiceAccount/default is not in the input, and main.ts mounts its token; if it says automountServiceAccountToken: false, so must main.ts',
          ]
        : [],
    );
  });
});

describe('what a restart may cost', () => {
  const readinessProbe = { httpGet: { port: 8080 } };
  const lifecycle = { preStop: { sleep: { seconds: 5 } } };

  function remarks(container: Fields, change: (deployment: Fields) => void = () => undefined): string[] {
    const { deployment, service } = serviceWith('nothing beyond the plain manifest');
    Object.assign(deployment.spec.template.spec.containers[0], container);
    change(deployment);
    return init(deployment, service).report.remarks.filter((remark) => remark.includes('restart'));
  }

  const unready =
    'requests may be lost in the restart, because orders has no readiness probe: new pods get requests before they can answer; set readiness in main.ts before the first apply';
  const unstopped =
    'requests may be lost in the restart, because orders has no preStop hook: old pods end while requests still reach them; apply stage-0 at a quiet time, and set preStop in main.ts, so that later restarts lose none';

  test.each<[string, Fields, string[]]>([
    ['nothing with a probe and a hook', { readinessProbe, lifecycle }, []],
    ['requests without a readiness probe', { lifecycle }, [unready]],
    ['requests without a preStop hook', { readinessProbe, lifecycle: { postStart: { exec: { command: ['warm'] } } } }, [unstopped]],
    ['requests without either', {}, [unready, unstopped]],
  ])('%s', (_, container, expected) => {
    expect(remarks(container)).toEqual(expected);
  });

  const ended =
    'requests are lost in the restart, because the strategy may end all pods before new ones are ready; set a rolling update with maxUnavailable 0 in the manifest and apply it first';

  test.each<[string, Fields, string[]]>([
    ['all pods at once', { type: 'Recreate' }, [ended]],
    ['as many pods as there are', { rollingUpdate: { maxUnavailable: 4 } }, [ended]],
    ['as many pods as there are, in percent', { rollingUpdate: { maxUnavailable: '100%' } }, [ended]],
    ['all pods but one', { rollingUpdate: { maxUnavailable: 3 } }, []],
    ['a quarter of the pods', {}, []],
  ])('the strategy ends %s', (_, strategy, expected) => {
    expect(remarks({ readinessProbe, lifecycle }, ({ spec }) => void (spec.strategy = strategy))).toEqual(expected);
  });

  test('nothing where no pod restarts, and the synth does not say the contrary', () => {
    const { deployment, service } = settled();
    const { program, report } = init(deployment, service);
    expect(report.remarks).toEqual([]);
    expect(synthesized(program).printed).not.toMatch(/warning adopted-pods/);
    expect(synthesized(declare([deployment, service], {}).program).printed).not.toMatch(/warning adopted-pods/);
    delete deployment.spec.template.metadata.labels.version;
    expect(synthesized(init(deployment, service).program).printed).toMatch(/warning adopted-pods/);
  });
});

test("a new version's Deployment does not say that it is the old version", () => {
  const { deployment, service } = settled();
  const label = 'app.kubernetes.io/version';
  deployment.metadata.labels = { app: 'orders', [label]: '2.3' };
  const { objects } = synthesized(init(deployment, service).program);
  const labels = Object.fromEntries(
    objects.flatMap(({ kind, metadata }) => (kind === 'Deployment' ? [[metadata.name as string, metadata.labels[label] as string]] : [])),
  );
  expect(labels).toEqual({ orders: '2.3', 'orders-b': '2.4' });
});

test("a new version's pods do not say that they are the old version, even if the old selector has that label", () => {
  const { deployment, service } = settled();
  const label = 'app.kubernetes.io/version';
  deployment.spec.selector.matchLabels[label] = '2.3';
  deployment.spec.template.metadata.labels[label] = '2.3';
  const declared = init(deployment, service);
  const { objects, printed } = synthesized(declared.program);
  const labels = objects.flatMap(({ kind, spec }) => (kind === 'Deployment' ? [spec.template.metadata.labels[label] as string] : []));
  expect(labels.sort()).toEqual(['2.3', '2.4']);
  // So the old selector does not select the new pods, and nothing needs to be accepted.
  expect(declared.program + printed).not.toContain('shared-selector');
});
