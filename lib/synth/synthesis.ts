import { createHash } from 'node:crypto';
import { ApiObject, YamlOutputType } from 'cdk8s';
import { CLEANUP, STAGE_0 } from '../core/folders';
import { Finding } from '../core/finding';
import { Plan, PlannedStage } from '../core/plan';
import { ObjectEntry, PLAN_VERSION, PairEntry, PlanFile, TrackEntry, compareWithPrevious } from '../core/plan-file';
import { Rollout, joinPlans } from '../core/rollout';
import { State } from '../core/transition';
import { joinDocuments, toYaml } from '../core/yaml';
import { accepted } from '../findings';
import { CanaryPair } from '../pair';
import { Track } from '../track';
import { examine } from './examine';
import { FileOfObjects, layOut } from './layout';
import { Template, Tree, fillIn } from './tree';

/** What a synth decides, before anything is written. */
export interface Synthesis {
  readonly rollout: Rollout;
  /** Every file but the plan, by its path in the output folder. */
  readonly files: ReadonlyMap<string, string>;
  /** The folders that only a synth may write to. */
  readonly folders: readonly string[];
  readonly plan: PlanFile;
  /** What the plan before has to say about this one. It is shown, but not part of the plan: a second synth must not differ. */
  readonly history: readonly Finding[];
}

export interface SynthesisOptions {
  readonly outputType: YamlOutputType;
  readonly extension: string;
  /** Whether to tell cdk8s's validation plugins which construct each object is from. */
  readonly recordsMetadata: boolean;
  readonly previous: PlanFile | undefined;
}

/**
 * Decides what a synth writes. Nothing is written here, and every error of the app is found and said together.
 *
 * @throws one error with all sentences, if any finding is an error
 */
export function synthesize(root: ConstructorParameters<typeof Tree>[0], options: SynthesisOptions): Synthesis {
  const tree = new Tree(root);
  const { templates, findings } = examine(tree);
  throwErrors(findings);

  const all = [...templates.values()].flat();
  const rollout = joinPlans(tree.pairs.map((pair) => pair._plan()));
  const files = new StageFiles(layOut(templates, { ...options, chartsDepend: tree.chartsDepend })).write(rollout);
  const cleanup = cleanupOf(tree.pairs, all);
  addStubs(files, cleanup.afterPromotion, options.extension);
  if (options.recordsMetadata) {
    const resources = Object.fromEntries(all.map(({ construct }) => [construct.name, { path: construct.node.path }]));
    files.set('construct-metadata.json', JSON.stringify({ version: '1.0.0', resources }));
  }

  const pairs = tree.pairs.map((pair) => pairEntry(pair, rollout));
  const previous = options.previous;
  const history = previous
    ? tree.pairs.flatMap((pair, index) => accepted(compareWithPrevious(pairs[index]!, previous), pair._props.accept))
    : [];
  throwErrors(history);

  const plan: PlanFile = {
    version: PLAN_VERSION,
    stages: rollout.stages.map(({ folder, weight }) => ({ folder, weight: weight.toString() })),
    order: { advance: rollout.advance, rollback: rollout.rollback },
    pairs,
    cleanup,
    findings,
    files: Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, content]) => [file, digest(content)])),
  };
  return { rollout, files, folders: [...rollout.folders, ...(cleanup.afterPromotion.length > 0 ? [CLEANUP] : [])], plan, history };
}

/** One stage of a tree as one text. */
export function synthesizeStage(
  root: ConstructorParameters<typeof Tree>[0],
  folder: string,
  options: SynthesisOptions,
): ReadonlyMap<string, string> {
  const { files, rollout } = synthesize(root, options);
  if (!rollout.folders.includes(folder)) {
    throw new Error(`stage: got ${JSON.stringify(folder)}; must be one of ${rollout.folders.join(', ')}`);
  }
  return new Map(
    [...files].filter(([file]) => file.startsWith(`${folder}/`)).map(([file, content]) => [file.slice(folder.length + 1), content]),
  );
}

function throwErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length > 0) {
    const sentences = [...new Set(errors.map(({ path, message }) => `[${path}] ${message}`))];
    throw new Error(
      `${sentences.length === 1 ? 'an error' : `${sentences.length} errors`}, nothing was written:\n  ${sentences.join('\n  ')}`,
    );
  }
}

/** Writes the files of every folder. A document that a stage does not change is written once and used again. */
class StageFiles {
  private readonly documents = new Map<Template, Map<string, string>>();

  constructor(private readonly layout: readonly FileOfObjects[]) {}

  write(rollout: Rollout): Map<string, string> {
    const files = new Map<string, string>();
    for (const folder of rollout.folders) {
      for (const { path, templates } of this.layout) {
        files.set(`${folder}/${path}`, joinDocuments(templates.map((template) => this.document(template, folder))));
      }
    }
    return files;
  }

  private document(template: Template, folder: string): string {
    const values = JSON.stringify(template.holes.map(({ value }) => value.at(folder) ?? null));
    const written = this.documents.get(template) ?? new Map<string, string>();
    this.documents.set(template, written);
    const text = written.get(values) ?? toYaml(fillIn(template, folder));
    written.set(values, text);
    return text;
  }
}

/** What is over when a rollout is: after a promotion the Deployment that was stable, after a rollback the canary's. */
function cleanupOf(pairs: readonly CanaryPair[], templates: readonly Template[]): PlanFile['cleanup'] {
  const byConstruct = new Map(templates.map(({ construct, json }) => [construct, json]));
  const entry = (track: Track): ObjectEntry => {
    const { namespace, name } = byConstruct.get(ApiObject.of(track))!.metadata as { namespace?: string; name: string };
    return { apiVersion: 'apps/v1', kind: 'Deployment', ...(namespace === undefined ? {} : { namespace }), name };
  };
  const inFlight = pairs.filter(({ canary }) => canary !== undefined);
  return {
    afterPromotion: inFlight.map((pair) => entry(pair._isRolled() ? pair.canary! : pair.stable)),
    afterRollback: inFlight.map(({ canary }) => entry(canary!)),
  };
}

/** Enough for `kubectl delete -f`, and too little to be applied. */
function addStubs(files: Map<string, string>, objects: readonly ObjectEntry[], extension: string): void {
  if (objects.length > 0) {
    const stubs = objects.map(({ apiVersion, kind, ...metadata }) => toYaml({ apiVersion, kind, metadata }));
    files.set(`${CLEANUP}/after-promotion${extension}`, joinDocuments(stubs));
  }
}

function pairEntry(pair: CanaryPair, rollout: Rollout): PairEntry {
  const plan = pair._plan();
  const { namespace } = ApiObject.of(pair.service).metadata;
  const folders = pair.canary ? rollout.folders : [STAGE_0];
  return {
    path: pair.node.path,
    ...(namespace === undefined ? {} : { namespace }),
    service: pair.service.name,
    router: pair._router ? 'istio' : 'pods',
    promotion: pair._isRolled() ? 'roll' : 'swap',
    release: pair._release(),
    baseline: pair._baseline(),
    floor: pair._props.floor ?? pair._baseline(),
    stable: trackEntry(pair.stable),
    ...(pair.canary && { canary: trackEntry(pair.canary) }),
    stages: plan.stages.map(stageEntry),
    costs: costsOf(pair),
    states: Object.fromEntries(folders.map((folder) => [folder, stateEntry(pair._stateAt(folder))])),
    transitions: transitionsOf(plan, rollout),
  };
}

function costsOf(pair: CanaryPair): PairEntry['costs'] {
  const entries = pair.canary ? pair._alternatives() : [];
  return Object.fromEntries(entries.map(({ name, cost }) => [name, { ...cost, worstError: cost.worstError.toString() }]));
}

function trackEntry({ name, version, subsetName }: Track): TrackEntry {
  return { deployment: name, version, subset: subsetName };
}

function stageEntry({ folder, weight, split, achieved, optimum }: PlannedStage): PairEntry['stages'][number] {
  return {
    folder,
    asked: weight.toString(),
    achieved: achieved.toString(),
    error: achieved.minus(weight).toString(),
    ...split,
    ...(optimum && { optimum: { ...optimum.split, error: optimum.achieved.minus(weight).toString() } }),
  };
}

function stateEntry({ stable, canary, route }: State): PairEntry['states'][string] {
  return {
    stable,
    canary,
    ...(route && { route: { canary: route.weight.toString(), matched: route.matchedToCanary ? 'canary' : 'stable' } }),
  };
}

/** Only between folders that are there: a pair stays where it is in a folder that others need. */
function transitionsOf(plan: Plan, rollout: Rollout): PairEntry['transitions'] {
  return plan.transitions
    .filter(({ from, to }) => rollout.folders.includes(from) && rollout.folders.includes(to))
    .map(({ from, to, fewestReady, mostPods, mostShare }) => ({ from, to, fewestReady, mostPods, mostShare: mostShare.toString() }));
}

function digest(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
