import { ApiObject } from 'cdk8s';
import { type Finding, type Remark, error, info, warning } from '../core/finding';
import { accepted, located } from '../findings';
import { VERSION_LABEL } from '../core/labels';
import { isSecretVariable } from '../core/secret-values';
import { PodSecurity } from '../pod';
import type { StableTrack, Track } from '../track';
import { type RenderedObjects, at, checkIdentity, containersOf, equal, patched, podLabelsOf } from '../rendered/rendered-objects';
import { titleOf } from '../rendered/manifests';
import type { Template } from '../rendered/template';
import { checkReferences } from './check-config';
import type { Configuration } from './configuration';

/** Checks a track's Deployment, as it will be written, against the requirements of the plan. */
export function checkTrack(
  track: Track,
  objects: RenderedObjects,
  configuration: Configuration,
  accept: { [code: string]: string } | undefined,
): Finding[] {
  const template = objects.of(ApiObject.of(track));
  if (!template) {
    return [];
  }
  const remarks = [
    ...checkIdentity(template),
    ...checkSelector(track, template),
    ...checkUpdates(track, template),
    ...checkAdoption(track, template),
    ...checkPods(track, template),
    ...checkReferences(template, configuration),
  ];
  return accepted(located(remarks, track.node.path), accept);
}

/** Checks a track without a pair. */
export function checkAlone(track: StableTrack, objects: RenderedObjects, configuration: Configuration): Finding[] {
  const template = objects.of(ApiObject.of(track));
  const remarks = (template ? objects.autoscalersOf(template) : []).map((autoscaler) =>
    error(
      'autoscaled-track',
      `${titleOf(autoscaler)} scales ${track.name}, but every apply sets its replicas; remove the autoscaler, and set replicas to the pods that the highest load needs`,
    ),
  );
  return [...located(remarks, track.node.path), ...checkTrack(track, objects, configuration, track._accept())];
}

/** Checks that the selector, and the labels that this and other selectors use, still have the plan's values after the user's patches. */
function checkSelector(track: Track, template: Template): Remark[] {
  const what = `Deployment ${track.name}`;
  const remarks: Remark[] = [];
  const selector = at(template.json, ['spec', 'selector']);
  if (!equal(selector, { matchLabels: track.selector })) {
    remarks.push(patched(`${what}, spec.selector`, selector, 'selectorLabels or selector'));
  }
  const labels = podLabelsOf(template);
  for (const [key, value, property] of [
    ...Object.entries(track._identity()).map(([name, text]) => [name, text, 'name'] as const),
    [VERSION_LABEL, track.version, 'version'] as const,
  ]) {
    if (labels[key] !== value) {
      remarks.push(patched(`${what}, the pods' label ${key}`, labels[key], property));
    }
  }
  return remarks;
}

/** Checks that a Deployment starts the pods of a new template, and that it does not stop all old pods before. */
function checkUpdates(track: Track, template: Template): Remark[] {
  const { paused, strategy } = (template.json.spec ?? {}) as {
    paused?: unknown;
    strategy?: { type?: string; rollingUpdate?: { maxUnavailable?: unknown } };
  };
  return [
    ...(paused === true
      ? [
          error(
            'patched-plan-field',
            `Deployment ${track.name}, spec.paused: got true from a patch; must be false, because a paused Deployment starts no pods of a new template`,
          ),
        ]
      : []),
    ...(strategy?.type === 'Recreate' || strategy?.rollingUpdate?.maxUnavailable === '100%'
      ? [
          warning(
            'recreate-strategy',
            `${track.name} may stop all its pods before it starts new ones when its pod template changes; leave out strategy, or set maxUnavailable to 0`,
          ),
        ]
      : []),
  ];
}

/**
 * An adopted Deployment runs already, and a change of its pod template replaces its pods. The label for the version is a change unless its
 * old selector has it. A container with another name is added to the pods instead of replacing the one that runs.
 */
function checkAdoption(track: Track, template: Template): Remark[] {
  if (!track._isAdopted()) {
    return [];
  }
  const isNew = !(VERSION_LABEL in track.selector);
  const name = track._options.containerName === undefined ? containersOf(template)[0]?.name : undefined;
  const notes = [
    ...(isNew
      ? [`the first apply of stage-0 adds the label ${VERSION_LABEL}=${track.version} to its pods, and so replaces all of them once`]
      : []),
    ...(name === undefined ? [] : [`its container is called ${name}; if the running one has another name, kubectl apply may run both`]),
  ];
  const ways = [
    ...(name === undefined ? [] : ['set containerName to the name of the running container']),
    'kubectl diff -f dist/stage-0 shows every change',
    'accept the finding when they are expected',
  ];
  return notes.length === 0
    ? []
    : [warning('adopted-pods', `${track.name} adopts a Deployment: ${notes.join(', and ')}; ${ways.join('; ')}`)];
}

function checkPods(track: Track, template: Template): Remark[] {
  const remarks: Remark[] = [];
  const pod = at(template.json, ['spec', 'template', 'spec']) as PodSpec | undefined;
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
        `${track.name} has no preStop hook, so requests that still reach a terminating pod are lost; set preStop: PreStop.sleep(Duration.seconds(10))`,
      ),
    );
  }
  const sleep = main.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const grace = pod.terminationGracePeriodSeconds ?? 30;
  if (sleep > 0 && grace <= sleep) {
    remarks.push(
      error(
        'grace-too-short',
        `${track.name} has a preStop sleep of ${sleep} s, but its pods are killed after ${grace} s; set terminationGracePeriod to more than ${sleep} s`,
      ),
    );
  }
  const image = main.image ?? '';
  if (!image.includes('@') && (!/:[^/]+$/.test(image) || image.endsWith(':latest'))) {
    remarks.push(
      warning('latest-tag', `${track.name} runs ${image}, whose content can change during the rollout; use a version tag or a digest`),
    );
  }
  remarks.push(...checkVariables(track, pod), ...checkSecurity(track, pod));
  return remarks;
}

/** Everything that a synth writes goes to Git, the literal values of variables, too. */
function checkVariables(track: Track, pod: PodSpec): Remark[] {
  const found = [...(pod.containers ?? []), ...(pod.initContainers ?? [])].flatMap(({ name, env = [] }) =>
    env
      .filter((variable) => isSecretVariable(variable.name, String(variable.value ?? '')))
      .map((variable) => `${variable.name} of ${name}`),
  );
  return found.length === 0
    ? []
    : [
        warning(
          'secret-in-env',
          `${track.name} has literal values that look like secrets for ${found.join(', ')}, and every folder contains them, for everybody who can read the repository; create a Secret in the cluster and refer to it with EnvValue.fromSecretValue`,
        ),
      ];
}

/** Reports, in one finding, whether the pods do not promise the `restricted` Pod Security Standard, or which fields violate it. */
function checkSecurity(track: Track, pod: PodSpec): Remark[] {
  if (track._options.security === PodSecurity.IMAGE) {
    return [
      info(
        'not-restricted',
        `${track.name} does not promise the restricted Pod Security Standard: the image decides which user it runs as (security: PodSecurity.IMAGE)`,
      ),
    ];
  }
  const broken = [...(pod.containers ?? []), ...(pod.initContainers ?? [])].flatMap(({ name, securityContext = {} }) => {
    const rootless = securityContext.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
    return [
      ...(securityContext.privileged ? [`${name} is privileged`] : []),
      ...(securityContext.allowPrivilegeEscalation === false ? [] : [`${name} may escalate its privileges`]),
      ...(rootless === true ? [] : [`${name} may run as root`]),
      ...(securityContext.capabilities?.drop?.includes('ALL') ? [] : [`${name} does not drop all capabilities`]),
    ];
  });
  return broken.length === 0
    ? []
    : [info('not-restricted', `${track.name} does not comply with the restricted Pod Security Standard: ${broken.join(', ')}`)];
}

interface PodSpec {
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: { readonly runAsNonRoot?: boolean };
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: unknown }[];
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly runAsNonRoot?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
}
