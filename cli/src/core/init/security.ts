import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { type Expression, type Properties, isEmpty, list, literal, name, object } from './expression';
import { hasOnly, isObject, isStrings, objectsIn } from './json';

/** The security of a pod: which standard it can be declared with, and what its containers say themselves. */
export class Security {
  /** Whether the pod complies with `PodSecurity.RESTRICTED`, so that the standard says the most of it. */
  readonly isRestricted: boolean;
  /** Whether every container drops all capabilities. */
  readonly dropsAll: boolean;
  private readonly pod: JsonObject;
  private readonly contexts: readonly JsonObject[];

  constructor(spec: JsonObject) {
    this.pod = isObject(spec.securityContext) ? spec.securityContext : {};
    this.contexts = [...objectsIn(spec.containers), ...objectsIn(spec.initContainers)].map(({ securityContext }) =>
      isObject(securityContext) ? securityContext : {},
    );
    const { contexts } = this;
    this.dropsAll = contexts.length > 0 && contexts.every(dropsAll);
    this.isRestricted =
      this.dropsAll &&
      contexts.every(
        (context) =>
          (context.runAsNonRoot ?? this.pod.runAsNonRoot) === true &&
          isRuntimeDefault(context.seccompProfile ?? this.pod.seccompProfile) &&
          context.allowPrivilegeEscalation === false &&
          context.privileged !== true,
      );
  }

  /** Whether the standard writes fields that the original leaves to a default, or to another level. */
  get changesTemplate(): boolean {
    const isWritten = (context: JsonObject) => context.readOnlyRootFilesystem !== undefined && context.seccompProfile === undefined;
    return (
      this.isRestricted && !(this.pod.runAsNonRoot === true && this.pod.seccompProfile !== undefined && this.contexts.every(isWritten))
    );
  }

  /** Whether a container that drops all capabilities says so in other words than the property of the pod. */
  get rewritesCapabilities(): boolean {
    const isAll = ({ capabilities }: JsonObject) => isObject(capabilities) && String(capabilities.drop) === 'ALL';
    return this.dropsAll && !this.contexts.every(isAll);
  }

  /** The properties of the pod. A security context that no property can express is undefined. */
  ofPod(): { readonly properties: Properties; readonly isExpressed: boolean } {
    const { seccompProfile, ...rest } = this.pod;
    const context = podContext(rest);
    const isExpressed = context !== undefined && (seccompProfile === undefined || this.isRestricted);
    return {
      isExpressed,
      properties: {
        security: name(this.isRestricted ? 'PodSecurity.RESTRICTED' : 'PodSecurity.IMAGE'),
        dropAllCapabilities: this.dropsAll && !this.isRestricted ? literal(true) : undefined,
        podSecurityContext: isExpressed && !isEmpty(context) ? context : undefined,
      },
    };
  }

  /**
   * The security context of a container, an empty object if the pod's properties say all of it; undefined if no property can express it.
   */
  ofContainer(value: Json | undefined): Expression | undefined {
    const context = isObject(value) ? value : {};
    const { seccompProfile, ...rest } = context;
    if ((seccompProfile !== undefined && !this.isRestricted) || !hasOnly(rest, ...CONTAINER_FIELDS)) {
      return undefined;
    }
    const { capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem, privileged, runAsNonRoot } = rest;
    const given = capabilitiesOf(capabilities, this.dropsAll);
    if (given === undefined) {
      return undefined;
    }
    const preset = this.isRestricted;
    return object({
      allowPrivilegeEscalation: preset ? undefined : flag(allowPrivilegeEscalation),
      capabilities: isEmpty(given) ? undefined : given,
      ensureNonRoot: preset && this.pod.runAsNonRoot !== true && runAsNonRoot === true ? undefined : flag(runAsNonRoot),
      group: number(rest.runAsGroup),
      privileged: flag(privileged),
      readOnlyRootFilesystem: preset ? (readOnlyRootFilesystem === true ? undefined : literal(false)) : flag(readOnlyRootFilesystem),
      user: number(rest.runAsUser),
    });
  }
}

const CONTAINER_FIELDS = [
  'allowPrivilegeEscalation',
  'capabilities',
  'privileged',
  'readOnlyRootFilesystem',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
];

function flag(value: Json | undefined): Expression | undefined {
  return typeof value === 'boolean' ? literal(value) : undefined;
}

function number(value: Json | undefined): Expression | undefined {
  return typeof value === 'number' ? literal(value) : undefined;
}

function dropsAll(context: JsonObject): boolean {
  const { capabilities } = context;
  return isObject(capabilities) && isStrings(capabilities.drop) && capabilities.drop.some((dropped) => dropped.toUpperCase() === 'ALL');
}

function isRuntimeDefault(profile: Json | undefined): boolean {
  return hasOnly(profile, 'type') && profile.type === 'RuntimeDefault';
}

/** The capabilities that the property of the pod does not say; undefined if no property can express them. */
function capabilitiesOf(value: Json | undefined, isDropped: boolean): Expression | undefined {
  const { add = [], drop = [] } = isObject(value) ? value : {};
  if (!isStrings(add) || !isStrings(drop)) {
    return undefined;
  }
  const dropped = isDropped ? [] : drop;
  return [...add, ...dropped].every((capability) => CAPABILITIES.has(capability))
    ? object({ add: add.length > 0 ? members(add) : undefined, drop: dropped.length > 0 ? members(dropped) : undefined })
    : undefined;
}

function members(capabilities: readonly string[]): Expression {
  return list(capabilities.map((capability) => name(`Capability.${capability}`)));
}

/** The capabilities that cdk8s-plus knows. */
const CAPABILITIES = new Set(
  `AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK
  IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID
  SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG
  WAKE_ALARM`.split(/\s+/),
);

function podContext(context: JsonObject): Expression | undefined {
  const { fsGroup, fsGroupChangePolicy, runAsGroup, runAsNonRoot, runAsUser, sysctls } = context;
  const isKnown = hasOnly(context, 'fsGroup', 'fsGroupChangePolicy', 'runAsGroup', 'runAsNonRoot', 'runAsUser', 'sysctls');
  const policy = fsGroupChangePolicy === undefined ? undefined : POLICIES[String(fsGroupChangePolicy)];
  if (!isKnown || (fsGroupChangePolicy !== undefined && (policy === undefined || fsGroup === undefined))) {
    return undefined;
  }
  return object({
    ensureNonRoot: flag(runAsNonRoot),
    fsGroup: number(fsGroup),
    fsGroupChangePolicy: policy === undefined ? undefined : name(`FsGroupChangePolicy.${policy}`),
    group: number(runAsGroup),
    sysctls: sysctls === undefined ? undefined : literal(sysctls),
    user: number(runAsUser),
  });
}

const POLICIES: Readonly<Record<string, string>> = { Always: 'ALWAYS', OnRootMismatch: 'ON_ROOT_MISMATCH' };
