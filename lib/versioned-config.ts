import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ConfigContent, configName } from './core/config-content';
import { checkConfig } from './input/check-config';
import { Input } from './input/input';
import * as kplus from './kplus';
import { sha256 } from './sha256';
import type { VersionedConfigProps } from './versioned-config-props';

/**
 * Configuration that belongs to a version: an immutable ConfigMap whose name ends with a hash of its content.
 *
 * Each track refers to one, so a change of configuration is a change of the pod template: it follows the stages as a new image does, and a
 * rollback brings the old one back. It is a ConfigMap of cdk8s-plus to all that takes one: `Env.fromConfigMap`, `EnvValue.fromConfigMap`,
 * `Volume.fromConfigMap`. Two with the same name and content in one chart are one object.
 */
export class VersionedConfig extends kplus.Resource implements kplus.IConfigMap {
  /** Whether an object is the ConfigMap of a `VersionedConfig`. @internal */
  public static _isConfig(object: ApiObject): boolean {
    return CONFIG in object;
  }

  /** The path of the `VersionedConfig` that has made a ConfigMap of this name, in any app of this process. @internal */
  public static _pathOf(name: string): string | undefined {
    return PATHS.get(name);
  }

  /** The plural of the kind, for roles. */
  public readonly resourceType = 'configmaps';

  /** The ConfigMap. That of another `VersionedConfig` if both have the same name and content. */
  protected readonly apiObject: ApiObject;

  /**
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props the name and the content
   */
  public constructor(scope: Construct, id: string, props: VersionedConfigProps) {
    super(scope, id);
    const input = new Input();
    const content = checkConfig(input, props);
    this.apiObject = input.guard(this, () => this.sharedObject(props, content));
    this.node.defaultChild = this.apiObject;
  }

  private sharedObject({ name, namespace }: VersionedConfigProps, content: ConfigContent): ApiObject {
    const chart = Chart.of(this);
    const metadata = { name: configName(name, content, sha256), namespace: namespace ?? chart.namespace };
    const objects = OBJECTS.get(chart) ?? new Map<string, ApiObject>();
    OBJECTS.set(chart, objects);
    const key = JSON.stringify([metadata.namespace, metadata.name]);
    const object = objects.get(key) ?? this.createObject(metadata, content);
    objects.set(key, object);
    return object;
  }

  private createObject(metadata: { readonly name: string; readonly namespace?: string }, content: ConfigContent): ApiObject {
    const filled = Object.entries(content).filter(([, values]) => Object.keys(values as object).length > 0);
    const object = new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      immutable: true,
      ...Object.fromEntries(filled),
    });
    PATHS.set(metadata.name, this.node.path);
    return Object.defineProperty(object, CONFIG, { value: true });
  }
}

const CONFIG = Symbol.for('cdk8s-canary.VersionedConfig');

/** The ConfigMaps of each chart, by namespace and name. The name is a hash of the content, so equal names have equal contents. */
const OBJECTS = new WeakMap<Chart, Map<string, ApiObject>>();

/** The paths of the constructs, by the names of their ConfigMaps: for a message about one that is in another app. */
const PATHS = new Map<string, string>();
