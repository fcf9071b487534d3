import { rollouts } from './shared/rollouts';

rollouts('Istio');
