import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fields } from '../../test/support/api-defaults';
import { type Declared, declare } from '../src/core/init/declare';
import { amountOf, oneIn } from '../../test/support/sampling';
import { synthesized } from './support/generated-app';
import { FEATURES, type Service, objectsOf, serviceWith } from './support/init-features';
import { KINDS } from './support/init-kinds';
import { initTable } from './support/init-table';
import { differencesInMeaning } from './support/same-meaning';

/** `kubectl canary init`: the app that it writes renders what runs, feature by feature, for each kind of workload. */

const IMAGE = 'registry.example/orders:2.4';

function declared(kind: string, feature: string): Declared & { original: Service } {
  const original = serviceWith(feature);
  const objects = KINDS[kind]!(structuredClone(original)).flatMap((object) =>
    object.kind === 'List' ? (object.items as Fields[]) : [object],
  );
  return { ...declare(objects, { image: IMAGE }), original };
}

/** The paths that the app sets itself: a controller owns the pods of these kinds, so a new Deployment stands beside them. */
const OWN: Readonly<Record<string, RegExp>> = {
  Rollout: /^Deployment orders\.(selector|strategy)/,
  // With a reference, the Rollout's own settings hold, and the Deployment only has the template.
  'Rollout of a Deployment': /^Deployment orders\.(?!template)/,
};

const all = Object.keys(FEATURES);
const featuresOf = (kind: string, index: number) =>
  kind === 'Deployment'
    ? oneIn(amountOf('init: one feature in'), all)
    : oneIn(amountOf('init: one feature of another kind in'), all, index);

describe.each(Object.keys(KINDS).map((kind, index) => [kind, featuresOf(kind, index)] as const))('a %s', (kind, features) => {
  test.each(features)('with %s is rendered with the same meaning', (feature) => {
    const { program, original } = declared(kind, feature);
    const { objects } = synthesized(program);
    for (const object of objectsOf(original)) {
      const rendered = objects.find(({ kind: each, metadata }) => each === object.kind && metadata.name === object.metadata.name);
      const differences = rendered ? differencesInMeaning(object, rendered) : [`${object.kind} ${object.metadata.name} is missing`];
      expect(differences.filter((line) => !OWN[kind]?.test(line))).toEqual([]);
    }
  });
});

test('docs/reference/init.md has the table of the features', () => {
  const page = readFileSync(join(__dirname, '../../docs/reference/init.md'), 'utf8');
  expect(page).toContain(initTable());
});
