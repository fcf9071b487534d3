import type { Command } from 'commander';
import { SynthOutput } from '../synth-output/synth-output';
import { restingStages } from '../core/plan/path';

/** kubectl's directive to offer nothing else, such as file names. */
const NO_FILES = 4;
/** kubectl's default directive, which completes file names. */
const FILES = 0;

/** Options whose value is a folder or a file. */
const PATHS = ['--dir', '-d', '--filename', '-f', '--kubeconfig', '--out', '--record'];

/**
 * Returns completions in the form that kubectl expects of a plugin: lines of a word, a tab and its meaning, then a directive.
 *
 * @param words the words typed after `kubectl canary`; the last one is unfinished and may be empty
 */
export function complete(program: Command, words: readonly string[]): string {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = program.commands.find((one) => one.name() === before.find((word) => !word.startsWith('-')));
  const { offers, directive } = offersFor(program, command, before, typed);
  const lines = offers.filter(([word]) => word.startsWith(typed)).map(([word, text]) => `${word}\t${text.split('\n')[0]}`);
  return [...lines, `:${directive}`].join('\n');
}

interface Offers {
  readonly offers: readonly (readonly [string, string])[];
  readonly directive: number;
}

function offersFor(program: Command, command: Command | undefined, before: readonly string[], typed: string): Offers {
  const of = (offers: Offers['offers'], directive = NO_FILES): Offers => ({ offers, directive });
  if (!command) {
    return of(program.commands.map((one) => [one.name(), one.description()]));
  }
  const last = before.at(-1);
  const option = command.options.find(({ short, long }) => last !== undefined && (last === short || last === long));
  if (option && (option.required || option.optional)) {
    if (option.argChoices) {
      return of(option.argChoices.map((choice) => [choice, '']));
    }
    if (option.long === '--until') {
      return of(stages(before, 'stops'));
    }
    return of([], PATHS.includes(last!) ? FILES : NO_FILES);
  }
  if (typed.startsWith('-')) {
    return of(command.options.map(({ long, description }) => [long ?? '', description]));
  }
  switch (command.name()) {
    case 'advance':
      return of(stages(before, 'stops'));
    case 'diff':
      return of(stages(before, 'folders'));
    case 'plan':
      return of([], FILES);
    default:
      return of([]);
  }
}

/** The stages or the folders of the plan in `--dir`; empty if there is no plan. */
function stages(before: readonly string[], which: 'stops' | 'folders'): [string, string][] {
  const flag = before.findIndex((word) => word === '--dir' || word === '-d');
  try {
    const release = SynthOutput.open((flag >= 0 ? before[flag + 1] : undefined) ?? 'dist');
    return (which === 'stops' ? restingStages(release.plan) : release.folders).map((folder) => [folder, '']);
  } catch {
    return [];
  }
}
