import { Duration } from 'cdk8s';
import { Promotion } from '../../../../lib';
import { figure } from '../../kit/figures';
import { expectNoFailure, sendLoad } from '../../kit/load';
import { scenario } from '../../kit/scenario';
import { tutorial } from '../../kit/trees';
import { Walk } from '../../kit/walk';

scenario(
  'I13: with Promotion.ROLL, if stable never becomes ready on the new template, the canary keeps serving and a rollback is possible',
  async (namespace) => {
    const stable = { name: 'canary-1-dep', version: '1.0', progressDeadline: Duration.seconds(30) };
    const tree = tutorial({ pair: { promotion: Promotion.ROLL, stable } });
    const last = tree.plan.stages.at(-1)!.folder;
    const walk = await Walk.from(namespace, tree, last);
    // The canary gets the new version, but the image is missing when stable needs it.
    const broken = tree.changed((text) => text.replace(/image: scubakiz\/servicedemo:1.0/g, 'image: scubakiz/servicedemo:missing'));
    const rolled = broken.documents('promoted-up').find((text) => text.includes(`\n  name: ${tree.stable}\n`))!;
    await namespace.applyText(rolled);
    const status = await namespace.tryKubectl('rollout', 'status', `deploy/${tree.stable}`, '--timeout=5s');
    expect(status.status).not.toBe(0);
    const report = await sendLoad(walk.target, 2000);
    expectNoFailure(report);
    // A rollback from a half-applied folder starts at the folder before it.
    await walk.advance(last);
    await walk.rollBack();
    await walk.rest();
    await walk.stop();
    expect((await sendLoad(walk.target, 200)).versions).toEqual({ '1.0': 200 });
    figure('Invariants', { invariant: 'I13, a promotion that gets stuck', checked: `${report.requests} requests`, broken: report.failed });
  },
  { needs: ['load'] },
);
