import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { FIELDS, STAGES, type Stage, objectsOf, serviceName } from './objects';

/** A tool in the bench, with what it needs to write the objects of a number of services at all stages. */
export interface Tool {
  readonly name: string;
  /** Creates the tool's input; this is not measured. */
  readonly prepare?: (folder: string, count: number) => void;
  /** The command that writes everything below `outdir`, a folder or a file for each stage. */
  readonly command: (folder: string, count: number, outdir: string) => readonly string[];
}

const program = (file: string) => (_: string, count: number, outdir: string) => [
  process.execPath,
  '--require',
  'tsx/cjs',
  join(__dirname, file),
  String(count),
  outdir,
];

/** @param bin the Go programs by their names */
export function toolsOf(bin: Readonly<Record<string, string>>): Tool[] {
  return [
    { name: 'ours', command: program('ours.ts') },
    { name: 'cdk8s, a chart per service', command: program('cdk8s-charts.ts') },
    { name: 'cdk8s, one chart', command: program('cdk8s-one-chart.ts') },
    {
      name: 'helm template',
      prepare: prepareHelm,
      command: (folder, _, outdir) => shell(`${bin['helm']} template services ${folder} -f ${folder}/%s.yaml > ${outdir}/%s.yaml`),
    },
    {
      name: 'kustomize build',
      prepare: prepareKustomize,
      command: (folder, _, outdir) => shell(`${bin['kustomize']} build ${folder}/%s > ${outdir}/%s.yaml`),
    },
    {
      name: 'go-jsonnet',
      command: (_, count, outdir) => [
        ...[bin['jsonnet']!, '--string', '--multi', outdir, '--tla-code', `count=${count}`],
        ...['--tla-code', `stages=${JSON.stringify(STAGES)}`, join(__dirname, 'jsonnet', 'services.jsonnet')],
      ],
    },
  ];
}

/** Runs a command once for each stage, in sequence; `%s` is the stage. */
function shell(command: string): string[] {
  return ['sh', '-ec', STAGES.map(({ folder }) => command.replaceAll('%s', folder)).join('\n')];
}

function prepareHelm(folder: string, count: number): void {
  cpSync(join(__dirname, 'helm'), folder, { recursive: true });
  const services = Array.from({ length: count }, (_, n) => ({ name: serviceName(n), stable: '1.0', canary: '1.1' }));
  writeFileSync(join(folder, 'values.yaml'), stringify({ fields: FIELDS, services }));
  STAGES.forEach((stage) => writeFileSync(join(folder, `${stage.folder}.yaml`), stringify({ stage })));
}

/** Writes a base with both destinations in every route, and an overlay for each stage with the differences. */
function prepareKustomize(folder: string, count: number): void {
  const base = join(folder, 'base');
  mkdirSync(base, { recursive: true });
  const names = Array.from({ length: count }, (_, n) => serviceName(n));
  for (const name of names) {
    const texts = objectsOf(name, STAGES[1]!).map((object) => stringify(object));
    writeFileSync(join(base, `${name}.yaml`), texts.join('---\n'));
  }
  writeFileSync(join(base, 'kustomization.yaml'), stringify({ resources: names.map((name) => `${name}.yaml`) }));
  for (const stage of STAGES) {
    const overlay = join(folder, stage.folder);
    mkdirSync(overlay, { recursive: true });
    writeFileSync(join(overlay, 'kustomization.yaml'), stringify({ resources: ['../base'], patches: patchesOf(stage) }));
  }
}

function patchesOf({ stable, canary, weight }: Stage): object[] {
  const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });
  const routes = [
    ...(weight === 0 ? [replace('/spec/http/0/route/0/destination/subset', 'v1-0')] : []),
    replace('/spec/http/1/route/0/weight', 100 - weight),
    replace('/spec/http/1/route/1/weight', weight),
    ...(weight === 0 ? [{ op: 'remove', path: '/spec/http/1/route/1' }] : []),
    ...(weight === 100 ? [{ op: 'remove', path: '/spec/http/1/route/0' }] : []),
  ];
  const replicas = (track: string, count: number) => ({
    target: { kind: 'Deployment', labelSelector: `track=${track}` },
    patch: stringify([replace('/spec/replicas', count)]),
  });
  return [replicas('stable', stable), replicas('canary', canary), { target: { kind: 'VirtualService' }, patch: stringify(routes) }];
}
