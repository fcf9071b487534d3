import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv';

// Imported before everything else, so that no module has the real validator yet.
jest.mock('../../lib/core/generated/plan-validator', validatorWithToy);

/** The module `plan-validator` as it would be generated from a schema that lists the toy. */
function validatorWithToy() {
  const schema = JSON.parse(readFileSync(resolve(__dirname, '../../docs/plan.schema.json'), 'utf8'));
  const { $schema: _, ...known } = schema;
  known.$defs.pair.properties.router.enum.push('toy');
  const validate = new Ajv({ inlineRefs: false }).compile(known);
  return { PLAN_SCHEMA: known, firstPlanError: (value: unknown) => (validate(value) ? undefined : validate.errors![0]) };
}

export {};
