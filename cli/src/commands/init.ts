import { Command, InvalidArgumentError } from 'commander';
import type { JsonObject } from '../../../lib/core/yaml';
import { UsageError } from '../core/errors';
import { type Declared, declare } from '../core/init/declare';
import { withoutAssigned } from '../core/init/live';
import { creationsOf, referencesOf } from '../core/init/literal-secrets';
import { chartName } from '../core/init/names';
import { flatten } from '../core/init/select';
import { WORKLOAD_KINDS } from '../core/init/workload';
import { LAST_APPLIED } from '../core/kubernetes/last-applied';
import { appFiles } from '../init/app-files';
import { readManifests } from '../init/read-manifests';
import { refuseExisting, writeNewFolder } from '../init/write-folder';
import { initText } from '../terminal/init-text';
import type { Terminal } from '../terminal/terminal';
import { type ClusterOptions, openApi, withConnection, withOutput } from './common';

interface InitCommandOptions extends Omit<ClusterOptions, 'dir'> {
  readonly filename?: readonly string[];
  readonly to?: string;
  readonly stages?: readonly number[];
  readonly language: 'typescript';
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly output: 'text' | 'json';
}

export function initCommand(terminal: Terminal): Command {
  const command = new Command('init')
    .description('write an app that declares a service which runs already, from its manifests or from the cluster')
    .argument('[workload]', 'deployment/NAME, rollout/NAME or canary/NAME; without -f it is read from the cluster')
    .option('-f, --filename <path...>', 'manifests: files, folders, or - for standard input')
    .option('--to <image>', 'the image of the new version (default: none, so that the app declares what runs)')
    .option('--stages <percentages>', 'the weights of the stages, such as 10,50,100', percentages)
    .option('--language <language>', 'the language of the app', language, 'typescript')
    .option('--out <folder>', "the folder of the app, which must be new (default: the workload's name)")
    .option('--dry-run', 'print the program, and write nothing')
    .addHelpText(
      'after',
      `
Examples:
  kubectl canary init -f deployment.yaml -f service.yaml --to shop:1.1   from files
  helm template shop ./chart | kubectl canary init deployment/shop -f -  from a Helm chart
  kubectl canary init deployment/shop -n apps --to shop:1.1              from the cluster
  kubectl canary init -f manifests/ --dry-run                            only show the program

Exit codes: 2 the input cannot be read; 3 no pair can express the workload. Nothing is ever overwritten.`,
    );
  return withOutput(withConnection(command), ['text', 'json']).action(async (workload: string | undefined, options: InitCommandOptions) => {
    const wanted = workload === undefined ? undefined : checkWorkload(workload);
    if (options.out !== undefined && !options.dryRun) {
      refuseExisting(options.out);
    }
    const documents = options.filename ? readManifests(options.filename) : await readCluster(wanted, options, terminal);
    const objects = flatten(documents).map(withoutAssigned);
    const declared = declare(objects, {
      workload: wanted,
      image: options.to,
      weights: options.stages,
      isWholeNamespace: options.filename === undefined,
    });
    const name = chartName(declared.workload.name);
    const folder = options.out ?? name;
    const files = appFiles(name, declared.program);
    if (!options.dryRun) {
      writeNewFolder(folder, files);
    }
    show({ declared, folder, files, options }, terminal);
  });
}

interface Result {
  readonly declared: Declared;
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
  readonly options: InitCommandOptions;
}

function show({ declared, folder, files, options }: Result, terminal: Terminal): void {
  const next = nextCommands(folder, options.to !== undefined, declared);
  if (options.output === 'json') {
    const shown = options.dryRun ? { files } : { files: Object.keys(files) };
    terminal.print(JSON.stringify({ folder, isWritten: !options.dryRun, ...shown, ...declared.report, next }, null, 2));
    return;
  }
  const report = initText(declared.report, terminal.paint);
  if (options.dryRun) {
    terminal.print(declared.program.trimEnd());
    terminal.note(report);
    return;
  }
  terminal.print(`${folder}/ declares ${declared.report.workload}: ${Object.keys(files).join(', ')}\n\n${report}\n`);
  terminal.print([terminal.paint('bold', 'Next'), ...next.map((line) => `  ${line}`)].join('\n'));
}

function nextCommands(folder: string, hasCanary: boolean, { autoscaling, secrets, workload }: Declared): string[] {
  const namespace = workload.namespace === undefined ? '' : ` --namespace ${workload.namespace}`;
  const replaced = autoscaling?.replaced;
  return [
    `cd ${folder} && npm install && npm run synth`,
    ...creationsOf(secrets, workload),
    // kubectl apply cannot remove a value that kubectl create or Helm set; kubectl canary can.
    ...(hasCanary ? [] : referencesOf(secrets, workload)),
    // If its last manifest had a count, kubectl apply would set it to 1. Without the annotation kubectl does not know what that was.
    ...(autoscaling && !hasCanary ? [`kubectl annotate deployment ${workload.name} ${LAST_APPLIED}-${namespace}`] : []),
    hasCanary && (autoscaling || secrets.length > 0) ? 'kubectl canary diff stage-0' : 'kubectl diff -f dist/stage-0',
    ...(replaced === undefined ? [] : [`kubectl delete hpa ${replaced}${namespace}`]),
    hasCanary ? 'kubectl canary run' : 'kubectl apply -f dist/stage-0',
  ];
}

function checkWorkload(workload: string): string {
  const [kind = '', name = '', ...rest] = workload.split('/');
  if (rest.length > 0 || name === '' || !Object.hasOwn(WORKLOAD_KINDS, kind.toLowerCase())) {
    const known = Object.keys(WORKLOAD_KINDS).map((word) => `${word}/NAME`);
    throw new UsageError(`workload: got ${JSON.stringify(workload)}; must be one of ${known.join(', ')}`);
  }
  return `${kind.toLowerCase()}/${name}`;
}

async function readCluster(wanted: string | undefined, options: InitCommandOptions, terminal: Terminal): Promise<readonly JsonObject[]> {
  if (wanted === undefined) {
    throw new UsageError('nothing to read; pass manifests with -f, or deployment/NAME to read it from the cluster');
  }
  const [kind, name] = wanted.split('/');
  if (kind !== 'deployment') {
    throw new UsageError(
      `workload: got ${wanted}; must be deployment/NAME to be read from the cluster; pass the manifests of others with -f`,
    );
  }
  const api = await openApi({ ...options, dir: '' }, { pairs: [] }, terminal);
  const { readLive } = await import('../init/read-live');
  return (await readLive(api, name!)) as readonly JsonObject[];
}

/** Parses `10,50,100`. The library checks the rest, but a program that does not synthesize must not be written. */
function percentages(text: string): number[] {
  const weights = text.split(',').map((part) => (/^\d+(\.\d{1,6})?$/.test(part.trim()) ? Number(part) : NaN));
  const isRising = weights.every((weight, index) => weight > 0 && weight <= 100 && (index === 0 || weight > weights[index - 1]!));
  if (!isRising || weights.at(-1) !== 100) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be rising percentages of which the last is 100, such as 10,50,100`);
  }
  return weights;
}

function language(text: string): string {
  if (text !== 'typescript') {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be typescript`);
  }
  return text;
}
