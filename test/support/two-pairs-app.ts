/**
 * Synthesizes the two pairs in a process of its own:
 *
 *   node --import tsx test/support/two-pairs-app.ts OUTDIR [SEED] [PERCENT,PERCENT,…]
 */
import { CanaryApp } from '../../lib';
import { declareTwoPairs } from './two-pairs';

const [outdir, seed = '0', percentages = '10,25,50,100'] = process.argv.slice(2);
const app = new CanaryApp({ outdir, quiet: true });
declareTwoPairs(app, Number(seed), percentages.split(',').map(Number));
app.synth();
