import { ApiObject, type YamlOutputType } from 'cdk8s';
import type { Construct } from 'constructs';
import { CLEANUP } from '../core/folders';
import { compareWithPrevious } from '../core/compare-plans';
import type { Finding } from '../core/finding';
import { type FindingEntry, type ObjectEntry, type OutsideEntry, PLAN_VERSION, type PlanFile } from '../core/plan-file';
import { mayBeOutside } from '../core/scope';
import { type Rollout, joinPlans } from '../core/rollout';
import { joinDocuments, toYaml } from '../core/yaml';
import { accepted } from '../findings';
import type { CanaryPair } from '../pair';
import type { Track } from '../track';
import { renderAndValidate } from './render-and-validate';
import { layOut } from './layout';
import { Files } from './files';
import { PairEntries } from './pair-entries';
import { ConstructTree } from './construct-tree';
import type { RenderedObjects } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

/** The result of a synth, before anything is written. */
export interface Synthesis {
  readonly rollout: Rollout;
  /** Every file except the plan. */
  readonly files: Files;
  /** The folders that only a synth may write to. */
  readonly folders: readonly string[];
  /** Makes the plan from the digests of the files. */
  readonly planWith: (digests: ReadonlyMap<string, string>) => PlanFile;
  /**
   * The findings of the comparison with the previous plan. They are printed but are not part of the plan, because a second synth must write
   * the same plan.
   */
  readonly history: readonly Finding[];
}

export interface SynthesisOptions {
  readonly outputType: YamlOutputType;
  readonly extension: string;
  /** Whether to record the construct of each object, for cdk8s's validation plugins. */
  readonly recordsMetadata: boolean;
  readonly previous: PlanFile | undefined;
}

/**
 * Decides what a synth writes, without writing anything. It finds all errors of the app and reports them together.
 *
 * @throws one error with all messages, if any finding is an error
 */
export function synthesize(root: ConstructorParameters<typeof ConstructTree>[0], options: SynthesisOptions): Synthesis {
  const tree = new ConstructTree(root);
  const { templates, objects, findings } = renderAndValidate(tree);
  throwErrors(findings);

  const all = [...templates.values()].flat();
  const rollout = joinPlans([...new Set(tree.pairs.map((pair) => pair._plan()))]);
  const cleanup = cleanupOf(tree.pairs, objects);
  const outside = outsideOf(tree.pairs, all);
  const others = stubsOf(cleanup.afterPromotion, options.extension);
  if (options.recordsMetadata) {
    const resources = Object.fromEntries(all.map(({ construct }) => [construct.name, { path: construct.node.path }]));
    others.set('construct-metadata.json', JSON.stringify({ version: '1.0.0', resources }));
  }
  const files = new Files(rollout.folders, layOut(templates, { ...options, chartsDepend: tree.chartsDepend }), others);

  const entries = new PairEntries(rollout, objects, all);
  const pairs = tree.pairs.map((pair) => entries.of(pair));
  const said = options.previous && compareWithPrevious(pairs, options.previous);
  const history = [
    ...tree.pairs.flatMap((pair, index) => accepted(said?.of.get(pairs[index]!) ?? [], pair._props.accept)),
    ...(said?.gone ?? []),
  ];
  throwErrors(history);

  const planWith = (digests: ReadonlyMap<string, string>): PlanFile => ({
    version: PLAN_VERSION,
    stages: rollout.stages.map(({ folder, weight }) => ({ folder, weight: weight.toString() })),
    order: { advance: rollout.advance, rollback: rollout.rollback },
    pairs,
    cleanup,
    ...(outside.length > 0 ? { outside } : {}),
    // Errors were thrown above.
    findings: findings.filter((finding): finding is Finding & FindingEntry => finding.level !== 'error'),
    files: Object.fromEntries([...digests].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  const folders = [...rollout.folders, ...(cleanup.afterPromotion.length > 0 ? [CLEANUP] : [])];
  return { rollout, files, folders, planWith, history };
}

/** The files of one stage, by their paths in its folder. */
export function synthesizeStage(
  root: ConstructorParameters<typeof ConstructTree>[0],
  folder: string,
  options: SynthesisOptions,
): ReadonlyMap<string, string> {
  const { files, rollout } = synthesize(root, options);
  if (!rollout.folders.includes(folder)) {
    throw new Error(`stage: got ${JSON.stringify(folder)}; must be one of ${rollout.folders.join(', ')}`);
  }
  return files.of(folder);
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

/**
 * The Deployments that a finished rollout leaves without pods, and their autoscalers. After a promotion, that is the old stable one, or the
 * canary's if the promotion is a roll; after a rollback, the canary's.
 */
function cleanupOf(pairs: readonly CanaryPair[], objects: RenderedObjects): PlanFile['cleanup'] {
  const entryOf = (construct: Construct): ObjectEntry => {
    const { apiVersion, kind, metadata } = objects.of(ApiObject.of(construct))!.json;
    const { namespace, name } = metadata as { namespace?: string; name: string };
    return { apiVersion: String(apiVersion), kind: String(kind), ...(namespace === undefined ? {} : { namespace }), name };
  };
  const entries = (track: Track) => [...(track.autoscaler ? [entryOf(track.autoscaler)] : []), entryOf(track)];
  const inFlight = pairs.filter(({ canary }) => canary !== undefined);
  return {
    afterPromotion: inFlight.flatMap((pair) => entries(pair._isRolled() ? pair.canary! : pair.stable)),
    afterRollback: inFlight.flatMap(({ canary }) => entries(canary!)),
  };
}

/** The objects that a reviewer must see, because they are not in the namespace of a pair. */
function outsideOf(pairs: readonly CanaryPair[], templates: readonly Template[]): OutsideEntry[] {
  const namespaces = new Set(pairs.map((pair) => ApiObject.of(pair.stable).metadata.namespace));
  return templates.flatMap(({ json }) => {
    const { namespace, name } = json.metadata as { namespace?: string; name: string };
    const entry = { apiVersion: String(json.apiVersion), kind: String(json.kind), ...(namespace === undefined ? {} : { namespace }), name };
    return mayBeOutside(entry, namespaces) ? [entry] : [];
  });
}

/** Stubs of objects: enough for `kubectl delete -f`, too little to apply. */
function stubsOf(objects: readonly ObjectEntry[], extension: string): Map<string, string> {
  const stubs = objects.map(({ apiVersion, kind, ...metadata }) => toYaml({ apiVersion, kind, metadata }));
  return new Map(stubs.length > 0 ? [[`${CLEANUP}/after-promotion${extension}`, joinDocuments(stubs)]] : []);
}
