import { ApiObject } from 'cdk8s';
import { Finding, Remark, error, info, warning } from '../core/finding';
import { Json, JsonObject } from '../core/yaml';
import { accepted, located } from '../findings';
import { show } from '../input';
import { IstioVirtualService } from '../istio-virtual-service';
import { DEPLOYMENT_LABEL, VERSION_LABEL } from '../labels';
import { CanaryPair } from '../pair';
import { PodSecurity } from '../pod';
import { Track } from '../track';
import { Template } from './tree';

/** The objects of an app by their constructs and by what they point at, looked up often. */
export class Objects {
  private readonly byConstruct: Map<ApiObject, Template>;
  private readonly autoscalers = new Map<string, Template>();

  constructor(templates: readonly Template[]) {
    this.byConstruct = new Map(templates.map((template) => [template.construct, template]));
    for (const template of templates) {
      const target = scaleTarget(template.json);
      if (target !== undefined) {
        this.autoscalers.set(`${namespaceOf(template.json)}/${target}`, template);
      }
    }
  }

  /** The rendered object of a construct; undefined where it could not be rendered. */
  of(construct: ApiObject): Template | undefined {
    return this.byConstruct.get(construct);
  }

  /** The autoscaler of a Deployment. */
  autoscalerOf(deployment: Template): Template | undefined {
    return this.autoscalers.get(`${namespaceOf(deployment.json)}/${deployment.construct.name}`);
  }
}

function scaleTarget(json: JsonObject): string | undefined {
  if (json.kind !== 'HorizontalPodAutoscaler' && json.kind !== 'ScaledObject') {
    return undefined;
  }
  const target = (json.spec as { scaleTargetRef?: { kind?: string; name?: string } } | undefined)?.scaleTargetRef;
  return target?.kind === undefined || target.kind === 'Deployment' ? target?.name : undefined;
}

function namespaceOf(json: JsonObject): string {
  return (json.metadata as { namespace?: string } | undefined)?.namespace ?? '';
}

/** Checks one track's Deployment as it will be written against what the plan needs of it. */
export function checkTrack(track: Track, objects: Objects, accept: { [code: string]: string } | undefined): Finding[] {
  const template = objects.of(ApiObject.of(track));
  if (!template) {
    return [];
  }
  const remarks = [
    ...checkIdentity(template),
    ...checkPlanFields(track, template, objects),
    ...checkSelector(track, template),
    ...checkPods(track, template),
  ];
  return accepted(located(remarks, track.node.path), accept);
}

/** Checks a pair as a whole: its Service, its tracks against each other, its autoscalers. */
export function checkRelease(pair: CanaryPair, objects: Objects): Finding[] {
  const tracks = pair.canary ? [pair.stable, pair.canary] : [pair.stable];
  const templates = tracks.map((track) => objects.of(ApiObject.of(track)));
  const service = objects.of(ApiObject.of(pair.service));
  if (!service || templates.includes(undefined)) {
    return [];
  }
  const [stable, canary] = templates as Template[];
  const remarks = [
    ...checkIdentity(service),
    ...checkRouter(pair, objects),
    ...checkService(pair, service, templates as Template[]),
    ...(canary ? checkApart(stable!, canary) : []),
    ...tracks.flatMap((track, index) => checkAutoscaler(pair, track, templates[index]!, objects)),
  ];
  const own = accepted(located(remarks, pair.node.path), pair._props.accept);
  return [...own, ...tracks.flatMap((track) => checkTrack(track, objects, pair._props.accept))];
}

/** By these an object is found: in `plan.json`, from a route, from an autoscaler. */
function checkIdentity({ construct, json }: Template): Remark[] {
  const { name, namespace } = construct.metadata;
  const wanted = { kind: construct.kind, apiVersion: construct.apiVersion, 'metadata.name': name, 'metadata.namespace': namespace };
  return Object.entries(wanted)
    .map(([field, value]) => ({ field, value, got: at(json, field.split('.')) }))
    .filter(({ value, got }) => value !== got)
    .map(({ field, got }) => patched(`${construct.kind} ${construct.name}, ${field}`, got, IDENTITY_PROPERTIES[field] ?? 'name'));
}

const IDENTITY_PROPERTIES: Readonly<Record<string, string>> = { 'metadata.namespace': 'namespace' };

/** A route that does not follow the plan, or a subset that nothing defines, is 503 for everyone. */
function checkRouter(pair: CanaryPair, objects: Objects): Remark[] {
  const router = pair._router;
  const virtualService = router instanceof IstioVirtualService ? objects.of(router.virtualService) : undefined;
  const destinationRule = router instanceof IstioVirtualService ? objects.of(router.destinationRule) : undefined;
  return virtualService && destinationRule
    ? [
        ...checkRoutes(virtualService),
        ...checkSubsets(pair, destinationRule),
        ...checkIdentity(virtualService),
        ...checkIdentity(destinationRule),
      ]
    : [];
}

/** Every rule's route is the plan's, and only the last one takes what no other does. */
function checkRoutes({ construct, json, holes }: Template): Remark[] {
  const rules = at(json, ['spec', 'http']);
  const what = `VirtualService ${construct.name}, spec.http`;
  if (!Array.isArray(rules) || rules.length === 0) {
    return [patched(what, rules, 'match')];
  }
  return rules.flatMap((rule: { match?: unknown[] }, index) => {
    const isLast = index === rules.length - 1;
    const isOurs = holes.some(({ path }) => path.join('.') === `spec.http.${index}.route`);
    const remarks = isOurs ? [] : [patched(`${what}[${index}].route`, at(json, ['spec', 'http', String(index), 'route']), 'stages')];
    return isLast === !rule.match?.length ? remarks : [...remarks, patched(`${what}[${index}].match`, rule.match, 'match')];
  });
}

function checkSubsets(pair: CanaryPair, { construct, json }: Template): Remark[] {
  const what = `DestinationRule ${construct.name}`;
  const host = at(json, ['spec', 'host']);
  const subsets = (at(json, ['spec', 'subsets']) ?? []) as { name?: string; labels?: Record<string, string> }[];
  const tracks = pair.canary ? [pair.stable, pair.canary] : [pair.stable];
  return [
    ...(host === pair.service.name ? [] : [patched(`${what}, spec.host`, host, 'service.name')]),
    ...tracks
      .filter(({ subsetName, version }) => {
        const subset = subsets.find(({ name }) => name === subsetName);
        return !equal(subset?.labels, { [VERSION_LABEL]: version });
      })
      .map(({ subsetName }) =>
        patched(
          `${what}, the subset ${subsetName}`,
          subsets.find(({ name }) => name === subsetName),
          'subsetName',
        ),
      ),
  ];
}

/** Fields that follow the plan and must still be what they were before the user's patches. */
function checkPlanFields(track: Track, template: Template, objects: Objects): Remark[] {
  const { json, holes } = template;
  const wanted = ['spec.replicas', 'metadata.labels.track'].filter(
    (field) => !holes.some(({ path, value }) => path.join('.') === field && value.owner === track),
  );
  const remarks = wanted
    .filter((field) => field !== 'metadata.labels.track' || track._settings.roleAt)
    .filter((field) => field !== 'spec.replicas' || !isLeftToAutoscaler(template, objects))
    .map((field) =>
      patched(
        `Deployment ${track.name}, ${field}`,
        at(json, field.split('.')),
        field === 'spec.replicas' ? 'stages[].split or baseline' : 'stable and canary',
      ),
    );
  const selector = at(json, ['spec', 'selector']);
  if (!equal(selector, { matchLabels: track.selector })) {
    remarks.push(patched(`Deployment ${track.name}, spec.selector`, selector, 'selectorLabels or selector'));
  }
  const label = podLabelsOf(template)[DEPLOYMENT_LABEL];
  if (label !== track.name) {
    remarks.push(patched(`Deployment ${track.name}, the pods' label ${DEPLOYMENT_LABEL}`, label, 'name'));
  }
  return remarks;
}

/** The synth has taken the replicas out, because each apply would reset what the autoscaler decided. */
function isLeftToAutoscaler(template: Template, objects: Objects): boolean {
  return at(template.json, ['spec', 'replicas']) === undefined && objects.autoscalerOf(template) !== undefined;
}

function patched(what: string, got: unknown, property: string): Remark {
  return error('patched-plan-field', `${what}: got ${show(got)} from a patch; must be what the plan says; try the property ${property}`);
}

function checkSelector(track: Track, template: Template): Remark[] {
  const versionLabel = podLabelsOf(template)[VERSION_LABEL];
  return versionLabel === track.version
    ? []
    : [patched(`Deployment ${track.name}, the pods' label ${VERSION_LABEL}`, versionLabel, 'version')];
}

function checkPods(track: Track, template: Template): Remark[] {
  const remarks: Remark[] = [];
  const options = track._options;
  const pod = at(template.json, ['spec', 'template', 'spec']) as { terminationGracePeriodSeconds?: number } | undefined;
  const main = containersOf(template)[0];
  if (!pod || !main) {
    return [];
  }
  if (!main.readinessProbe) {
    remarks.push(
      warning(
        'no-readiness-probe',
        `${track.name} has no readiness probe, so a pod gets traffic as soon as its process starts; set readiness, or give the container a port`,
      ),
    );
  }
  if (!main.lifecycle?.preStop) {
    remarks.push(
      warning(
        'no-pre-stop',
        `${track.name} has no preStop hook, so requests that are on their way when a pod goes are lost; set preStop: PreStop.sleep(Duration.seconds(10))`,
      ),
    );
  }
  const sleep = main.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const grace = pod.terminationGracePeriodSeconds ?? 30;
  if (grace <= sleep) {
    remarks.push(
      error(
        'grace-too-short',
        `${track.name} is killed after ${grace} s and sleeps ${sleep} s before it is told to stop; set terminationGracePeriod to more`,
      ),
    );
  }
  const image = main.image ?? '';
  if (!image.includes('@') && (!/:[^/]+$/.test(image) || image.endsWith(':latest'))) {
    remarks.push(
      warning('latest-tag', `${track.name} runs ${image}, and what that is can change under a running release; name a version or a digest`),
    );
  }
  if (options.security === PodSecurity.IMAGE) {
    remarks.push(
      info(
        'not-restricted',
        `${track.name} does not promise the restricted Pod Security Standard: the image decides which user it runs as (security: PodSecurity.IMAGE)`,
      ),
    );
  }
  return remarks;
}

interface Container {
  readonly image?: string;
  readonly ports?: { readonly containerPort?: number }[];
  readonly imagePullPolicy?: string;
  readonly readinessProbe?: unknown;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
}

/** A patch may have taken them all away; `checkObjects` says so. */
function containersOf(template: Template): Container[] {
  return (at(template.json, ['spec', 'template', 'spec', 'containers']) ?? []) as Container[];
}

function podLabelsOf(template: Template): Record<string, string> {
  return (at(template.json, ['spec', 'template', 'metadata', 'labels']) ?? {}) as Record<string, string>;
}

/** `Always` is the default of Kubernetes for `:latest` only, and here of nothing. */
function alwaysPulls(template: Template): boolean {
  return containersOf(template).some(({ imagePullPolicy }) => imagePullPolicy === 'Always');
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

/** Whether a client's place or past decides about its pod. */
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
          `Service ${service.construct.name} selects ${missing.join('=')}, which the pods of ${construct.name} do not carry`,
        ),
      );
    }
  }
  remarks.push(...checkTargets(spec, tracks));
  const isReachableFromOutside = spec.type === 'LoadBalancer' || spec.type === 'NodePort';
  if (pair._router && isReachableFromOutside && !pair._router._hasGateway) {
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
        `Service ${service.construct.name} keeps clients on their pods or nodes, so the shares seen may differ from the pods' shares; leave out sessionAffinity, the traffic policies and trafficDistribution, or attach a router`,
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

/** A port that no container names may still be open, but where all are named a target beside them is a mistake. */
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

/** Whether each track is seen alone: by its selector, and by what its pods run. */
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
          `the selector of ${one.construct.name} also matches the pods of ${other.construct.name}, so an autoscaler, a PodDisruptionBudget or kubectl logs of one sees both, and an orphaned ReplicaSet is adopted by the wrong one; leave out selector, or accept it with a reason`,
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

/** A pod template without what always differs: the Deployment's name and the version label. */
function comparable(template: Template): Json {
  const pod = (at(template.json, ['spec', 'template']) ?? {}) as { metadata?: { annotations?: Json }; spec?: JsonObject };
  const labels: JsonObject = { ...podLabelsOf(template) };
  delete labels[DEPLOYMENT_LABEL];
  delete labels[VERSION_LABEL];
  // The spread constraints name the Deployment, too.
  const { topologySpreadConstraints, ...rest } = pod.spec ?? {};
  const constraints = ((topologySpreadConstraints ?? []) as JsonObject[]).map(({ labelSelector: _, ...constraint }) => constraint);
  return { labels, annotations: pod.metadata?.annotations ?? {}, spec: rest, constraints };
}

function checkAutoscaler(pair: CanaryPair, track: Track, template: Template, objects: Objects): Remark[] {
  const autoscaler = objects.autoscalerOf(template);
  if (!autoscaler || (pair._router && track === pair.stable)) {
    return [];
  }
  return [
    error(
      'autoscaled-track',
      `${autoscaler.json.kind as string} ${autoscaler.construct.name} scales ${track.name}, whose replicas carry the weight of every stage; remove it${track === pair.stable ? ', or attach a router' : ''}`,
    ),
  ];
}

function at(json: Json | undefined, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], json);
}

/** Equality of plain data, whatever the order of its keys. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b;
  }
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
