import type { Json, JsonObject } from '../../../../lib/core/yaml';
import type { Declaration } from './declaration';
import { type Expression, call, literal, name, object } from './expression';
import { hasOnly, isObject, objectsIn } from './json';
import { size } from './quantities';

/**
 * The kinds of containers that mount volumes, in the order of rendering: cdk8s-plus-27 has native sidecars among the containers, and renders
 * volumes by the mounts of containers, then of init containers, then as listed.
 */
const MOUNTED_BY = ['main', 'container', 'sidecar', 'init'] as const;
export type MountedBy = (typeof MOUNTED_BY)[number];

/** The volumes of a pod: the constants that declare them, by name, and how a container mounts them. */
export class Volumes {
  private readonly byName = new Map<string, Expression>();
  /** The volumes that containers mount, in the order in which cdk8s-plus renders them: see `MOUNTED_BY`. */
  private readonly mounted: Record<MountedBy, string[]> = { main: [], container: [], sidecar: [], init: [] };
  private readonly patched = new Map<string, JsonObject>();

  constructor(
    volumes: readonly JsonObject[],
    private readonly declaration: Declaration,
  ) {
    for (const volume of volumes) {
      this.declare(volume);
    }
  }

  private declare(volume: JsonObject): void {
    const { name: volumeName, ...source } = volume;
    const text = String(volumeName);
    const expression = (id: string) => {
      const supported = volumeOf(text, source, id, this.declaration);
      if (!supported) {
        this.patched.set(text, volume);
      }
      return supported ?? emptyDir(text, id, {});
    };
    // The references that a volume needs are declared before it.
    const value = expression(`volume-${text}`);
    this.byName.set(
      text,
      this.declaration.constant(`volume-${text}`, /volume$/i.test(text) ? text : `${text}-volume`, () => value),
    );
  }

  /** The mounts of a container; undefined if no property can express one of them. */
  mounts(value: Json, by: MountedBy): Expression | undefined {
    const mounts = objectsIn(value);
    const expressions = mounts.map((mount) => this.mount(mount));
    if (expressions.some((expression) => expression === undefined)) {
      return undefined;
    }
    this.mounted[by].push(...mounts.map((mount) => String(mount.name)));
    return { kind: 'list', items: expressions as Expression[] };
  }

  private mount(mount: JsonObject): Expression | undefined {
    const volume = this.byName.get(String(mount.name));
    const { mountPath, readOnly, subPath, subPathExpr, mountPropagation } = mount;
    if (!volume || !hasOnly(mount, 'name', 'mountPath', 'readOnly', 'subPath', 'subPathExpr', 'mountPropagation')) {
      return undefined;
    }
    const propagation = PROPAGATION[String(mountPropagation)];
    if (mountPropagation !== undefined && propagation === undefined) {
      return undefined;
    }
    return object({
      path: literal(mountPath ?? ''),
      volume,
      readOnly: readOnly === true ? literal(true) : undefined,
      subPath: subPath === undefined || subPath === '' ? undefined : literal(subPath),
      subPathExpr: subPathExpr === undefined || subPathExpr === '' ? undefined : literal(subPathExpr),
      propagation: mountPropagation === undefined ? undefined : name(`MountPropagation.${propagation}`),
    });
  }

  /** The volumes that must be listed: those that the main container does not mount. */
  listed(): Expression | undefined {
    const names = [...this.byName.keys()];
    const others = names.filter((volume) => !this.mounted.main.includes(volume));
    const rendered = [...new Set([...MOUNTED_BY.flatMap((by) => this.mounted[by]), ...others])];
    if (rendered.join() !== names.join()) {
      this.declaration.templateChanges.push('the order of the volumes, which follows that of the mounts');
    }
    rendered.forEach((volume, index) => {
      const original = this.patched.get(volume);
      if (original) {
        const kind = Object.keys(original).find((key) => key !== 'name');
        this.declaration.patch(
          `/spec/template/spec/volumes/${index}`,
          original,
          `no volume of cdk8s-plus can express this ${kind}`,
          'replace',
        );
      }
    });
    return others.length === 0 ? undefined : { kind: 'list', items: others.map((volume) => this.byName.get(volume)!) };
  }
}

const PROPAGATION: Readonly<Record<string, string>> = {
  Bidirectional: 'BIDIRECTIONAL',
  HostToContainer: 'HOST_TO_CONTAINER',
  None: 'NONE',
};

function emptyDir(volume: string, id: string, options: Readonly<Record<string, Expression | undefined>>): Expression {
  return factory('Volume.fromEmptyDir', id, [literal(volume)], options);
}

function factory(
  callee: string,
  id: string,
  args: readonly Expression[],
  options: Readonly<Record<string, Expression | undefined>>,
): Expression {
  const given = object(options);
  const hasOptions = given.kind === 'object' && given.entries.length > 0;
  return call(callee, name('chart'), literal(id), ...args, ...(hasOptions ? [given] : []));
}

function volumeOf(volume: string, source: JsonObject, id: string, declaration: Declaration): Expression | undefined {
  const kinds = Object.keys(source);
  const kind = kinds[0] ?? 'emptyDir';
  const settings = source[kind] ?? {};
  return kinds.length > 1 || !isObject(settings) ? undefined : SOURCES[kind]?.({ volume, id, settings, declaration });
}

interface Source {
  readonly volume: string;
  readonly id: string;
  readonly settings: JsonObject;
  readonly declaration: Declaration;
}

const flag = (value: Json | undefined) => (value === true ? literal(true) : undefined);
/** `optional`, of which the API server tells false from none. */
const optional = (value: Json | undefined) => (typeof value === 'boolean' ? literal(value) : undefined);
const given = (value: Json | undefined) => (value === undefined ? undefined : literal(value));

const SOURCES: Readonly<Record<string, (source: Source) => Expression | undefined>> = {
  emptyDir: ({ volume, id, settings }) => {
    const { medium = '', sizeLimit } = settings;
    const limit = size(sizeLimit);
    const isKnown = medium === '' || medium === 'Memory';
    if (!hasOnly(settings, 'medium', 'sizeLimit') || !isKnown || (sizeLimit !== undefined && limit === undefined)) {
      return undefined;
    }
    return emptyDir(volume, id, { medium: medium === 'Memory' ? name('EmptyDirMedium.MEMORY') : undefined, sizeLimit: limit });
  },
  configMap: ({ volume, id, settings, declaration }) => {
    const items = itemsOf(settings.items);
    if (!hasOnly(settings, 'name', 'items', 'defaultMode', 'optional') || items === undefined) {
      return undefined;
    }
    return factory('Volume.fromConfigMap', id, [declaration.reference('configmap', String(settings.name))], {
      name: literal(volume),
      ...items,
      defaultMode: modeOf(settings.defaultMode),
      optional: optional(settings.optional),
    });
  },
  secret: ({ volume, id, settings, declaration }) => {
    const items = itemsOf(settings.items);
    if (!hasOnly(settings, 'secretName', 'items', 'defaultMode', 'optional') || items === undefined) {
      return undefined;
    }
    return factory('Volume.fromSecret', id, [declaration.reference('secret', String(settings.secretName))], {
      name: literal(volume),
      ...items,
      defaultMode: modeOf(settings.defaultMode),
      optional: optional(settings.optional),
    });
  },
  persistentVolumeClaim: ({ volume, id, settings, declaration }) =>
    hasOnly(settings, 'claimName', 'readOnly')
      ? factory('Volume.fromPersistentVolumeClaim', id, [declaration.reference('claim', String(settings.claimName))], {
          name: literal(volume),
          readOnly: flag(settings.readOnly),
        })
      : undefined,
  hostPath: ({ volume, id, settings }) => {
    const type = String(settings.type ?? '');
    const member = HOST_PATH_TYPES[type];
    return hasOnly(settings, 'path', 'type') && (type === '' || member !== undefined)
      ? factory('Volume.fromHostPath', id, [literal(volume)], {
          path: literal(settings.path ?? ''),
          type: type === '' ? undefined : name(`HostPathVolumeType.${member}`),
        })
      : undefined;
  },
  nfs: ({ volume, id, settings }) =>
    hasOnly(settings, 'server', 'path', 'readOnly')
      ? factory('Volume.fromNfs', id, [literal(volume)], {
          server: given(settings.server),
          path: given(settings.path),
          readOnly: flag(settings.readOnly),
        })
      : undefined,
  csi: ({ volume, id, settings }) =>
    hasOnly(settings, 'driver', 'fsType', 'readOnly', 'volumeAttributes')
      ? factory('Volume.fromCsi', id, [literal(settings.driver ?? '')], {
          name: literal(volume),
          fsType: given(settings.fsType),
          readOnly: flag(settings.readOnly),
          attributes: given(settings.volumeAttributes),
        })
      : undefined,
};

const HOST_PATH_TYPES: Readonly<Record<string, string>> = {
  BlockDevice: 'BLOCK_DEVICE',
  CharDevice: 'CHAR_DEVICE',
  Directory: 'DIRECTORY',
  DirectoryOrCreate: 'DIRECTORY_OR_CREATE',
  File: 'FILE',
  FileOrCreate: 'FILE_OR_CREATE',
  Socket: 'SOCKET',
};

/** The mode of files that is the default of Kubernetes, 0644, is left out. */
function modeOf(mode: Json | undefined): Expression | undefined {
  return mode === undefined || mode === 0o644 ? undefined : literal(mode);
}

/** The keys of a ConfigMap or Secret that become files; undefined if no property can express them. */
function itemsOf(value: Json | undefined): { readonly items?: Expression } | undefined {
  const items = objectsIn(value);
  if (new Set(items.map(({ key }) => key)).size < items.length || items.some((item) => !hasOnly(item, 'key', 'path', 'mode'))) {
    return undefined;
  }
  const mappings = items.map(({ key, path, mode }) => [String(key), object({ path: given(path), mode: given(mode) })] as const);
  return items.length === 0 ? {} : { items: object(Object.fromEntries(mappings)) };
}
