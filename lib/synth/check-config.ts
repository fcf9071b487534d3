import { contentOf, isNamedByContent } from '../core/config-content';
import { type Remark, error, info, warning } from '../core/finding';
import type { JsonObject } from '../core/yaml';
import { manifestsOf, titleOf } from '../rendered/manifests';
import { referencesOf } from '../rendered/references';
import { namespaceOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';
import { sha256 } from '../sha256';
import { VersionedConfig } from '../versioned-config';
import type { Configuration } from './configuration';

/** Checks a ConfigMap or a Secret as it will be written; an object of another kind has no remarks. */
export function checkConfigObject(template: Template): Remark[] {
  const isVersioned = VersionedConfig._isConfig(template.construct);
  return [
    ...(isVersioned ? checkContent(template.json) : []),
    ...manifestsOf(template).flatMap((json) => [...checkLiterals(json), ...checkAnnotation(json)]),
  ];
}

/** The name of the object is a hash of its content, so a patch of the content would let two contents have one name. */
function checkContent(json: JsonObject): Remark[] {
  const { name } = json.metadata as { name: string };
  const isIntact = json.immutable === true && isNamedByContent(name, contentOf(json), sha256);
  return isIntact
    ? []
    : [
        error(
          'patched-plan-field',
          `${titleOf(json)}: a patch changed its name or its content, which the name is a hash of; set them by the properties of the VersionedConfig`,
        ),
      ];
}

/** Everything that a synth writes goes to Git. */
function checkLiterals(json: JsonObject): Remark[] {
  const keys = [...Object.keys((json.data ?? {}) as JsonObject), ...Object.keys((json.stringData ?? {}) as JsonObject)];
  return json.kind === 'Secret' && json.apiVersion === 'v1' && keys.length > 0
    ? [
        error(
          'literal-secret',
          `${titleOf(json)} has values for ${keys.join(', ')}, and every folder would contain them, base64 or not, for everybody who can read the repository; create it in the cluster by other means and refer to it with Secret.fromSecretName`,
        ),
      ]
    : [];
}

/** The API server's limit for all annotations of an object, in bytes. `kubectl apply` keeps the whole manifest in one of them. */
const LARGEST_ANNOTATIONS = 256 * 1024;

function checkAnnotation(json: JsonObject): Remark[] {
  const bytes = json.kind === 'ConfigMap' ? Buffer.byteLength(JSON.stringify(json)) : 0;
  return bytes < LARGEST_ANNOTATIONS - 1024
    ? []
    : [
        warning(
          'large-config',
          `${titleOf(json)} has ${Math.ceil(bytes / 1024)} KiB, but kubectl apply keeps the manifest in an annotation of at most 256 KiB and fails; apply the folders with kubectl apply --server-side or with kubectl canary, or divide the content`,
        ),
      ];
}

/** Checks that the ConfigMaps of `VersionedConfig`s that the pods of a Deployment read are written by this app, in their namespace. */
export function checkReferences(track: Template, configuration: Configuration): Remark[] {
  const missing = referencesOf(track).filter(
    (reference) =>
      reference.kind === 'ConfigMap' && VersionedConfig._pathOf(reference.name) !== undefined && !configuration.has(reference, track),
  );
  const namespace = namespaceOf(track.json);
  return [...new Set(missing.map(({ name }) => name))].map((name) =>
    error(
      'config-elsewhere',
      `${track.construct.name} reads ConfigMap ${name} of the VersionedConfig ${VersionedConfig._pathOf(name)}, which this app does not write ${namespace === '' ? 'without a namespace' : `to namespace ${namespace}`}, so its pods could not start; declare the VersionedConfig in this app, with the namespace of the pair`,
    ),
  );
}

/** Notes the ConfigMaps that the pods of both tracks read and that can change. */
export function checkShared(tracks: readonly Template[], configuration: Configuration): Remark[] {
  return configuration
    .sharedBy(tracks)
    .filter(({ kind }) => kind === 'ConfigMap')
    .map(({ name }) =>
      info(
        'shared-config',
        `the pods of both tracks read ConfigMap ${name}, so a change of its data reaches stable without any stage, and a rollback keeps it; declare its data as a VersionedConfig for each track if a version may need other data`,
      ),
    );
}
