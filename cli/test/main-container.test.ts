import { mergedContainers } from '../src/core/kubernetes/main-container';

const deployment = (...names: string[]) => ({
  kind: 'Deployment',
  spec: { template: { spec: { containers: names.map((name) => ({ name })) } } },
});

test.each([
  ['a main container with another name than the running one', ['app'], ['main'], ['main', 'app'], ['app']],
  ['a main container with another name, beside a sidecar of both', ['app', 'proxy'], ['main', 'proxy'], ['main', 'proxy', 'app'], ['app']],
  ['the running container', ['app'], ['app'], ['app'], []],
  ['the running container beside a sidecar that another tool added', ['app', 'agent'], ['app'], ['app', 'agent'], []],
  ['a renamed container of which no other manager has fields', ['app'], ['main'], ['main'], []],
  ['a sidecar that a webhook adds', [], ['main'], ['main', 'agent'], []],
])('an apply of %s', (_, before, manifest, after, merged) => {
  expect(mergedContainers(deployment(...before), deployment(...manifest), deployment(...after))).toEqual(merged);
});

test('an apply that creates the Deployment merges nothing', () => {
  expect(mergedContainers(undefined, deployment('main'), deployment('main'))).toEqual([]);
});
