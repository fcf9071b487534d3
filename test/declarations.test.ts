import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type Chart, Include, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryPair, type CanaryPairProps, Promotion, Stages } from '../lib';
import { TEMPLATE_ANNOTATION } from '../lib/core/labels';
import { type Output, inChart, pairProps, synthesize } from './support/apps';
import { freshFolder } from './support/fresh-folder';

// What a release is: plan.json and the folders say it, and a synth compares it with the plan before.

const declare = (more: Partial<CanaryPairProps> = {}, change: (pair: CanaryPair, chart: Chart) => void = () => undefined) =>
  inChart((chart) => change(new CanaryPair(chart, 'shop', pairProps({ stages: Stages.percent(50, 100), ...more })), chart));

const env = (value: string) => ({ SETTING: kplus.EnvValue.fromValue(value) });

const digests = (output: Output, folder: string) =>
  Object.fromEntries(
    output
      .objects(folder)
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => [metadata.name, metadata.annotations[TEMPLATE_ANNOTATION]]),
  );

describe('the declaration in plan.json', () => {
  const output = synthesize(declare());
  const { stable, canary, selector, service } = output.plan.pairs[0]!;

  test('has the selectors as rendered', () => {
    expect({ service, selector }).toEqual({ service: 'shop', selector: { app: 'shop' } });
    expect(stable.selector).toEqual({ app: 'shop', 'cdk8s-canary/deployment': 'shop-a' });
    expect(canary!.selector).toEqual({ app: 'shop', 'cdk8s-canary/deployment': 'shop-b' });
  });

  test('has the digests of the pod templates, and every folder has them too', () => {
    expect([stable.template, canary!.template]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(stable.template).not.toBe(canary!.template);
    for (const folder of output.folders()) {
      expect(digests(output, folder)).toEqual({ 'shop-a': stable.template, 'shop-b': canary!.template });
    }
  });

  test('with a roll, the digest in a folder is that of the template in it', () => {
    const rolled = synthesize(declare({ promotion: Promotion.ROLL }));
    const own = rolled.plan.pairs[0]!.stable.template;
    expect(digests(rolled, 'stage-100')['shop-a']).toBe(own);
    expect(digests(rolled, 'promoted-up')['shop-a']).not.toBe(own);
    expect(digests(rolled, 'promoted-up')).toEqual(digests(rolled, 'promoted'));
  });

  const templateWith = (more: Partial<CanaryPairProps>, patch?: JsonPatch) =>
    synthesize(declare(more, (pair) => patch && ApiObject.of(pair.stable).addJsonPatch(patch))).plan.pairs[0]!.stable.template;
  const annotated = (annotations: Record<string, string>) =>
    templateWith({ stable: { ...pairProps().stable, podAnnotations: annotations } });

  test('the digest changes with what the pods run, patches included', () => {
    expect(templateWith({ stable: { ...pairProps().stable, env: env('x') } })).not.toBe(stable.template);
    expect(templateWith({}, JsonPatch.add('/spec/template/spec/priority', 7))).not.toBe(stable.template);
    expect(annotated({ team: 'shop' })).not.toBe(stable.template);
  });

  test('the digest does not change with counts, stages, restarts and the marks of deployment tools', () => {
    expect(templateWith({ baseline: 5, stages: Stages.percent(10, 100) })).toBe(stable.template);
    expect(annotated({ 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' })).toBe(stable.template);
    expect(annotated({ 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/shop-a' })).toBe(stable.template);
  });
});

describe('a synth over the plan before', () => {
  const before = (declaration = declare()) => {
    const outdir = join(freshFolder(), 'dist');
    cpSync(synthesize(declaration).outdir, outdir, { recursive: true });
    return outdir;
  };

  /** The findings that the synth prints. */
  function printed(more: Partial<CanaryPairProps>): string {
    return printedBy(declare(more), before());
  }

  function printedBy(declaration: ReturnType<typeof declare>, outdir: string): string {
    let text = '';
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    try {
      synthesize(declaration, { outdir, quiet: false });
    } finally {
      write.mockRestore();
    }
    return text;
  }

  test.each<[string, Partial<CanaryPairProps>, string]>([
    [
      'renamed',
      { canary: { ...pairProps().canary!, name: 'shop-c' } },
      'warning track-changed [chart/shop] canary.name: got "shop-c", but the previous plan has "shop-b"; if the rollout of the previous plan is in progress, an apply would create shop-c and delete nothing, so shop-b would go on serving beside it; promote it or roll it back to stage-0 before you apply this plan',
    ],
    [
      'left out',
      { canary: undefined, stages: undefined },
      'warning track-changed [chart/shop] canary: got nothing, but the previous plan has "shop-b"; if the rollout of the previous plan is in progress, an apply deletes nothing, so shop-b would go on serving; promote it or roll it back to stage-0 before you apply this plan',
    ],
    [
      'given another template',
      { stable: { ...pairProps().stable, env: env('x') } },
      "warning template-changed [chart/shop] stable: the pod template of shop-a differs from the previous plan's, and the version is the same; if the rollout is in progress, shop-a would replace its pods under the same version 1.0, and what was measured would say nothing of the new ones; pass --accept-template stable to go on with it, or roll back first; at stage-0 and at promoted it is an ordinary change; if you changed nothing, a part of it is rendered anew at each synth, such as the random name of an object in an include; give it a fixed value",
    ],
    [
      'put behind a Service of another name, with the selector kept',
      { service: { ...pairProps().service!, name: 'web' }, selectorLabels: { app: 'shop' } },
      'warning service-changed [chart/shop] service.name: got "web", but the previous plan has "shop"',
    ],
  ])('warns of a track that is %s', (_, more, message) => {
    expect(printed(more)).toContain(message);
  });

  test('warns of an include that is rendered anew at each synth, because it reaches the pods', () => {
    /** Includes what a chart made that generates a name each time. */
    const generated = (name: string) => {
      const url = join(freshFolder(), 'chart.yaml');
      writeFileSync(url, `{ apiVersion: v1, kind: ConfigMap, metadata: { name: ${name} } }`);
      return inChart((chart) => {
        new Include(chart, 'chart', { url });
        const envFrom = [kplus.Env.fromConfigMap(kplus.ConfigMap.fromConfigMapName(chart, 'config', name))];
        new CanaryPair(chart, 'shop', pairProps({ stages: Stages.percent(50, 100), pod: { ...pairProps().pod, envFrom } }));
      });
    };
    const first = () => before(generated('config-x7k2p'));
    expect(printedBy(generated('config-x7k2p'), first())).not.toContain('warning');
    const text = printedBy(generated('config-9fqzt'), first());
    for (const track of ['stable: the pod template of shop-a', 'canary: the pod template of shop-b']) {
      expect(text).toContain(
        `warning template-changed [chart/shop] ${track} differs from the previous plan's, and the version is the same`,
      );
    }
    expect(text).toContain('if you changed nothing, a part of it is rendered anew at each synth, such as the random name of an object');
  });

  test.each<[string, Partial<CanaryPairProps>]>([
    ['given other labels', { selectorLabels: { 'app.kubernetes.io/name': 'shop' } }],
    ['changed by another name of the Service', { service: { ...pairProps().service!, name: 'web' } }],
  ])('refuses a selector that is %s, and says how to keep it', (_, more) => {
    expect(() => synthesize(declare(more), { outdir: before() })).toThrow(
      /stable \(Deployment shop-a\): selector: got \{.*\}, but the previous plan has \{ app: 'shop', 'cdk8s-canary\/deployment': 'shop-a' \}; the API server refuses to change the selector of a Deployment, and the Service would select none of its pods; keep selectorLabels: \{ app: 'shop' \}, or declare a new pair/,
    );
    synthesize(declare({ ...more, accept: { 'selector-changed': 'nothing runs yet' } }), { outdir: before() });
  });
});
