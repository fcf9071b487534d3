import { rollouts } from './shared/rollouts';

rollouts('pods');
