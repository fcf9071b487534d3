import { FACTS, Facts } from '../machine/facts';

/** What `run.ts` says of the cluster. */
export const facts: Facts = JSON.parse(process.env[FACTS] ?? 'null') as Facts;

if (!facts) {
  throw new Error('these tests need a cluster; run them with npm run test:cluster');
}
