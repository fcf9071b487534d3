import { Command } from 'commander';
import { type JsonObject, toYaml } from '../../../lib/core/yaml';
import { SynthOutput } from '../synth-output/synth-output';
import { planText } from '../terminal/plan-text';
import type { Terminal } from '../terminal/terminal';
import { withDir, withOutput } from './common';

interface PlanOptions {
  readonly dir: string;
  readonly output: 'table' | 'wide' | 'json' | 'yaml';
}

export function planCommand(terminal: Terminal): Command {
  const command = new Command('plan')
    .description('show the stages of the plan: asked and achieved shares, pods, and findings')
    .argument('[dir]', 'the folder that the synth wrote (the same as --dir)')
    .addHelpText(
      'after',
      `
Examples:
  kubectl canary plan                     the plan in dist/
  kubectl canary plan dist/istio -o wide  another plan, with every transition
  kubectl canary plan -o json | jq .order`,
    );
  return withOutput(withDir(command), ['table', 'wide', 'json', 'yaml']).action((dir: string | undefined, options: PlanOptions) => {
    const { plan } = SynthOutput.open(dir ?? options.dir);
    switch (options.output) {
      case 'json':
        return terminal.print(JSON.stringify(plan, null, 2));
      case 'yaml':
        return terminal.print(toYaml(plan as unknown as JsonObject).trimEnd());
      default:
        return terminal.print(planText(plan, options.output === 'wide', terminal.paint, terminal.printWidth));
    }
  });
}
