import { runAuto } from './shared/auto';

runAuto('pods');
