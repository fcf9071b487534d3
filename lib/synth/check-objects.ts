import type { ApiObject } from 'cdk8s';
import type { Finding, FindingCode } from '../core/finding';
import * as names from '../core/names';
import type { Json, JsonObject } from '../core/yaml';
import { show } from '../input/input';
import { ROUTERS } from '../routers';
import { fieldAt } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';
import { VersionedConfig } from '../versioned-config';
import { type PodSpec, checkPodSpec } from './check-pod-spec';

/**
 * Checks every object as it will be written, including patches. It finds values that the API server would refuse, and values that it would
 * accept but that are certainly mistakes. Placeholders of staged values are not strings of the user and pass.
 */
export function checkObjects(templates: readonly Template[]): Finding[] {
  return [...templates.flatMap((template) => new ObjectCheck(template).run()), ...duplicates(templates), ...checkRoutes(templates)];
}

/** The identity of an object in a cluster: its group, kind, namespace and name. */
export function identityOf(json: JsonObject): string {
  const group = String(json.apiVersion).includes('/') ? String(json.apiVersion).split('/')[0]! : '';
  const { name, namespace } = (json.metadata ?? {}) as { name?: string; namespace?: string };
  return [group, json.kind, namespace ?? '', name].join('/');
}

/** The checks that routers have for the objects of an app. */
function checkRoutes(templates: readonly Template[]): Finding[] {
  return Object.values(ROUTERS).flatMap(({ checkApp }) => checkApp?.(templates) ?? []);
}

function duplicates(templates: readonly Template[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const { construct, json } of templates) {
    const identity = identityOf(json);
    const first = seen.get(identity);
    if (first !== undefined) {
      const name = (json.metadata as JsonObject).name as string;
      findings.push({
        code: 'duplicate-object',
        level: 'error',
        path: construct.node.path,
        message: `${String(json.kind)} ${name}: got the same name as ${first}; must be unique in the namespace, because the object that is applied last would overwrite the other; ${wayOut(construct)}`,
      });
    }
    seen.set(identity, first ?? construct.node.path);
  }
  return findings;
}

/** Equal names of two VersionedConfigs mean equal contents, so another name would only double the object. */
function wayOut(construct: ApiObject): string {
  return VersionedConfig._isConfig(construct) ? 'declare the VersionedConfig once, and pass it to both charts' : 'try another name';
}

/** The rules for names. Most kinds take DNS subdomains, some are stricter. The API server checks the kinds whose names may contain more. */
const NAME_RULES: Readonly<Record<string, names.Rule>> = {
  Namespace: names.NAMESPACE,
  Service: names.SERVICE_NAME,
};
const FREE_NAMES = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];

interface PodTemplate {
  readonly metadata?: { readonly labels?: Record<string, unknown> };
  readonly spec?: PodSpec;
}

interface DeploymentSpec {
  readonly template?: PodTemplate;
  readonly strategy?: { readonly rollingUpdate?: { readonly maxSurge?: unknown; readonly maxUnavailable?: unknown } };
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
  readonly revisionHistoryLimit?: number;
}

/** The kinds with a selector for pods that may not be empty. */
const SELECTING_KINDS = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'];

class ObjectCheck {
  private readonly findings: Finding[] = [];

  constructor(private readonly template: Template) {}

  run(): Finding[] {
    const { json } = this.template;
    this.checkValues(json, []);
    this.checkMetadata();
    const pod = (json.spec as DeploymentSpec | undefined)?.template;
    if (SELECTING_KINDS.includes(String(json.kind)) && !pod?.spec?.containers?.length) {
      this.reject('spec.template.spec.containers', pod?.spec?.containers, 'have at least one container');
    } else if (Array.isArray(pod?.spec?.containers)) {
      this.checkLabels('spec.template.metadata.labels', pod.metadata?.labels);
      checkPodSpec(pod.spec, 'spec.template.spec', SELECTING_KINDS.includes(String(json.kind)), (field, got, must) =>
        this.reject(field, got, must),
      );
      this.checkSelector(json.spec as JsonObject, pod.metadata?.labels ?? {});
    }
    if (json.kind === 'Deployment') {
      this.checkDeployment(json.spec as DeploymentSpec | undefined);
    }
    return this.findings;
  }

  /** With no additional and no missing pods allowed, a Deployment could never replace a pod. */
  private checkDeployment({
    strategy,
    minReadySeconds = 0,
    progressDeadlineSeconds = 600,
    revisionHistoryLimit = 0,
  }: DeploymentSpec = {}): void {
    for (const [name, value] of Object.entries({ minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit })) {
      if (!isCount(value)) {
        this.reject(`spec.${name}`, value, 'be an integer of at least 0');
      }
    }
    if (isCount(minReadySeconds) && isCount(progressDeadlineSeconds) && minReadySeconds >= progressDeadlineSeconds) {
      this.reject('spec.minReadySeconds', minReadySeconds, `be less than progressDeadlineSeconds, which is ${progressDeadlineSeconds}`);
    }
    const update = strategy?.rollingUpdate ?? {};
    for (const [name, value] of Object.entries(update)) {
      if (!(Number.isInteger(value) && (value as number) >= 0) && !(typeof value === 'string' && /^\d+%$/.test(value))) {
        this.reject(`spec.strategy.rollingUpdate.${name}`, value, 'be an integer of at least 0, or a percentage such as "25%"');
      }
    }
    if (isZero(update.maxSurge) && isZero(update.maxUnavailable)) {
      this.reject('spec.strategy.rollingUpdate', update, 'not be 0 for both, because the Deployment could not replace a pod');
    }
  }

  private reject(field: string, got: unknown, must: string, code: FindingCode = 'invalid-object'): void {
    const { construct, json } = this.template;
    const message = `${String(json.kind)} ${construct.name}, ${field}: got ${show(got)}; must ${must}`;
    this.findings.push({ code, level: 'error', path: construct.node.path, message });
  }

  /**
   * Rejects values that JSON or YAML would change.
   *
   * @param path the path of the value; the walk changes it
   */
  private checkValues(value: unknown, path: (string | number)[]): void {
    if (typeof value === 'string') {
      if (isUnwritable(value) && !this.isPlaceholder(value)) {
        this.reject(fieldAt(path), value, 'be text without NUL characters or lone surrogates, which YAML cannot represent');
      }
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value) || Math.abs(value) >= 1e21) {
        this.reject(fieldAt(path), value, 'be a finite number between -1e21 and 1e21');
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
        if (typeof key === 'string') {
          this.checkValues(key, path);
        }
        path.push(key);
        this.checkValues((value as Record<string, unknown>)[key], path);
        path.pop();
      }
    } else if (typeof value !== 'boolean' && value !== undefined && value !== null) {
      this.reject(fieldAt(path), value, 'be plain JSON data');
    }
  }

  private isPlaceholder(text: string): boolean {
    return text.startsWith('\u0000cdk8s-canary:');
  }

  private checkMetadata(): void {
    const { json } = this.template;
    const metadata = (json.metadata ?? {}) as {
      name?: unknown;
      namespace?: unknown;
      labels?: Record<string, unknown>;
      annotations?: Record<string, unknown>;
    };
    const kind = String(json.kind);
    if (!FREE_NAMES.includes(kind) && !kind.endsWith('List')) {
      this.checkText('metadata.name', metadata.name, NAME_RULES[kind] ?? names.OBJECT_NAME);
    }
    if (metadata.namespace !== undefined) {
      this.checkText('metadata.namespace', metadata.namespace, names.NAMESPACE);
    }
    this.checkLabels('metadata.labels', metadata.labels);
    for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
      if (typeof value !== 'string') {
        this.reject(`metadata.annotations[${JSON.stringify(key)}]`, value, 'be a string');
      }
    }
  }

  private checkText(field: string, value: unknown, rule: names.Rule): void {
    if (typeof value !== 'string' || names.breaks(rule, value)) {
      this.reject(field, value, rule.must);
    }
  }

  private checkLabels(field: string, labels: Record<string, unknown> | undefined): void {
    for (const [key, value] of Object.entries(labels ?? {})) {
      const at = `${field}[${JSON.stringify(key)}]`;
      if (!names.isLabelKey(key)) {
        this.reject(at, value, 'have a valid label key');
      }
      if (typeof value !== 'string') {
        this.reject(at, value, 'be a string');
      } else if (!this.isPlaceholder(value)) {
        this.checkText(at, value, names.LABEL_VALUE);
      }
    }
  }

  private checkSelector(spec: JsonObject, labels: Record<string, unknown>): void {
    const { matchLabels, matchExpressions } = (spec.selector ?? {}) as { matchLabels?: Record<string, Json>; matchExpressions?: Json[] };
    const isEmpty = Object.keys(matchLabels ?? {}).length === 0 && !matchExpressions?.length;
    if (isEmpty && SELECTING_KINDS.includes(String(this.template.json.kind))) {
      this.reject('spec.selector', spec.selector, 'not be empty', 'selector-mismatch');
    }
    for (const [key, value] of Object.entries(matchLabels ?? {})) {
      if (labels[key] !== value) {
        this.reject(
          `spec.selector.matchLabels[${JSON.stringify(key)}]`,
          value,
          `equal the pod template's label, which is ${show(labels[key])}`,
          'selector-mismatch',
        );
      }
    }
  }
}

function isUnwritable(text: string): boolean {
  // Nearly all strings are printable ASCII, which this test finds out fast.
  return /[^ -~\n]/.test(text) && (text.includes('\u0000') || /\p{Surrogate}/u.test(text));
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isZero(count: unknown): boolean {
  return count === 0 || count === '0%';
}
