import { rolloutsByCommand } from './shared/command';

rolloutsByCommand('pods');
