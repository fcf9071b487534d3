import { scenario } from '../kit/scenario';
import { committed } from '../kit/trees';

// This file is not one of the suites. It fails on purpose, so that `test/cluster/stopping.ts` can check what is kept of a failed test.

scenario('a test that fails', async (namespace) => {
  const tree = committed.pods();
  await namespace.apply(tree.path('stage-10'));
  await namespace.ready(tree.stable, tree.canary);
  throw new Error('as it should');
});
