import { ApiObject, YamlOutputType } from 'cdk8s';
import { CLEANUP } from '../core/folders';
import { Finding } from '../core/finding';
import { FindingEntry, ObjectEntry, PLAN_VERSION, PairEntry, PlanFile, compareWithPrevious } from '../core/plan-file';
import { Rollout, joinPlans } from '../core/rollout';
import { joinDocuments, toYaml } from '../core/yaml';
import { accepted } from '../findings';
import { CanaryPair } from '../pair';
import { Track } from '../track';
import { renderAndValidate } from './render-and-validate';
import { layOut } from './layout';
import { Files } from './files';
import { PairEntries } from './pair-entries';
import { ConstructTree } from './construct-tree';
import { Template } from '../rendered/template';

/** What a synth decides, before anything is written. */
export interface Synthesis {
  readonly rollout: Rollout;
  /** Every file but the plan. */
  readonly files: Files;
  /** The folders that only a synth may write to. */
  readonly folders: readonly string[];
  /** The plan, when the digests of the files are known. */
  readonly planWith: (digests: ReadonlyMap<string, string>) => PlanFile;
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
export function synthesize(root: ConstructorParameters<typeof ConstructTree>[0], options: SynthesisOptions): Synthesis {
  const tree = new ConstructTree(root);
  const { templates, findings } = renderAndValidate(tree);
  throwErrors(findings);

  const all = [...templates.values()].flat();
  const rollout = joinPlans([...new Set(tree.pairs.map((pair) => pair._plan()))]);
  const cleanup = cleanupOf(tree.pairs, all);
  const others = stubsOf(cleanup.afterPromotion, options.extension);
  if (options.recordsMetadata) {
    const resources = Object.fromEntries(all.map(({ construct }) => [construct.name, { path: construct.node.path }]));
    others.set('construct-metadata.json', JSON.stringify({ version: '1.0.0', resources }));
  }
  const files = new Files(rollout.folders, layOut(templates, { ...options, chartsDepend: tree.chartsDepend }), others);

  const entries = new PairEntries(rollout);
  const pairs = tree.pairs.map((pair) => entries.of(pair));
  const said = options.previous ? compareWithPrevious(pairs, options.previous) : new Map<PairEntry, Finding[]>();
  const history = tree.pairs.flatMap((pair, index) => accepted(said.get(pairs[index]!) ?? [], pair._props.accept));
  throwErrors(history);

  const planWith = (digests: ReadonlyMap<string, string>): PlanFile => ({
    version: PLAN_VERSION,
    stages: rollout.stages.map(({ folder, weight }) => ({ folder, weight: weight.toString() })),
    order: { advance: rollout.advance, rollback: rollout.rollback },
    pairs,
    cleanup,
    // Errors were thrown above.
    findings: findings.filter((finding): finding is Finding & FindingEntry => finding.level !== 'error'),
    files: Object.fromEntries([...digests].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  const folders = [...rollout.folders, ...(cleanup.afterPromotion.length > 0 ? [CLEANUP] : [])];
  return { rollout, files, folders, planWith, history };
}

/** One stage of a tree as one text. */
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
function stubsOf(objects: readonly ObjectEntry[], extension: string): Map<string, string> {
  const stubs = objects.map(({ apiVersion, kind, ...metadata }) => toYaml({ apiVersion, kind, metadata }));
  return new Map(stubs.length > 0 ? [[`${CLEANUP}/after-promotion${extension}`, joinDocuments(stubs)]] : []);
}
