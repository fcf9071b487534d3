import { scenario } from '../kit/scenario';
import { committed } from '../kit/trees';

// Not one of the suites: it fails, so that `test/cluster/stopping.ts` can see what is kept of a failed test.

scenario('a test that fails', async (namespace) => {
  const tree = committed.pods();
  await namespace.apply(tree.path('stage-10'));
  await namespace.ready(tree.stable, tree.canary);
  throw new Error('as it should');
});
