import { ApiObject } from 'cdk8s';
import { type Finding, type Remark, error, info, warning } from '../core/finding';
import type { Json, JsonObject } from '../core/yaml';
import { accepted, located } from '../findings';
import { DEPLOYMENT_LABEL, VERSION_LABEL } from '../core/labels';
import type { CanaryPair } from '../pair';
import type { Track } from '../track';
import { type Budgets, checkBudgets } from './check-budgets';
import { checkTrack } from './check-track';
import { type RenderedObjects, at, checkIdentity, containersOf, equal, patched, podLabelsOf } from '../rendered/rendered-objects';
import { titleOf } from '../rendered/manifests';
import type { Template } from '../rendered/template';

/** Checks a pair as a whole: its Service, its tracks against each other, its autoscalers. */
export function checkRelease(pair: CanaryPair, objects: RenderedObjects, budgets: Budgets, folders: readonly string[]): Finding[] {
  const tracks = pair.canary ? [pair.stable, pair.canary] : [pair.stable];
  const templates = tracks.map((track) => objects.of(ApiObject.of(track)));
  const service = objects.of(ApiObject.of(pair.service));
  if (!service || templates.includes(undefined)) {
    return [];
  }
  const [stable, canary] = templates as Template[];
  const remarks = [
    ...checkIdentity(service),
    ...(pair._router?._check(objects) ?? []),
    ...checkService(pair, service, templates as Template[]),
    ...(canary ? checkApart(stable!, canary) : []),
    ...checkBudgets(pair, templates as Template[], budgets, folders),
    ...checkBaseline(pair),
    ...tracks.flatMap((track, index) => checkAutoscaler(pair, track, templates[index]!, objects)),
  ];
  const own = accepted(located(remarks, pair.node.path), pair._props.accept);
  return [...own, ...tracks.flatMap((track) => checkTrack(track, objects, pair._props.accept))];
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

interface ServiceSpec {
  readonly ports?: { readonly port: number; readonly targetPort?: number | string }[];
  readonly selector?: Record<string, string>;
  readonly type?: string;
  readonly sessionAffinity?: string;
  readonly externalTrafficPolicy?: string;
  readonly internalTrafficPolicy?: string;
  readonly trafficDistribution?: string;
}

/** Whether the pod that a client reaches depends on the client's location or on its earlier connections. */
function isSticky(spec: ServiceSpec): boolean {
  return (
    spec.sessionAffinity === 'ClientIP' ||
    spec.externalTrafficPolicy === 'Local' ||
    spec.internalTrafficPolicy === 'Local' ||
    spec.trafficDistribution !== undefined
  );
}

function checkService(pair: CanaryPair, service: Template, tracks: readonly Template[]): Remark[] {
  const remarks: Remark[] = [];
  const spec = (service.json.spec ?? {}) as ServiceSpec;
  const selector = spec.selector ?? {};
  const wanted = selectorLabelsOf(pair);
  if (!equal(selector, wanted)) {
    remarks.push(patched(`Service ${service.construct.name}, spec.selector`, selector, 'selectorLabels'));
  }
  for (const track of tracks) {
    const { construct } = track;
    const labels = podLabelsOf(track);
    const missing = Object.entries(selector).find(([key, value]) => labels[key] !== value);
    if (missing) {
      remarks.push(
        error(
          'selector-mismatch',
          `Service ${service.construct.name} selects ${missing.join('=')}, but the pods of ${construct.name} do not have that label; remove the patch, or set selectorLabels`,
        ),
      );
    }
  }
  remarks.push(...checkTargets(spec, tracks));
  const isReachableFromOutside = spec.type === 'LoadBalancer' || spec.type === 'NodePort';
  if (pair._router && isReachableFromOutside && !pair._router._routesOutsideClients) {
    remarks.push(
      warning(
        'load-balancer-bypasses-route',
        `Service ${service.construct.name} is of type ${spec.type}, whose clients outside the mesh get the pods' share, not the route's weights; add a gateway, or make the type ClusterIP`,
      ),
    );
  }
  if (!pair._router && isSticky(spec)) {
    remarks.push(
      warning(
        'sticky-service',
        `Service ${service.construct.name} binds clients to pods, nodes or zones, so the canary's share of the traffic may differ from its share of the pods; leave out sessionAffinity, the traffic policies and trafficDistribution, or attach a router`,
      ),
    );
  }
  if (!pair._router && pair.canary && tracks.some(alwaysPulls)) {
    remarks.push(
      info(
        'always-pull-rollback',
        `imagePullPolicy Always makes a rollback that starts pods depend on the registry; use IF_NOT_PRESENT, promote soon after the last stage, or attach a router`,
      ),
    );
  }
  return remarks;
}

/** A port that no container declares may still be open. But if every track declares ports, a target that is not among them is a mistake. */
function checkTargets(spec: ServiceSpec, tracks: readonly Template[]): Remark[] {
  const numbers = tracks.map((track) =>
    containersOf(track).flatMap(({ ports }) => (ports ?? []).map(({ containerPort }) => containerPort)),
  );
  if (numbers.some((ports) => ports.length === 0)) {
    return [];
  }
  const common = numbers[0]!.filter((port) => numbers.every((ports) => ports.includes(port)));
  return (spec.ports ?? []).flatMap(({ port, targetPort = port }, index) =>
    typeof targetPort !== 'number' || common.includes(targetPort)
      ? []
      : [
          error(
            'invalid-object',
            `service.ports[${index}].targetPort: got ${targetPort}; must be a port that the containers of all tracks listen on (${common.join(', ') || 'there is none'})${common.length > 0 ? `; try ${common[0]}` : ''}`,
          ),
        ],
  );
}

function selectorLabelsOf(pair: CanaryPair): { [key: string]: string } {
  return pair.stable._settings.selectorLabels;
}

/** Kubernetes defaults to `Always` for `:latest` only; this library never does. */
function alwaysPulls(template: Template): boolean {
  return containersOf(template).some(({ imagePullPolicy }) => imagePullPolicy === 'Always');
}

/** Checks that the tracks can be told apart: by their selectors, and by their pod templates. */
function checkApart(stable: Template, canary: Template): Remark[] {
  const remarks: Remark[] = [];
  for (const [one, other] of [
    [stable, canary],
    [canary, stable],
  ] as const) {
    const selector = (at(one.json, ['spec', 'selector', 'matchLabels']) ?? {}) as Record<string, string>;
    const labels = podLabelsOf(other);
    if (Object.entries(selector).every(([key, value]) => labels[key] === value)) {
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

/**
 * A folder writes the counts of both tracks. An autoscaler would change them against the plan, and is disabled while its target has no
 * pods; without `replicas` in the folders, a Deployment falls to one pod at the next release.
 */
function checkAutoscaler(pair: CanaryPair, track: Track, template: Template, objects: RenderedObjects): Remark[] {
  const autoscaler = objects.autoscalerOf(template);
  const way = track === pair.stable ? ', and set baseline to the pods that the highest load needs' : '';
  return autoscaler
    ? [
        error(
          'autoscaled-track',
          `${titleOf(autoscaler)} scales ${track.name}, but the plan sets its replicas at every stage; remove the autoscaler${way}`,
        ),
      ]
    : [];
}
