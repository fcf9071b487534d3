import { rolloutsByCommand } from './shared/command';

rolloutsByCommand('Istio');
