import { Lazy } from 'cdk8s';
import { IConstruct } from 'constructs';

/**
 * A stage is a lens on one tree of constructs. What depends on the stage is written as a value of its own, made by
 * {@link staged}, and everything else is the same at every stage.
 *
 * - In a `CanaryApp` the tree is rendered once, with a {@link Lens} in place. Each staged value comes out as a mark and is
 *   noted in the lens; a stage then fills in the marks. Ordinary `Lazy` values are produced once, as in any cdk8s app.
 * - In any other app there is no lens. A staged value comes out as the value of the stage chosen on a scope above it.
 */
export class Lens {
  private readonly values = new Map<string, StagedValue>();

  /**
   * Notes a value and gives the mark that stands for it in the rendered tree. A list is marked by a list: a patch that
   * reaches into it changes the mark, where one that reaches into a string would be lost in silence.
   */
  mark(value: StagedValue): unknown {
    const mark = `\u0000cdk8s-canary:${this.values.size}`;
    this.values.set(mark, value);
    return value.isList ? [{ [mark]: true }] : mark;
  }

  /** The value that stands marked at a place; undefined for everything else, a mark that was changed included. */
  valueOf(json: unknown): StagedValue | undefined {
    const mark = Array.isArray(json) && json.length === 1 ? onlyKeyOf(json[0]) : json;
    const value = typeof mark === 'string' && mark.startsWith('\u0000') ? this.values.get(mark) : undefined;
    return value?.isList === Array.isArray(json) ? value : undefined;
  }

  /** Every value that was marked. */
  marked(): StagedValue[] {
    return [...this.values.values()];
  }
}

/** A value that depends on the stage. */
export interface StagedValue {
  /** The construct it belongs to. */
  readonly owner: IConstruct;
  /** Where it stands in its object, so that a patch that takes it away is found. */
  readonly path: readonly (string | number)[];
  /** Whether it is a list of objects rather than a single value. */
  readonly isList: boolean;
  /** The property that says the same, for who tries to patch it. */
  readonly property: string;
  /** Its value in a folder; undefined to leave the field out. */
  at(folder: string): unknown;
}

/** The stage that a construct is rendered for, where it is one: none while a lens is in place. */
export function stageInSight(construct: IConstruct): string | undefined {
  return lenses.has(construct.node.root) ? undefined : selectedStage(construct);
}

function onlyKeyOf(item: unknown): string | undefined {
  const keys = typeof item === 'object' && item !== null ? Object.keys(item) : [];
  return keys.length === 1 ? keys[0] : undefined;
}

/** The lens in place, by the root of the tree it looks at. */
const lenses = new WeakMap<IConstruct, Lens>();

/** Renders a tree through a lens. */
export function renderThrough<T>(lens: Lens, root: IConstruct, render: () => T): T {
  lenses.set(root, lens);
  try {
    return render();
  } finally {
    lenses.delete(root);
  }
}

/**
 * A value that depends on the stage, to be put anywhere in a manifest.
 *
 * @param fallback the folder to take where no stage is chosen; without one that is an error
 */
export function staged(value: StagedValue, fallback: () => string | undefined = () => undefined): Lazy {
  return Lazy.any({
    produce: () => {
      const lens = lenses.get(value.owner.node.root);
      return lens ? lens.mark(value) : value.at(selectedStage(value.owner) ?? fallback() ?? refuse(value.owner));
    },
  }) as Lazy;
}

const SELECTED = 'cdk8s-canary:stage';

export function selectStage(scope: IConstruct, stage: string): void {
  scope.node.addMetadata(SELECTED, stage);
}

/** The stage chosen on the nearest scope at or above a construct; of several choices on one scope the last holds. */
export function selectedStage(construct: IConstruct): string | undefined {
  for (const scope of [...construct.node.scopes].reverse()) {
    const chosen = scope.node.metadata.filter(({ type }) => type === SELECTED).pop();
    if (chosen) {
      return chosen.data as string;
    }
  }
  return undefined;
}

function refuse(construct: IConstruct): never {
  throw new Error(
    `[${construct.node.path}] stage: got none; must be chosen in an app that is not a CanaryApp; try Stages.select(chart, 'stage-0')`,
  );
}
