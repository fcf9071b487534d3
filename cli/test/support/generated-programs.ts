import type { JsonObject } from '../../../lib/core/yaml';
import { declare } from '../../src/core/init/declare';
import { flatten } from '../../src/core/init/select';
import { FEATURES, objectsOf, serviceWith } from './init-features';
import { KINDS } from './init-kinds';
import { SPELLINGS, spelled } from './init-spellings';

const IMAGE = 'registry.example/orders:2.4';

/** The programs that init writes of each feature and each kind, with a new version and at rest, and of each spelling. Equal ones are one. */
export function generatedPrograms(): string[] {
  const inputs = [
    ...Object.keys(FEATURES).flatMap((feature) => Object.values(KINDS).map((objectsOfKind) => objectsOfKind(serviceWith(feature)))),
    ...Object.keys(SPELLINGS).map((spelling) => objectsOf(spelled(spelling))),
  ];
  const programs = inputs.flatMap((objects) =>
    [IMAGE, undefined].map((image) => declare(flatten(structuredClone(objects) as JsonObject[]), { image }).program),
  );
  return [...new Set(programs)];
}
