import { parse } from 'yaml';
import { synthesizedFolder } from '../../../../cli/test/support/generated-app';
import { amountOf, oneIn } from '../../../support/sampling';
import { type Resource, create, get } from '../../kit/api';
import type { CommandEnd } from '../../kit/command';
import { figure } from '../../kit/figures';
import { init } from '../../kit/init';
import { type Report, expectNoFailure, failures, sendLoad } from '../../kit/load';
import type { Namespace } from '../../kit/namespace';
import { ORIGINS, type Origin } from '../../kit/origins';
import { Rollout } from '../../kit/rollout';
import { scenario } from '../../kit/scenario';
import { Tree } from '../../kit/trees';
import { done } from './shared/command';

// A service that runs already is taken over under load: `init`, the first release, and the next one.

const declared = async (namespace: Namespace, { service, manifests }: Origin) =>
  init(namespace, service, ['--to', 'shop:1.1', '--stages', '25,100'], await manifests?.(namespace));

const block = (name: string) => new RegExp(`\\n  ${name}: (\\{\\n[^]*?\\n  \\}),`);

/** The program after its owner's next edit: the canary's block is stable's, unchanged, and version 1.2 gets the name that is free. */
function nextRelease(program: string): string {
  const [stable, tested] = [block('stable').exec(program)![1]!, block('canary').exec(program)![1]!];
  const freed = /name: '(.*)'/.exec(stable)![0];
  const next = tested.replace(/name: '.*'/, freed).replaceAll('1.1', '1.2');
  return program
    .replace(block('stable'), () => `\n  stable: ${tested},`)
    .replace(block('canary'), () => `\n  canary: ${next},`)
    .replace(/\n {2}accept: (\{\n[^]*?\n {2}\}|.*),/, '');
}

/** Whether the command owns parts of an object's spec, be it beside the manager that made the object. */
function owns({ metadata }: Resource, ...parts: readonly string[]): Record<string, boolean> {
  const applied = (metadata.managedFields as Resource[]).find(
    ({ manager, operation }) => manager === 'kubectl-canary' && operation === 'Apply',
  );
  return Object.fromEntries(parts.map((part) => [part, applied?.['fieldsV1']['f:spec'][`f:${part}`] !== undefined]));
}

/** Expects that the command owns what stage-0 says, and that no field of whoever made the service is left beside it. */
async function expectOurs(namespace: Namespace, tree: Tree, service: string): Promise<void> {
  const deployments = namespace.path('apps/v1', 'deployments');
  const manifest = tree
    .documents('stage-0')
    .map((text) => parse(text) as Resource)
    .find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === service)!;
  const asNew = await create(`${deployments}?dryRun=All`, { ...manifest, metadata: { name: 'as-new' } });
  const [deployment, front] = [await get(`${deployments}/${service}`), await namespace.object('v1', 'services', service)];
  expect(deployment['spec']).toEqual(asNew['spec']);
  expect({ ...owns(deployment, 'template', 'selector', 'replicas'), ...owns(front, 'ports') }).toEqual({
    template: true,
    selector: true,
    replicas: true,
    ports: true,
  });
}

/** The pods that exist and are not terminating. */
const pods = (namespace: Namespace) => namespace.podsThatStay('');

/** Records what a service went through: stage-0, the first release and the next one. */
function tell({ name, manifests }: Origin, restarted: string, sent: Report, ends: readonly CommandEnd[]): void {
  const [baseline, first, next] = ends.map(({ seconds }) => Math.round(seconds));
  figure('Adoption', {
    origin: name,
    'init reads': manifests ? 'manifests' : 'the cluster',
    'pods restarted': restarted,
    'stage-0 (s)': baseline!,
    'first release (s)': first ?? '-',
    'next release (s)': next ?? '-',
    requests: sent.requests,
    dropped: failures(sent),
  });
}

function adopted(origin: Origin): void {
  const { name, service, make, isRestarted } = origin;
  scenario(
    `a service made by ${name} is taken over and released twice, and loses no request`,
    async (namespace) => {
      await make(namespace);
      await namespace.ready(service);
      const { program, report, tree: first } = await declared(namespace, origin);
      expect({ restarts: report.restarts, risks: report.remarks.filter((remark) => remark.includes('restart')) }).toEqual({
        restarts: isRestarted ? expect.arrayContaining(['the label version=1.0']) : [],
        risks: [],
      });
      const rollout = await Rollout.adopting(namespace, first);
      const running = await pods(namespace);
      const load = await rollout.load();
      const baseline = await done(rollout, 'advance', 'stage-0');
      const kept = (await pods(namespace)).filter((uid) => running.includes(uid));
      expect(kept).toEqual(isRestarted ? [] : running);
      await expectOurs(namespace, first, service);
      const run = await done(rollout, 'run', '--yes', '--hold', '0', '--no-record');

      await done(rollout, 'cleanup', '--yes');
      rollout.next(new Tree(synthesizedFolder(nextRelease(program)).folder));
      const promoted = await namespace.podsThatStay('version=1.1');
      await done(rollout, 'advance', 'stage-0');
      expect(await namespace.podsThatStay('version=1.1')).toEqual(promoted);
      const next = await done(rollout, 'run', '--yes', '--hold', '0', '--no-record');
      const sent = await rollout.end(load);
      await rollout.pods.stop();
      tell(origin, `${running.length - kept.length} of ${running.length}`, sent, [baseline, run, next]);
      expectNoFailure(sent, rollout.story);
      expect(rollout.broken).toEqual([]);
      expect(Object.keys(sent.versions).sort()).toEqual(['1.0', '1.1', '1.2']);
      expect((await sendLoad(rollout.target, 200)).versions).toEqual({ '1.2': 200 });
    },
    { needs: ['load'] },
  );
}

/** Takes over a service whose restart may lose requests, and counts them. */
function restarted(origin: Origin): void {
  const { name, service, make } = origin;
  scenario(
    `a service made by ${name} is taken over, and the report says that the restart may lose requests`,
    async (namespace) => {
      await make(namespace);
      await namespace.ready(service);
      const { report, tree } = await declared(namespace, origin);
      expect(report.remarks.filter((remark) => remark.startsWith('requests may be lost in the restart'))).toEqual([
        expect.stringContaining('has no readiness probe'),
        expect.stringContaining('has no preStop hook'),
      ]);
      const rollout = await Rollout.adopting(namespace, tree);
      const running = await pods(namespace);
      const load = await rollout.load();
      const baseline = await done(rollout, 'advance', 'stage-0');
      const kept = (await pods(namespace)).filter((uid) => running.includes(uid));
      const sent = await rollout.end(load);
      await rollout.pods.stop();
      tell(origin, `${running.length - kept.length} of ${running.length}`, sent, [baseline]);
      expect(kept).toEqual([]);
    },
    { needs: ['load'] },
  );
}

for (const origin of oneIn(amountOf('cluster: one origin of an adopted service in'), ORIGINS)) {
  (origin.hasHooks ? adopted : restarted)(origin);
}
