import { ApiObject, ApiObjectMetadataDefinition, Lazy } from 'cdk8s';
import * as kplus from './kplus';
import type { Construct } from 'constructs';
import type { JsonObject } from './core/yaml';
import { type InitContainerProps, isSidecar } from './init-container';
import { otherPlus, otherPlusMessage } from './input/jsii-types';
import { withDefaults } from './pod';
import { withoutOwnProbes } from './probes';
import { withoutEphemeralStorage } from './resources';

/** The properties with which each container was added. */
const CONTAINERS = new WeakMap<kplus.Container, kplus.ContainerProps>();

/** The properties with which a container was added to a {@link TrackDeployment}. */
export function propsOf(container: kplus.Container): kplus.ContainerProps {
  return CONTAINERS.get(container)!;
}

/** The order in which init containers were added, sidecars included. */
const INIT_ORDER = new WeakMap<kplus.Container, number>();

/** The place of an init container among those of its pod; undefined for any other container. */
export function initOrderOf(container: kplus.Container): number | undefined {
  return INIT_ORDER.get(container);
}

/**
 * Overrides three things in the constructs of cdk8s-plus, through their public API alone.
 *
 * 1. cdk8s-plus's child `Resource` renders only fields that Kubernetes 1.27 knew. A plain `ApiObject` replaces it and completes
 *    what it rendered, so that we, and a user's JSON patches, can set newer fields.
 * 2. A Deployment selects its pods by a label of ours instead of `cdk8s.io/metadata.addr`. The value of that label is a hash of the
 *    construct's path, so moving a construct in the tree would restart every pod.
 * 3. Every container of a Deployment has our defaults, also one that a user adds to the Deployment.
 */
export class TrackDeployment extends kplus.Deployment {
  protected override readonly apiObject: ApiObject;
  private readonly identity?: { [key: string]: string };
  private ownPodMetadata?: ApiObjectMetadataDefinition;
  private readonly podMetadataProps: { labels: { [key: string]: string }; annotations: { [key: string]: string } };

  constructor(
    scope: Construct,
    id: string,
    props: kplus.DeploymentProps & {
      /** The label that distinguishes this Deployment's pods from all others. */
      readonly identity: { [key: string]: string };
      readonly podLabels: { [key: string]: string };
      readonly podAnnotations: { [key: string]: string };
      readonly finish: (spec: JsonObject) => JsonObject;
    },
  ) {
    const { identity, podLabels, podAnnotations, finish, ...plusProps } = props;
    super(scope, id, plusProps);
    this.identity = identity;
    this.podMetadataProps = { labels: podLabels, annotations: podAnnotations };
    this.apiObject = replaceResource(this, plusProps.metadata ?? {}, finish);
  }

  public override addContainer(container: kplus.ContainerProps): kplus.Container {
    this.refuseOtherPlus('addContainer', container);
    return remembered(super.addContainer(supported(container)), container);
  }

  public override addInitContainer(container: InitContainerProps): kplus.Container {
    this.refuseOtherPlus('addInitContainer', container);
    const order = this.containers.length + this.initContainers.length;
    // cdk8s-plus renders no probes of init containers, so a sidecar is added as a container and moved when the pod is rendered.
    const added = isSidecar(container)
      ? super.addContainer(supported(withoutRestartPolicy(container)))
      : super.addInitContainer(supported(container));
    INIT_ORDER.set(added, order);
    return remembered(added, container);
  }

  public override addVolume(volume: kplus.Volume): void {
    this.refuseOtherPlus('addVolume', volume);
    super.addVolume(volume);
  }

  /** The properties of the constructor are checked with those of the track, and reported with all that is wrong in the app. */
  private refuseOtherPlus(method: string, value: unknown): void {
    const isConstructed = this.identity !== undefined;
    const found = isConstructed ? otherPlus(value, '') : undefined;
    if (found) {
      throw new Error(`[${this.node.path}] ${method}: ${otherPlusMessage(found)}`);
    }
  }

  public override get podMetadata(): ApiObjectMetadataDefinition {
    this.ownPodMetadata ??= new ApiObjectMetadataDefinition({ ...this.podMetadataProps, apiObject: this.apiObject });
    return this.ownPodMetadata;
  }

  public override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return {
      labelSelector: kplus.LabelSelector.of({ labels: this.identity! }),
      namespaces: this.metadata.namespace ? { names: [this.metadata.namespace] } : undefined,
    };
  }
}

export class PairService extends kplus.Service {
  protected override readonly apiObject: ApiObject;

  constructor(scope: Construct, id: string, props: kplus.ServiceProps & { readonly finish: (spec: JsonObject) => JsonObject }) {
    const { finish, ...plusProps } = props;
    super(scope, id, plusProps);
    this.apiObject = replaceResource(this, plusProps.metadata ?? {}, finish);
  }
}

/** From version 28 on, cdk8s-plus refuses a container with a restart policy, which is set when the pod is rendered. */
function withoutRestartPolicy({ restartPolicy: _, ...container }: InitContainerProps): kplus.ContainerProps {
  return container;
}

/** The properties that cdk8s-plus can render, with our defaults. */
function supported(container: kplus.ContainerProps): kplus.ContainerProps {
  return withDefaults(withoutEphemeralStorage(withoutOwnProbes(container)));
}

function remembered(container: kplus.Container, props: kplus.ContainerProps): kplus.Container {
  CONTAINERS.set(container, props);
  return container;
}

/** Replaces the object that cdk8s-plus made for a construct by one whose spec `finish` completes when it is rendered. */
export function replaceResource(owner: Construct, metadata: object, finish: (spec: JsonObject) => JsonObject): ApiObject {
  const rendered = ApiObject.of(owner);
  owner.node.tryRemoveChild(rendered.node.id);
  return new ApiObject(owner, rendered.node.id, {
    apiVersion: rendered.apiVersion,
    kind: rendered.kind,
    metadata,
    spec: Lazy.any({ produce: () => finish((rendered.toJson() as { spec: JsonObject }).spec) }) as unknown,
  });
}
