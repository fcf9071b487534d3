import { ApiObject } from 'cdk8s';
import { type Remark, error } from '../core/finding';
import type { CanaryPair } from '../pair';
import { titleOf } from '../rendered/manifests';
import { type RenderedObjects, at, checkIdentity, containersOf, equal, patched, selectsPodsOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';
import type { Track } from '../track';
import { insteadOf, isScaledObject, scaledBy } from './scaled-object';

/** Checks the autoscalers of a pair: its own, and those of others that scale its tracks. */
export function checkAutoscaling(pair: CanaryPair, templates: readonly Template[], objects: RenderedObjects): Remark[] {
  const tracks = pair._tracks();
  return [
    ...tracks.flatMap((track, index) => checkForeign(pair, track, templates[index]!, objects)),
    ...tracks.flatMap((track) => checkOwn(pair, track, objects)),
    ...(pair._props.autoscaling ? [...checkSelectors(pair, templates), ...checkMetrics(pair, objects)] : []),
    ...tracks.flatMap((track, index) => checkRequests(track, templates[index]!, objects)),
  ];
}

/**
 * A folder writes the counts of both tracks, or autoscalers of the pair that follow its stages. Another autoscaler would change them against
 * the plan.
 */
function checkForeign(pair: CanaryPair, track: Track, template: Template, objects: RenderedObjects): Remark[] {
  const own = ownTemplate(track, objects)?.json;
  return objects
    .autoscalersOf(template)
    .filter((autoscaler) => autoscaler !== own)
    .map((autoscaler) => {
      const isKeda = isScaledObject(autoscaler);
      const does = isKeda ? scaledBy(autoscaler, track.name) : `${titleOf(autoscaler)} scales ${track.name}`;
      const what = pair._props.autoscaling
        ? `the pair has its own autoscaling; remove the ${isKeda ? 'ScaledObject' : 'other autoscaler'}`
        : `the plan sets its replicas at every stage; remove it and set autoscaling of the pair${isKeda ? insteadOf(autoscaler) : ', with the same metrics'}`;
      return error('autoscaled-track', `${does}, but ${what}`);
    });
}

function ownTemplate(track: Track, objects: RenderedObjects): Template | undefined {
  return track.autoscaler && objects.of(ApiObject.of(track.autoscaler));
}

/** Checks that patches left the fields of the plan as they were. The fields that depend on the stage are checked as those of all objects. */
function checkOwn(pair: CanaryPair, track: Track, objects: RenderedObjects): Remark[] {
  const template = ownTemplate(track, objects);
  if (!template) {
    return [];
  }
  const wanted = {
    maxReplicas: [pair._props.autoscaling!.max, 'autoscaling.max'],
    scaleTargetRef: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: track.name }, `${track._settings.declared}.name`],
  } as const;
  return [
    ...checkIdentity(template),
    ...Object.entries(wanted).flatMap(([field, [value, property]]) => {
      const got = at(template.json, ['spec', field]);
      return equal(got, value) ? [] : [patched(`HorizontalPodAutoscaler ${track.name}, spec.${field}`, got, property)];
    }),
  ];
}

/** Kubernetes stops two autoscalers whose targets select the same pods (AmbiguousSelector). */
function checkSelectors(pair: CanaryPair, templates: readonly Template[]): Remark[] {
  return !pair.canary?.autoscaler
    ? []
    : templates.flatMap((one) =>
        templates
          .filter((other) => other !== one && selectsPodsOf(one, other))
          .map((other) =>
            error(
              'ambiguous-autoscalers',
              `the selector of ${one.construct.name} also matches the pods of ${other.construct.name}, and Kubernetes stops both autoscalers when two of them count the same pods; leave out selector, or leave out autoscaling until the release after the first promotion`,
            ),
          ),
      );
}

/**
 * A metric of the whole service has one value for both tracks, so each of two autoscalers would start the pods for all of the load. Without a
 * router only stable has one.
 */
function checkMetrics(pair: CanaryPair, objects: RenderedObjects): Remark[] {
  const metrics = pair._isAutoscaled('canary') ? at(ownTemplate(pair.stable, objects)?.json, ['spec', 'metrics']) : undefined;
  return ((metrics ?? []) as MetricSpec[])
    .map(({ type }, index) => ({ type, index }))
    .filter(({ type }) => type === 'Object' || type === 'External')
    .map(({ type, index }) =>
      error(
        'shared-metric',
        `autoscaling.metrics[${index}] is of type ${type}, which measures the service and not a track, so both autoscalers would start the pods for all of its load; use a metric of the pods, or accept the finding if the query separates the tracks by their labels`,
      ),
    );
}

/** The utilization of a resource is relative to the request, and the autoscaler gives up if a single container of a pod has none. */
function checkRequests(track: Track, template: Template, objects: RenderedObjects): Remark[] {
  const autoscaler = ownTemplate(track, objects);
  return (autoscaler ? utilized(autoscaler) : []).flatMap(({ resource, container }) => {
    const names = containersOf(template)
      .filter(({ name }) => container === undefined || name === container)
      .filter(({ resources }) => (resources?.requests?.[resource] ?? resources?.limits?.[resource]) === undefined)
      .map(({ name }) => String(name));
    return names.length === 0
      ? []
      : [
          error(
            'no-resource-request',
            `${track.name}: ${names.join(' and ')} ${names.length === 1 ? 'requests' : 'request'} no ${resource}, so the autoscaler cannot compute its utilization; set resources, or accept the finding if a LimitRange of the namespace sets a default`,
          ),
        ];
  });
}

/** The resources whose utilization an autoscaler compares, of all containers or of one. Without metrics, the API server takes the processor. */
function utilized({ json }: Template): { readonly resource: string; readonly container?: string }[] {
  const metrics = at(json, ['spec', 'metrics']) as MetricSpec[] | undefined;
  return (metrics ?? [DEFAULT_METRIC]).flatMap(({ resource, containerResource }) => {
    const source = containerResource ?? resource;
    return source?.target?.type === 'Utilization' ? [{ resource: String(source.name), container: containerResource?.container }] : [];
  });
}

interface ResourceSource {
  readonly name?: string;
  readonly container?: string;
  readonly target?: { readonly type?: string };
}

interface MetricSpec {
  readonly type?: string;
  readonly resource?: ResourceSource;
  readonly containerResource?: ResourceSource;
}

const DEFAULT_METRIC: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } };
