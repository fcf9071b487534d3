import { ApiObject, type Chart } from 'cdk8s';
import type { Finding } from '../core/finding';
import { describeStages, joinPlans, sharesStages } from '../core/rollout';
import type { JsonObject } from '../core/yaml';
import { accepted, located } from '../findings';
import { StageRenderer, type StagedValue } from '../staged-value';
import type { CanaryPair } from '../pair';
import { isRolled } from '../promotion';
import { StableTrack, type Track } from '../track';
import { Budgets } from './check-budgets';
import { PodSources } from './check-foreign-pods';
import { checkObjects } from './check-objects';
import { checkRelease } from './check-release';
import { checkAlone } from './check-track';
import { ForeignControllers } from './foreign-controllers';
import { RenderedObjects, lostFields } from '../rendered/rendered-objects';
import type { ConstructTree } from './construct-tree';
import type { Template } from '../rendered/template';
import { type RenderedPair, configOwners, withPairLabel } from '../rendered/pair-label';
import { withTemplateDigest } from '../rendered/template-digest';
import { VersionedConfig } from '../versioned-config';
import { checkConfigObject } from './check-config';
import { Configuration } from './configuration';

/** A rendered tree, and all findings about it. */
export interface Rendered {
  readonly templates: ReadonlyMap<Chart, readonly Template[]>;
  readonly objects: RenderedObjects;
  readonly findings: readonly Finding[];
}

/**
 * Renders a tree and checks all of it, even if parts of it are invalid, so that all errors of an app are reported together. If a
 * construct's own properties are invalid, nothing else is reported about it, because the errors of its objects would only repeat them.
 */
export function renderAndValidate(tree: ConstructTree): Rendered {
  const said = validate(tree);
  const isSound = soundness(tree, said);
  const pairs = tree.pairs.filter((pair) => isSound(pair.node.path) && (!pair._router || isSound(pair._router.node.path)));

  const failures: Finding[] = [];
  const renderer = new StageRenderer();
  const charts = tree.render(renderer, (object, error) => failures.push(renderFailure(object, error)));
  const rendered = [...charts.values()].flat();
  const byConstruct = new Map(rendered.map((template) => [template.construct, template]));
  const byTrack = new Map(pairs.flatMap((pair) => pair._tracks().map((track) => [ApiObject.of(track), pair] as const)));
  const owners = rendered.some(isVersioned)
    ? configOwners(pairs.map((pair) => renderedPair(pair, byConstruct)))
    : new Map<string, string>();
  const complete = (template: Template) =>
    isVersioned(template) ? withPairLabel(template, owners) : completed(template, byTrack, byConstruct);
  const templates = new Map([...charts].map(([chart, own]) => [chart, own.map(complete)]));
  const failed = new Set(failures.map(({ path }) => path));
  const lost = lostFields(renderer.all(), rendered)
    .filter(({ owner }) => !failed.has(ApiObject.of(owner).node.path))
    .flatMap(({ owner, remark }) => located([remark], owner.node.path));
  const all = [...templates.values()].flat();
  const objects = new RenderedObjects(all);
  const findings = [...failures, ...lost, ...findingsOf(tree, pairs, all, objects)];
  return { templates, objects, findings: [...said, ...findings.filter(({ path }) => isSound(path))] };
}

/**
 * Returns a function that tells whether a path is sound: no construct at or above it has invalid properties. A sound pair stays sound if
 * there are findings about its plan.
 */
function soundness(tree: ConstructTree, said: readonly Finding[]): (path: string) => boolean {
  const soundPairs = new Set(tree.pairs.filter((pair) => pair._isSound()).map((pair) => pair.node.path));
  const unsound = [...new Set(said.map(({ path }) => path))].filter((path) => !soundPairs.has(path));
  return (path) => !unsound.some((other) => path === other || path.startsWith(`${other}/`));
}

/** The errors that the constructs report, and pairs whose stages differ. */
function validate(tree: ConstructTree): Finding[] {
  const findings: Finding[] = tree.validate().map(({ path, message }) => ({ code: 'invalid-input', level: 'error', path, message }));
  const sound = tree.pairs.filter((pair) => pair._isSound() && pair.canary);
  const first = sound[0];
  for (const pair of sound.slice(1)) {
    if (pair._plan() !== first!._plan() && !sharesStages(first!._plan(), pair._plan())) {
      findings.push({
        code: 'invalid-input',
        level: 'error',
        path: pair.node.path,
        message: `stages: got ${describeStages(pair._plan())}; must be the same as for the other pairs of the app, ${describeStages(first!._plan())} in ${first!.node.path}; try another CanaryApp with its own folder`,
      });
    }
  }
  return findings;
}

function renderFailure(object: ApiObject, error: Error): Finding {
  // cdk8s puts the construct's path and the class of the error before the message; the finding has the path already.
  const reason = error.message.replace(/\s*\n[^]*$/, '').replace(/^Failed serializing construct at path .*?: (?:\w*Error: )?/, '');
  return {
    code: 'patched-plan-field',
    level: 'error',
    path: object.node.path,
    message: `${object.kind} ${object.name}: rendering failed with ${JSON.stringify(reason)}; use plain data as values and patch only fields that exist; set values that depend on the stage (replicas, route) by the properties of the pair`,
  };
}

function findingsOf(
  tree: ConstructTree,
  pairs: readonly CanaryPair[],
  templates: readonly Template[],
  objects: RenderedObjects,
): Finding[] {
  const { folders } = joinPlans([...new Set(pairs.map((pair) => pair._plan()))]);
  const known = {
    objects,
    budgets: new Budgets(templates),
    sources: new PodSources(templates),
    controllers: new ForeignControllers(templates),
    configuration: new Configuration(templates),
    folders,
  };
  const inPairs = new Set<Track>(tree.pairs.flatMap((pair) => pair._tracks()));
  const alone = tree.tracks.filter((track): track is StableTrack => track instanceof StableTrack && !inPairs.has(track));
  return [
    ...checkObjects(templates),
    ...checkConfigObjects(templates, [...pairs.map((pair) => pair._props.accept), ...alone.map((track) => track._accept())]),
    ...pairs.flatMap((pair) => [...pair._planFindings(), ...checkRelease(pair, known)]),
    ...alone.flatMap((track) => checkAlone(track, objects, known.configuration)),
  ];
}

/** A ConfigMap or a Secret belongs to no pair, so any pair of the app may accept a finding about it. */
function checkConfigObjects(templates: readonly Template[], accepts: readonly ({ [code: string]: string } | undefined)[]): Finding[] {
  const accept = Object.fromEntries(accepts.flatMap((reasons) => Object.entries(reasons ?? {})));
  return templates.flatMap((template) => accepted(located(checkConfigObject(template), template.construct.node.path), accept));
}

function isVersioned({ construct }: Template): boolean {
  return VersionedConfig._isConfig(construct);
}

function renderedPair(pair: CanaryPair, byConstruct: ReadonlyMap<ApiObject, Template>): RenderedPair {
  return { pair, tracks: pair._tracks().flatMap((track) => byConstruct.get(ApiObject.of(track)) ?? []) };
}

/** Completes the Deployments of pairs with values that depend on other objects, or on the whole of the rendered object. */
function completed(
  template: Template,
  byTrack: ReadonlyMap<ApiObject, CanaryPair>,
  byConstruct: ReadonlyMap<ApiObject, Template>,
): Template {
  const pair = byTrack.get(template.construct);
  if (!pair) {
    return template;
  }
  const isStable = template.construct === ApiObject.of(pair.stable);
  return withTemplateDigest(isStable ? withRolledPods(template, pair, byConstruct) : template);
}

/** With a rolled promotion, stable's pod template depends on the stage, too. It includes the patches of the canary's template. */
function withRolledPods(template: Template, pair: CanaryPair, byConstruct: ReadonlyMap<ApiObject, Template>): Template {
  const canary = pair._isRolled() ? byConstruct.get(ApiObject.of(pair.canary!)) : undefined;
  if (!canary) {
    return template;
  }
  const podsOf = ({ json }: Template) => (json.spec as JsonObject).template!;
  const [own, next] = [podsOf(template), pair._handedOver(podsOf(canary))];
  const path = ['spec', 'template'];
  const value: StagedValue = {
    owner: pair.stable,
    path,
    property: 'promotion',
    isList: false,
    at: (folder) => (isRolled(folder) ? next : own),
  };
  return { ...template, slots: [...template.slots, { path, value }] };
}
