import { runAuto } from './shared/auto';

runAuto('Istio');
