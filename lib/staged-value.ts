import { Lazy } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * Renders one tree of constructs for many stages. A value that depends on the stage is made by {@link staged}; everything else is
 * the same at every stage.
 *
 * - In a `CanaryApp` the tree is rendered once, while a {@link StageRenderer} is active. Each staged value renders as a placeholder, and
 *   the renderer remembers the value; each stage then fills in the placeholders. Ordinary `Lazy` values are produced once, as in any
 *   cdk8s app.
 * - In any other app no renderer is active. A staged value renders as the value of the stage that was selected on a scope above it.
 */
export class StageRenderer {
  private readonly values = new Map<string, StagedValue>();

  /**
   * Remembers a value and returns the placeholder that stands for it in the rendered tree. The placeholder of a list is a list, so that a
   * patch which reaches into the list changes the placeholder and is found; a patch cannot reach into a string.
   */
  placeholderFor(value: StagedValue): unknown {
    const placeholder = `\u0000cdk8s-canary:${this.values.size}`;
    this.values.set(placeholder, value);
    return value.isList ? [{ [placeholder]: true }] : placeholder;
  }

  /** The value that a placeholder stands for; undefined for anything else, and for a placeholder that a patch changed. */
  valueOf(json: unknown): StagedValue | undefined {
    const placeholder = Array.isArray(json) && json.length === 1 ? onlyKeyOf(json[0]) : json;
    const value = typeof placeholder === 'string' && placeholder.startsWith('\u0000') ? this.values.get(placeholder) : undefined;
    return value?.isList === Array.isArray(json) ? value : undefined;
  }

  /** Every value that has a placeholder. */
  all(): StagedValue[] {
    return [...this.values.values()];
  }
}

/** A value that depends on the stage. */
export interface StagedValue {
  /** The construct it belongs to. */
  readonly owner: IConstruct;
  /** Its path in its object, so that a patch that removes it is found. */
  readonly path: readonly (string | number)[];
  /** Whether it is a list of objects rather than a single value. */
  readonly isList: boolean;
  /** The property that sets it, for the message to a user who patches it. */
  readonly property: string;
  /** Its value in a folder; undefined to leave the field out. */
  at(folder: string): unknown;
}

/** The single stage that a construct is rendered for; undefined while a renderer renders all of them. */
export function stageInSight(construct: IConstruct): string | undefined {
  return renderers.has(construct.node.root) ? undefined : selectedStage(construct);
}

function onlyKeyOf(item: unknown): string | undefined {
  const keys = typeof item === 'object' && item !== null ? Object.keys(item) : [];
  return keys.length === 1 ? keys[0] : undefined;
}

/** The active renderer, by the root of its tree. */
const renderers = new WeakMap<IConstruct, StageRenderer>();

/** Calls `render` while a renderer is active for a tree. */
export function renderWith<T>(renderer: StageRenderer, root: IConstruct, render: () => T): T {
  renderers.set(root, renderer);
  try {
    return render();
  } finally {
    renderers.delete(root);
  }
}

/**
 * A value that depends on the stage, for any place in a manifest.
 *
 * @param fallback the folder to take if no stage is selected; without it that is an error
 */
export function staged(value: StagedValue, fallback: () => string | undefined = () => undefined): Lazy {
  return Lazy.any({
    produce: () => {
      const renderer = renderers.get(value.owner.node.root);
      return renderer ? renderer.placeholderFor(value) : value.at(selectedStage(value.owner) ?? fallback() ?? refuse(value.owner));
    },
  }) as Lazy;
}

const SELECTED = 'cdk8s-canary:stage';

export function selectStage(scope: IConstruct, stage: string): void {
  scope.node.addMetadata(SELECTED, stage);
}

/** The stage that is selected on the nearest scope at or above a construct; the last selection on a scope wins. */
export function selectedStage(construct: IConstruct): string | undefined {
  for (const scope of [...construct.node.scopes].reverse()) {
    const selected = scope.node.metadata.filter(({ type }) => type === SELECTED).pop();
    if (selected) {
      return selected.data as string;
    }
  }
  return undefined;
}

function refuse(construct: IConstruct): never {
  throw new Error(
    `[${construct.node.path}] no stage is selected, and only a CanaryApp writes all stages; call Stages.select(chart, 'stage-0')`,
  );
}
