import { ApiObject } from 'cdk8s';
import { type Finding, type Remark, error, warning } from '../core/finding';
import type { Json, JsonObject } from '../core/yaml';
import { accepted, located } from '../findings';
import { DEPLOYMENT_LABEL, VERSION_LABEL } from '../core/labels';
import type { CanaryPair } from '../pair';
import { checkAutoscaling } from './check-autoscaling';
import { type Budgets, checkBudgets } from './check-budgets';
import type { PodSources } from './check-foreign-pods';
import { checkScheduling } from './check-scheduling-across-tracks';
import { type DeclaredService, checkPairService, checkSelected } from './check-service';
import { checkShared } from './check-config';
import { checkTrack } from './check-track';
import type { Configuration } from './configuration';
import type { ForeignControllers } from './foreign-controllers';
import { type RenderedObjects, at, checkIdentity, equal, podLabelsOf, selectsPodsOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

/** What a synth knows about all objects of an app, with an index for what a pair looks for. */
export interface AppObjects {
  readonly objects: RenderedObjects;
  readonly budgets: Budgets;
  readonly sources: PodSources;
  readonly controllers: ForeignControllers;
  readonly configuration: Configuration;
  /** The folders that are written. */
  readonly folders: readonly string[];
}

/** Checks a pair as a whole: its Service, its tracks against each other, its autoscalers. */
export function checkRelease(pair: CanaryPair, { objects, budgets, sources, controllers, configuration, folders }: AppObjects): Finding[] {
  const tracks = pair._tracks();
  const templates = tracks.map((track) => objects.of(ApiObject.of(track)));
  const services = servicesOf(pair, objects);
  if (services.some(({ template }) => !template) || templates.includes(undefined)) {
    return [];
  }
  const [stable, canary] = templates as Template[];
  const remarks = [
    ...services.flatMap(({ template }) => checkIdentity(template!)),
    ...(pair._router?._check(objects) ?? []),
    ...services.flatMap(({ template, ...declared }) => checkPairService(pair, declared, template!, templates as Template[])),
    ...checkSelected(pair, templates as Template[], sources),
    ...(canary
      ? [...checkApart(stable!, canary), ...checkScheduling(stable!, canary), ...checkShared([stable!, canary], configuration)]
      : []),
    ...checkBudgets(pair, templates as Template[], budgets, folders),
    ...checkBaseline(pair),
    ...controllers.check([...(templates as Template[]), ...services.map(({ template }) => template!), ...routeObjects(pair, objects)]),
    // With a Service they are the finding `foreign-pods`.
    ...(pair._serviceNames().length === 0 ? controllers.checkPods(templates as Template[]) : []),
    ...checkAutoscaling(pair, templates as Template[], objects),
  ];
  const found = accepted(located(remarks, pair.node.path), pair._props.accept);
  return [...found, ...tracks.flatMap((track) => checkTrack(track, objects, configuration, pair._props.accept))];
}

/** The Services of a pair that the app writes, with their rendered objects. */
function servicesOf(pair: CanaryPair, objects: RenderedObjects): (DeclaredService & { readonly template: Template | undefined })[] {
  const { service, additionalServices = [] } = pair._props;
  const own = pair._ownService();
  return [
    ...(own && service ? [{ property: 'service', options: service, template: objects.of(ApiObject.of(own)) }] : []),
    ...additionalServices.map((options, index) => ({
      property: `additionalServices[${index}]`,
      options,
      template: objects.of(ApiObject.of(pair.additionalServices[index]!)),
    })),
  ];
}

/** The rendered objects of the pair's router. */
function routeObjects({ _router }: CanaryPair, objects: RenderedObjects): Template[] {
  const constructs = _router?.node.findAll().filter((construct) => ApiObject.isApiObject(construct)) ?? [];
  return constructs.flatMap((construct) => objects.of(construct) ?? []);
}

/** A floor of one pod leaves no ready pod when the node of that pod fails or the pod is replaced. */
function checkBaseline(pair: CanaryPair): Remark[] {
  const floor = pair._props.floor ?? pair._baseline();
  return floor > 1
    ? []
    : [
        warning(
          'single-replica',
          `a floor of 1 allows a single ready pod, so the service may be down while that pod is moved or restarted; set baseline (${pair._baseline()}) and floor to at least 2`,
        ),
      ];
}

/** Checks that the tracks can be told apart: by their selectors, and by their pod templates. */
function checkApart(stable: Template, canary: Template): Remark[] {
  const remarks: Remark[] = [];
  for (const [one, other] of [
    [stable, canary],
    [canary, stable],
  ] as const) {
    if (selectsPodsOf(one, other)) {
      remarks.push(
        error(
          'shared-selector',
          `the selector of ${one.construct.name} also matches the pods of ${other.construct.name}, so an autoscaler, a PodDisruptionBudget or kubectl logs for one of them includes the pods of both, and the wrong Deployment may adopt an orphaned ReplicaSet; leave out selector, or accept the finding with a reason`,
        ),
      );
    }
  }
  if (equal(comparable(stable), comparable(canary))) {
    remarks.push(
      error(
        'equal-templates',
        `${stable.construct.name} and ${canary.construct.name} run the same pods, so there is nothing to roll out; give the canary another image or other settings`,
      ),
    );
  }
  return remarks;
}

/** A pod template without the parts that always differ: the Deployment's name and the version label. */
function comparable(template: Template): Json {
  const pod = (at(template.json, ['spec', 'template']) ?? {}) as { metadata?: { annotations?: Json }; spec?: JsonObject };
  const labels: JsonObject = { ...podLabelsOf(template) };
  delete labels[DEPLOYMENT_LABEL];
  delete labels[VERSION_LABEL];
  // The spread constraints contain the Deployment's name, too.
  const { topologySpreadConstraints, ...rest } = pod.spec ?? {};
  const constraints = ((topologySpreadConstraints ?? []) as JsonObject[]).map(({ labelSelector: _, ...constraint }) => constraint);
  return { labels, annotations: pod.metadata?.annotations ?? {}, spec: rest, constraints };
}
