/**
 * Measures this library and the alternative tools: a number of services with a canary release each, through Istio, in five stages. All
 * tools write equal objects (the bench checks this), each as its users would write them. All tools run in one session, in turn.
 *
 *   npm run bench:synth -- --help
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { run } from '../../test/support/command';
import { HELM } from '../../test/cluster/machine/programs';
import { type GoModule, buildGoModule, requiredModule } from '../../test/support/go-module';
import { type Row, markdownTable, measuredBy, writeMeasured } from '../../test/support/measured';
import { STAGES, objectsOf, serviceName } from './objects';
import { startUp } from './start-up';
import { type Tool, toolsOf } from './tools';

const HELP = `npm run bench:synth -- [options]

  --sizes LIST    numbers of services (default: 1,10,100,1000,10000)
  --runs N        runs of each tool at each size (default: 5); the median counts
  --longest N     leave a tool out where a run takes more seconds than this (default: 60)
  --record        write the tables to docs/measured.md
  --help          this text

Needs Go, to build the other tools; they are kept for the next time.`;

const PEERS: readonly { module: GoModule; path: string }[] = [
  { module: HELM, path: 'helm.sh/helm/v3' },
  {
    module: { folder: folderOf('kustomize'), programs: { kustomize: 'sigs.k8s.io/kustomize/kustomize/v5' }, takes: 'a minute' },
    path: 'sigs.k8s.io/kustomize/kustomize/v5',
  },
  {
    module: { folder: folderOf('jsonnet'), programs: { jsonnet: 'github.com/google/go-jsonnet/cmd/jsonnet' }, takes: 'half a minute' },
    path: 'github.com/google/go-jsonnet',
  },
];
const MEASURE: GoModule = { folder: folderOf('measure'), programs: { measure: '.' }, takes: 'some seconds' };

function folderOf(module: string): string {
  return join(__dirname, 'go', module);
}

const say = (text: string) => console.error(text);

interface Measured {
  readonly seconds: number;
  /** In kilobytes. */
  readonly peakMemory: number;
  /** Whether the bench killed it because it exceeded the time limit. */
  readonly tooLong: boolean;
}

/** Runs commands as separate processes, in folders that are empty at the start. */
class Bench {
  private readonly work = mkdtempSync(join(tmpdir(), 'canary-bench-'));
  private runs = 0;

  /** @param longest the time limit of a run, in seconds */
  constructor(
    private readonly measureProgram: string,
    private readonly longest: number,
  ) {}

  /** Creates the folder with a tool's input. */
  prepare(tool: Tool, count: number): string {
    const folder = join(this.work, 'inputs', `${tool.name.replace(/\W+/g, '-')}-${count}`);
    mkdirSync(folder, { recursive: true });
    tool.prepare?.(folder, count);
    return folder;
  }

  /** Creates an empty output folder. */
  outdir(): string {
    this.runs += 1;
    const outdir = join(this.work, 'outputs', String(this.runs));
    mkdirSync(outdir, { recursive: true });
    return outdir;
  }

  async measure(command: readonly string[]): Promise<Measured> {
    const report = join(this.work, 'report.json');
    await run([this.measureProgram, report, `${this.longest}s`, ...command]);
    return JSON.parse(readFileSync(report, 'utf8')) as Measured;
  }

  /** The median of this many runs, in seconds. */
  async median(command: readonly string[], runs: number): Promise<number> {
    const seconds: number[] = [];
    for (let round = 0; round < runs; round += 1) {
      seconds.push((await this.measure(command)).seconds);
    }
    return median(seconds);
  }

  forget(outdir: string): void {
    rmSync(outdir, { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.work, { recursive: true, force: true });
  }
}

/** The objects that a tool wrote for a stage, as text for comparison, without the annotations that only our library writes. */
function objectsIn(outdir: string, folder: string): string[] {
  const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.startsWith(`${folder}/`) || file === `${folder}.yaml`,
  );
  const texts = files.filter((file) => file.endsWith('.yaml')).map((file) => readFileSync(join(outdir, file), 'utf8'));
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Record<string, any> | null));
  return objects
    .filter((object) => object !== null)
    .map((object) => {
      delete object.metadata.annotations;
      return canonical(object);
    })
    .sort();
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

async function checkEqual(bench: Bench, tools: readonly Tool[], count: number): Promise<void> {
  for (const tool of tools) {
    const outdir = bench.outdir();
    await run(tool.command(bench.prepare(tool, count), count, outdir));
    for (const stage of STAGES) {
      const wanted = Array.from({ length: count }, (_, n) => objectsOf(serviceName(n), stage).map(canonical))
        .flat()
        .sort();
      const got = objectsIn(outdir, stage.folder);
      const missing = wanted.filter((object) => !got.includes(object));
      if (got.length !== wanted.length || missing.length > 0) {
        throw new Error(
          `${tool.name}, ${stage.folder}: ${got.length} objects of ${wanted.length}, missing ${missing[0]}\ngot ${got.filter((object) => !wanted.includes(object))[0]}`,
        );
      }
    }
    bench.forget(outdir);
  }
  say(`all tools write equal objects (${count} services, ${STAGES.length} stages)`);
}

type Results = Map<string, Map<number, Measured>>;

/** Measures every tool at every size. The tools run in turn, so that other load on the machine affects all of them. */
async function measureAll(
  bench: Bench,
  tools: readonly Tool[],
  options: { sizes: readonly number[]; runs: number; longest: number },
): Promise<Results> {
  const results: Results = new Map(tools.map(({ name }) => [name, new Map<number, Measured>()]));
  for (const [index, count] of options.sizes.entries()) {
    const before = options.sizes[index - 1];
    // The time of every tool here grows at least linearly with the number of services.
    const able = tools.filter(({ name }) => {
      const last = before === undefined ? undefined : results.get(name)!.get(before);
      return before === undefined || (last && (last.seconds * count) / before <= options.longest);
    });
    const inputs = new Map(able.map((tool) => [tool, bench.prepare(tool, count)]));
    const runs = new Map<Tool, Measured[]>(able.map((tool) => [tool, []]));
    for (let round = 0; round < options.runs; round += 1) {
      for (const tool of [...runs.keys()]) {
        const outdir = bench.outdir();
        const measured = await bench.measure(tool.command(inputs.get(tool)!, count, outdir));
        bench.forget(outdir);
        say(
          `${count} services, round ${round + 1}, ${tool.name}: ${measured.tooLong ? 'more than ' : ''}${measured.seconds.toFixed(2)} s, ${megabytes(measured)} MB`,
        );
        if (measured.tooLong) {
          runs.delete(tool);
        } else {
          runs.get(tool)!.push(measured);
        }
      }
    }
    for (const [tool, list] of runs) {
      const seconds = median(list.map((one) => one.seconds));
      results.get(tool.name)!.set(count, { seconds, peakMemory: median(list.map((one) => one.peakMemory)), tooLong: false });
    }
  }
  return results;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const megabytes = ({ peakMemory }: Measured) => Math.round(peakMemory / 1024);

/** The time at each size in seconds and relative to ours, then the memory and its growth. */
function tableOf(results: Results, sizes: readonly number[]): Row[] {
  const ours = results.get('ours')!;
  return [...results].map(([name, own]) => ({
    tool: name,
    ...Object.fromEntries(
      sizes.map((count) => {
        const measured = own.get(count);
        const ratio = measured && measured.seconds / ours.get(count)!.seconds;
        return [
          `${count} services`,
          measured ? `${measured.seconds.toFixed(2)} s${name === 'ours' ? '' : ` (×${ratio!.toFixed(1)})`}` : 'too long',
        ];
      }),
    ),
    ...Object.fromEntries(
      sizes.filter((count) => count >= 1000).map((count) => [`memory, ${count}`, own.has(count) ? `${megabytes(own.get(count)!)} MB` : '']),
    ),
    ...growthOf(own),
  }));
}

function growthOf(own: ReadonlyMap<number, Measured>): Row {
  const [from, to] = [own.get(1000), own.get(10_000)];
  return from && to ? { '1,000 to 10,000': `×${(to.seconds / from.seconds).toFixed(1)}` } : {};
}

/** The output of our library at a size, and the time to write its bytes alone. */
async function floorOf(bench: Bench, ours: Tool, count: number, runs: number): Promise<Row> {
  const from = bench.outdir();
  await run(ours.command('', count, from));
  const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
  const seconds: number[] = [];
  for (let round = 0; round < runs; round += 1) {
    const outdir = bench.outdir();
    seconds.push(Number(await run([process.execPath, '--import', 'tsx', join(__dirname, 'floor.ts'), outdir, from])));
    bench.forget(outdir);
  }
  const again = await bench.median(ours.command('', count, from), runs);
  bench.forget(from);
  return {
    services: count,
    files: files.length,
    megabytes: Math.round(bytes / 2 ** 20),
    'to write the bytes alone': `${median(seconds).toFixed(2)} s`,
    'a second synth, nothing changed': `${again.toFixed(2)} s`,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '1,10,100,1000,10000' },
      runs: { type: 'string', default: '5' },
      longest: { type: 'string', default: '60' },
      record: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const bin: Record<string, string> = {};
  const versions: string[] = [];
  for (const { module, path } of PEERS) {
    const { folder } = await buildGoModule(module, say);
    Object.keys(module.programs).forEach((name) => (bin[name] = join(folder, name)));
    versions.push(`${path} ${(await requiredModule(module.folder, path)).Version}`);
  }
  const bench = new Bench(join((await buildGoModule(MEASURE, say)).folder, 'measure'), Number(values.longest));
  try {
    const tools = toolsOf(bin);
    await checkEqual(bench, tools, 10);
    const [sizes, runs] = [values.sizes.split(',').map(Number), Number(values.runs)];
    const results = tableOf(await measureAll(bench, tools, { sizes, runs, longest: Number(values.longest) }), sizes);
    const floors: Row[] = [];
    for (const count of sizes.filter((size) => size >= 1000)) {
      floors.push(await floorOf(bench, tools[0]!, count, runs));
    }
    const starts = await startUp((command) => bench.median(command, runs));
    const text = pageOf({ results, floors, starts, versions, runs, longest: Number(values.longest) });
    console.log(text);
    if (values.record) {
      writeMeasured('synth', text);
    }
  } finally {
    bench.remove();
  }
}

function pageOf(of: {
  results: readonly Row[];
  floors: readonly Row[];
  starts: readonly Row[];
  versions: readonly string[];
  runs: number;
  longest: number;
}): string {
  return `## Synth

${measuredBy('npm run bench:synth -- --record', of.versions)}

So many services, each with a Service, two Deployments, a DestinationRule and a VirtualService, at five stages. All tools write
equal objects; each input is written as the tool's users would. Medians of ${of.runs} runs of whole processes, the tools in turn. In
brackets the ratio to ours. Ours writes thirteen folders and a plan, the others the five stages; "too long" is more than
${of.longest} seconds.

${markdownTable(of.results)}

What ours writes, what the bytes alone take, and a synth that finds nothing to change:

${markdownTable(of.floors)}

Where the time of a small synth goes, each line with all that is above it:

${markdownTable(of.starts)}`;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
