import { Fraction } from '../../../../lib/core/fraction';
import { DEFAULT_GATES, type GatesEntry } from '../../../../lib/core/gates/settings';
import { PLAN_VERSION, type PairEntry, type PlanFile } from '../../../../lib/core/plan-file';
import { UsageError } from '../errors';

export type { PairEntry, PlanFile };

/** A pair that has a canary: one whose rollout can be carried out. */
export type RolloutPair = PairEntry & Required<Pick<PairEntry, 'canary'>>;

export function rolloutPairs(plan: PlanFile): readonly RolloutPair[] {
  return plan.pairs.filter((pair): pair is RolloutPair => pair.canary !== undefined);
}

/** What the gates of a pair are asked at a folder: of the stage, or of all; the defaults where the plan says nothing. */
export function gatesAt(pair: PairEntry, folder: string): GatesEntry {
  return pair.stages.find((stage) => stage.folder === folder)?.gates ?? pair.gates ?? DEFAULT_GATES;
}

/**
 * Reads `plan.json`. All that the command looks at later is looked at here, so that a file of any content is understood or
 * refused with the place that is wrong.
 *
 * @param where what to call it in messages
 */
export function readPlan(text: string, where: string): PlanFile {
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}: it is no JSON: ${(error as Error).message}`);
  }
  const reader = new Reader(where);
  const root = reader.record(plan, '');
  if (typeof root['version'] === 'number' && root['version'] > PLAN_VERSION) {
    throw new UsageError(
      `${where}: version: got ${root['version']}, and this command reads ${PLAN_VERSION}; take a newer kubectl-canary, or the one of the project that wrote it`,
    );
  }
  if (root['version'] !== PLAN_VERSION) {
    reader.wrong('version', root['version'], `be ${PLAN_VERSION}`);
  }
  const stages = reader.list(root['stages'], 'stages');
  stages.forEach((stage, n) => {
    const entry = reader.record(stage, `stages[${n}]`);
    reader.folder(entry['folder'], `stages[${n}].folder`);
    reader.share(entry['weight'], `stages[${n}].weight`);
  });
  const order = reader.record(root['order'], 'order');
  const advance = reader.folders(order['advance'], 'order.advance');
  const rollback = reader.record(order['rollback'], 'order.rollback');
  const known = new Set(advance);
  for (const [from, folders] of Object.entries(rollback)) {
    reader.folders(folders, `order.rollback.${from}`).forEach((folder) => known.add(folder));
  }
  for (const [n, stage] of stages.entries()) {
    const { folder } = stage as { folder: string };
    if (!advance.includes(folder)) {
      reader.wrong(`stages[${n}].folder`, folder, 'be in order.advance');
    }
  }
  reader.list(root['pairs'], 'pairs').forEach((pair, n) => readPair(reader, pair, `pairs[${n}]`, known));
  const cleanup = reader.record(root['cleanup'], 'cleanup');
  for (const list of ['afterPromotion', 'afterRollback']) {
    reader.list(cleanup[list], `cleanup.${list}`).forEach((ref, n) => {
      const entry = reader.record(ref, `cleanup.${list}[${n}]`);
      ['apiVersion', 'kind', 'name'].forEach((field) => reader.text(entry[field], `cleanup.${list}[${n}].${field}`));
    });
  }
  reader.list(root['findings'], 'findings').forEach((finding, n) => {
    const entry = reader.record(finding, `findings[${n}]`);
    ['code', 'level', 'path', 'message'].forEach((field) => reader.text(entry[field], `findings[${n}].${field}`));
  });
  for (const [file, digest] of Object.entries(reader.record(root['files'], 'files'))) {
    reader.text(digest, `files[${JSON.stringify(file)}]`);
    if (!isInside(file)) {
      reader.wrong('files', file, 'be a path below the folder of the plan');
    }
  }
  return plan as PlanFile;
}

function readPair(reader: Reader, value: unknown, path: string, folders: ReadonlySet<string>): void {
  const pair = reader.record(value, path);
  ['path', 'service', 'release'].forEach((field) => reader.text(pair[field], `${path}.${field}`));
  if (pair['namespace'] !== undefined) {
    reader.text(pair['namespace'], `${path}.namespace`);
  }
  if (pair['router'] !== 'pods' && pair['router'] !== 'istio') {
    reader.wrong(`${path}.router`, pair['router'], 'be pods or istio');
  }
  for (const track of ['stable', 'canary']) {
    if (track === 'stable' || pair[track] !== undefined) {
      const entry = reader.record(pair[track], `${path}.${track}`);
      ['deployment', 'version'].forEach((field) => reader.text(entry[field], `${path}.${track}.${field}`));
    }
  }
  reader.count(pair['baseline'], `${path}.baseline`);
  reader.count(pair['floor'], `${path}.floor`);
  reader.list(pair['stages'], `${path}.stages`).forEach((stage, n) => {
    const entry = reader.record(stage, `${path}.stages[${n}]`);
    reader.folder(entry['folder'], `${path}.stages[${n}].folder`);
    ['asked', 'achieved', 'error'].forEach((field) => reader.share(entry[field], `${path}.stages[${n}].${field}`));
    ['stable', 'canary'].forEach((field) => reader.count(entry[field], `${path}.stages[${n}].${field}`));
    if (entry['gates'] !== undefined) {
      readGates(reader, entry['gates'], `${path}.stages[${n}].gates`);
    }
  });
  if (pair['gates'] !== undefined) {
    readGates(reader, pair['gates'], `${path}.gates`);
  }
  const states = reader.record(pair['states'], `${path}.states`);
  for (const [folder, state] of Object.entries(states)) {
    const entry = reader.record(state, `${path}.states.${folder}`);
    ['stable', 'canary'].forEach((field) => reader.count(entry[field], `${path}.states.${folder}.${field}`));
    if (entry['route'] !== undefined) {
      reader.share(reader.record(entry['route'], `${path}.states.${folder}.route`)['canary'], `${path}.states.${folder}.route.canary`);
    }
  }
  for (const folder of folders) {
    if (states[folder] === undefined) {
      reader.wrong(`${path}.states`, Object.keys(states).join(', '), `have every folder that is applied, and ${folder} is missing`);
    }
  }
  reader.list(pair['transitions'], `${path}.transitions`).forEach((transition, n) => {
    const entry = reader.record(transition, `${path}.transitions[${n}]`);
    ['from', 'to'].forEach((field) => reader.folder(entry[field], `${path}.transitions[${n}].${field}`));
    ['fewestReady', 'mostPods'].forEach((field) => reader.count(entry[field], `${path}.transitions[${n}].${field}`));
    reader.share(entry['mostShare'], `${path}.transitions[${n}].mostShare`);
  });
}

function readGates(reader: Reader, value: unknown, path: string): void {
  const gates = reader.record(value, path);
  const rate = (of: Record<string, unknown>, name: string, at: string) => reader.number(of[name], `${at}.${name}`, 0, 1);
  ['alpha', 'beta'].forEach((name) => rate(gates, name, path));
  const errors = reader.record(gates['errors'], `${path}.errors`);
  ['tolerance', 'margin', ...(errors['limit'] === undefined ? [] : ['limit'])].forEach((name) => rate(errors, name, `${path}.errors`));
  if (gates['latency'] !== undefined) {
    const latency = reader.record(gates['latency'], `${path}.latency`);
    const quantiles = reader.list(latency['quantiles'], `${path}.latency.quantiles`);
    if (quantiles.length === 0) {
      reader.wrong(`${path}.latency.quantiles`, quantiles, 'have one at least');
    }
    quantiles.forEach((quantile, n) => reader.number(quantile, `${path}.latency.quantiles[${n}]`, 0, 1));
    ['tolerance', 'margin'].forEach((name) => reader.number(latency[name], `${path}.latency.${name}`, 0, 1_000));
    reader.number(latency['slackMilliseconds'], `${path}.latency.slackMilliseconds`, 0, 1e9);
  }
  if (typeof gates['share'] !== 'boolean') {
    reader.wrong(`${path}.share`, gates['share'], 'be true or false');
  }
  if (gates['traffic'] !== undefined) {
    const traffic = reader.record(gates['traffic'], `${path}.traffic`);
    rate(traffic, 'errorRate', `${path}.traffic`);
    reader.number(traffic['requestsPerSecond'], `${path}.traffic.requestsPerSecond`, 0, 1e9);
    reader.count(traffic['longestHoldSeconds'], `${path}.traffic.longestHoldSeconds`);
  }
}

/** A path that stays below where it is joined to. */
function isInside(path: string): boolean {
  return /^[^/\\\0]+(\/[^/\\\0]+)*$/.test(path) && !path.split('/').some((part) => part === '..' || part === '.');
}

/** Reads values of unknown form, and says of a wrong one where it is. */
class Reader {
  constructor(private readonly where: string) {}

  wrong(path: string, value: unknown, must: string): never {
    const got = value === undefined ? 'nothing' : JSON.stringify(value)?.slice(0, 60);
    throw new UsageError(`${this.where}: ${path || 'the file'}: got ${got}; must ${must}`);
  }

  record(value: unknown, path: string): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.wrong(path, value, 'be an object');
    }
    return value as Record<string, unknown>;
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (!Array.isArray(value)) {
      this.wrong(path, value, 'be a list');
    }
    return value as readonly unknown[];
  }

  text(value: unknown, path: string): string {
    if (typeof value !== 'string' || value === '') {
      this.wrong(path, value, 'be a text');
    }
    return value;
  }

  folder(value: unknown, path: string): string {
    const text = this.text(value, path);
    if (!isInside(text)) {
      this.wrong(path, value, 'be a path below the folder of the plan');
    }
    return text;
  }

  folders(value: unknown, path: string): string[] {
    return this.list(value, path).map((folder, n) => this.folder(folder, `${path}[${n}]`));
  }

  count(value: unknown, path: string): number {
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      this.wrong(path, value, 'be a whole number, 0 or more');
    }
    return value as number;
  }

  number(value: unknown, path: string, least: number, most: number): number {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      this.wrong(path, value, `be a number from ${least} to ${most}`);
    }
    return value;
  }

  share(value: unknown, path: string): Fraction {
    try {
      return Fraction.parse(this.text(value, path));
    } catch (error) {
      if (error instanceof UsageError) {
        throw error;
      }
      return this.wrong(path, value, 'be a share such as 1/10');
    }
  }
}
