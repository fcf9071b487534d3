import type { Json } from '../../../../lib/core/yaml';
import { type Expression, call, literal, name } from './expression';

/** A JSON patch of a rendered object, and why it is needed. */
export interface Patch {
  readonly path: string;
  readonly value: Json;
  readonly why: string;
  /** `replace` for an entry of a list, where `add` would insert another one. */
  readonly operation: 'add' | 'replace';
}

/** A constant before the pair. */
interface Constant {
  readonly name: string;
  readonly value: Expression;
}

/** Names that the generated program uses itself, and words of the language that no constant may have. */
const TAKEN = new Set(
  `app chart pair break case catch class const continue debugger default delete do else enum export extends false finally for function if
  implements import in instanceof interface let new null package private protected public return static super switch this throw true try
  typeof var void while with yield await async arguments eval undefined`.split(/\s+/),
);

/** The declaration while it is composed: its constants, its patches, and what the report says of it. */
export class Declaration {
  readonly constants: Constant[] = [];
  readonly patches: Patch[] = [];
  /** What differs from the original, each with its reason. */
  readonly differences: string[] = [];
  /** The fields of the pod template that get another value, so that the pods are replaced once. */
  readonly templateChanges: string[] = [];
  /** What the owner should know or do. */
  readonly remarks: string[] = [];
  private readonly references = new Map<string, Expression>();
  private readonly names = new Set(TAKEN);

  patch(path: string, value: Json, why: string, operation: Patch['operation'] = 'add'): void {
    this.patches.push({ path, value, why, operation });
  }

  /** Declares a constant once for each key, and returns its name. */
  constant(key: string, words: string, valueOf: (id: string) => Expression): Expression {
    const known = this.references.get(key);
    if (known) {
      return known;
    }
    const identifier = this.identifier(words);
    this.constants.push({ name: identifier, value: valueOf(key) });
    const reference = name(identifier);
    this.references.set(key, reference);
    return reference;
  }

  /** A reference to an object that the program does not write. */
  reference(kind: keyof typeof REFERENCES, objectName: string): Expression {
    const { factory, suffix } = REFERENCES[kind];
    const words = objectName.toLowerCase().endsWith(suffix) ? objectName : `${objectName}-${suffix}`;
    return this.constant(`${kind}-${objectName}`, words, (id) => call(factory, name('chart'), literal(id), literal(objectName)));
  }

  private identifier(words: string): string {
    const camel = words
      .split(/[^A-Za-z0-9]+/)
      .filter((word) => word !== '')
      .map((word, index) => (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
      .join('');
    const base = /^[a-z]/i.test(camel) ? camel : `_${camel}`;
    let identifier = base;
    for (let count = 2; this.names.has(identifier); count++) {
      identifier = `${base}${count}`;
    }
    this.names.add(identifier);
    return identifier;
  }
}

const REFERENCES = {
  configmap: { factory: 'ConfigMap.fromConfigMapName', suffix: 'config' },
  secret: { factory: 'Secret.fromSecretName', suffix: 'secret' },
  'service-account': { factory: 'ServiceAccount.fromServiceAccountName', suffix: 'account' },
  claim: { factory: 'PersistentVolumeClaim.fromClaimName', suffix: 'claim' },
} as const;
