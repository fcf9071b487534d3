import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Api } from '../cluster/api';
import type { Failure } from '../core/kubernetes/retry';
import { CliError, EXIT } from '../core/errors';
import { checkNamespace } from '../core/plan/namespaces';
import type { PlanFile } from '../core/plan/plan';
import { plainText } from '../core/text/plain-text';
import type { Terminal } from '../terminal/terminal';

/** The options of every command that talks to a cluster. */
export interface ClusterOptions {
  readonly dir: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly requestTimeout: number;
  readonly apiTimeout: number;
}

/** Adds the option for the folder of the plan. */
export function withDir(command: Command): Command {
  return command.option('-d, --dir <folder>', 'the folder that the synth wrote: plan.json and the stage folders', 'dist');
}

/** Adds the options of a command that compares a plan with a cluster. */
export function withCluster(command: Command): Command {
  return withConnection(withDir(command));
}

/** Adds the options that select the cluster and the user, as in kubectl. */
export function withConnection(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the kubeconfig file (default: the same as kubectl)')
    .option('--context <name>', 'the kubeconfig context to use')
    .option('-n, --namespace <name>', 'the namespace of objects that set none')
    .option('--as <user>', 'the user to impersonate')
    .option('--as-group <group...>', 'the groups to impersonate')
    .addOption(
      new Option('--request-timeout <duration>', 'the timeout of one request to the API server or to Prometheus; 0 for no limit')
        .argParser(duration)
        .default(15_000, '15s'),
    )
    .addOption(
      new Option(
        '--api-timeout <duration>',
        'how long to retry while the API server does not respond, and how long an exec plugin may take',
      )
        .argParser(duration)
        .default(120_000, '2m'),
    );
}

/** Adds the option for the output format: text for people, JSON for programs. */
export function withOutput(command: Command, formats: readonly string[]): Command {
  return command.addOption(new Option('-o, --output <format>', 'the output format').choices(formats).default(formats[0]));
}

/** Opens the connection to the cluster of a plan. The kubeconfig loader is imported here, so that commands without a cluster start at once. */
export async function openApi(
  options: ClusterOptions,
  plan: Pick<PlanFile, 'pairs'>,
  terminal: Terminal,
  signal?: AbortSignal,
): Promise<Api> {
  checkNamespace(plan, options.namespace);
  const [{ Api: ApiClass }, { KubeConnection }] = await Promise.all([import('../cluster/api'), import('../cluster/connection')]);
  const connection = KubeConnection.open(options, {
    timeout: options.apiTimeout || options.requestTimeout || LONGEST_PLUGIN,
    onLine: (line) => terminal.note(plainText(line)),
  });
  let lastNote = 0;
  const onRetry = (what: string, failure: Failure) => {
    if (performance.now() - lastNote > 5_000) {
      lastNote = performance.now();
      terminal.note(`  API server: ${plainText(failure.message)} (${what}); retrying`);
    }
  };
  const warned = new Set<string>();
  // The same warning comes with every dry run and every write of an object.
  const onWarning = (text: string) => {
    if (!warned.has(text)) {
      warned.add(text);
      terminal.note(`${terminal.paint('yellow', 'Warning:')} ${plainText(text)}`);
    }
  };
  return new ApiClass(connection, { timeout: options.requestTimeout, apiTimeout: options.apiTimeout, onRetry, onWarning, signal });
}

/** Milliseconds that an exec plugin may take if neither requests nor retries have a limit. */
const LONGEST_PLUGIN = 120_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parses a duration as kubectl writes it (`30s`, `5m`, `1m30s`) to milliseconds; `0` needs no unit. */
export function duration(text: string): number {
  if (text === '0') {
    return 0;
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a duration such as 30s, 5m or 1m30s`);
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
}

/** Parses a duration that is not zero. */
export function positive(text: string): number {
  const value = duration(text);
  if (value === 0) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be longer than 0`);
  }
  return value;
}

/** Returns a parser for a numeric option, from `least` to `most`. */
export function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
      throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a number from ${least} to ${most}`);
    }
    return value;
  };
}

/** Prints one sentence about the error that ended a command, and what to do next; returns the exit code. */
export function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CliError) {
    terminal.note(`${terminal.paint('red', 'error:')} ${plainText(error.message)}`);
    error.next.forEach((line) => terminal.note(`  ${plainText(line)}`));
    return error.code;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  terminal.note(`${terminal.paint('red', 'error:')} ${plainText(message)}`);
  terminal.note(`  this is a bug in kubectl-canary; please report it with this stack trace:\n${stack ?? ''}`);
  return EXIT.paused;
}
