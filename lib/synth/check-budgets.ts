import { type Remark, warning } from '../core/finding';
import { Fraction } from '../core/fraction';
import type { CanaryPair } from '../pair';
import { namespaceOf, podLabelsOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

/** The fields of a PodDisruptionBudget that matter here. */
interface Budget {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  readonly selector?: Selector;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** The budgets of an app, indexed by a label that they select, so that a pair checks only few of thousands. */
export class Budgets {
  private readonly places = new Map<Template, number>();
  /** By namespace and one label that the selector requires. */
  private readonly byLabel = new Map<string, Template[]>();
  /** The budgets whose selectors require no label value. */
  private readonly others: Template[] = [];

  constructor(templates: readonly Template[]) {
    for (const budget of templates.filter(({ json }) => json.kind === 'PodDisruptionBudget')) {
      this.places.set(budget, this.places.size);
      const [label] = Object.entries((budget.json.spec as unknown as Budget | undefined)?.selector?.matchLabels ?? {});
      if (label === undefined) {
        this.others.push(budget);
      } else {
        const key = keyOf(budget, label);
        const labelled = this.byLabel.get(key) ?? [];
        labelled.push(budget);
        this.byLabel.set(key, labelled);
      }
    }
  }

  /** The budgets that may count pods of these Deployments, in the order of the app. */
  near(tracks: readonly Template[]): Template[] {
    const isNear = (budget: Template) => namespaceOf(budget.json) === namespaceOf(tracks[0]!.json);
    const labelled = tracks.flatMap((track) =>
      Object.entries(podLabelsOf(track)).flatMap((label) => this.byLabel.get(keyOf(track, label)) ?? []),
    );
    return [...new Set([...labelled, ...this.others.filter(isNear)])].sort((a, b) => this.places.get(a)! - this.places.get(b)!);
  }
}

function keyOf({ json }: Template, [key, value]: [string, string]): string {
  return [namespaceOf(json), key, value].join('\u0000');
}

/**
 * Checks the budgets that count a pair's pods. A budget that allows no disruption at a stage blocks every drain of a node with its pods. If
 * two budgets count one pod, Kubernetes refuses its eviction with an error, whatever they allow.
 *
 * @param tracks the rendered Deployments of the pair, stable first
 * @param folders the folders that are written
 */
export function checkBudgets(pair: CanaryPair, tracks: readonly Template[], budgets: Budgets, folders: readonly string[]): Remark[] {
  const counted = budgets.near(tracks).map((budget) => ({
    budget,
    tracks: tracks.filter((track) => matches((budget.json.spec as unknown as Budget | undefined)?.selector, podLabelsOf(track))),
  }));
  return [...blocked(pair, tracks, counted, folders), ...shared(tracks, counted)];
}

type Counted = readonly { readonly budget: Template; readonly tracks: readonly Template[] }[];

function blocked(pair: CanaryPair, tracks: readonly Template[], counted: Counted, folders: readonly string[]): Remark[] {
  return counted.flatMap(({ budget, tracks: own }) => {
    const podsAt = (folder: string) => {
      const { stable, canary } = pair._stateAt(folder);
      return (own.includes(tracks[0]!) ? stable : 0) + (tracks[1] && own.includes(tracks[1]) ? canary : 0);
    };
    const stuck = folders.filter((folder) => podsAt(folder) > 0 && allowed(budget.json.spec as unknown as Budget, podsAt(folder)) < 1);
    return stuck.length === 0
      ? []
      : [
          warning(
            'blocked-drain',
            `PodDisruptionBudget ${budget.construct.name} allows no eviction of its ${podsAt(stuck[0]!)} pods at ${stuck.join(', ')}, so a node with such a pod cannot be drained; set maxUnavailable: 1 instead of minAvailable`,
          ),
        ];
  });
}

function shared(tracks: readonly Template[], counted: Counted): Remark[] {
  return tracks.flatMap((track) => {
    const names = counted.filter(({ tracks: own }) => own.includes(track)).map(({ budget }) => budget.construct.name);
    return names.length < 2
      ? []
      : [
          warning(
            'blocked-drain',
            `PodDisruptionBudgets ${names.join(' and ')} select the pods of ${track.construct.name}, so Kubernetes refuses every eviction of them; give each track one budget, with a selector on the label cdk8s-canary/deployment`,
          ),
        ];
  });
}

/** The number of pods that may be evicted when all are ready. Kubernetes rounds both percentages up. */
function allowed({ minAvailable, maxUnavailable }: Budget, pods: number): number {
  return minAvailable === undefined ? countOf(maxUnavailable ?? 0, pods) : pods - countOf(minAvailable, pods);
}

function countOf(value: number | string, pods: number): number {
  const percent = /^(\d+)%$/.exec(String(value));
  return percent ? Number(Fraction.of(BigInt(percent[1]!) * BigInt(pods), 100).ceil()) : Number(value);
}

/** Whether a selector matches labels. An empty selector matches every pod of its namespace; a missing one matches no pod. */
function matches(selector: Selector | undefined, labels: Readonly<Record<string, string>>): boolean {
  const expressions = selector?.matchExpressions ?? [];
  return (
    selector !== undefined &&
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    expressions.every(({ key, operator, values = [] }) => {
      const isThere = key in labels;
      const isListed = isThere && values.includes(labels[key]!);
      return { In: isListed, NotIn: !isListed, Exists: isThere, DoesNotExist: !isThere }[operator] ?? false;
    })
  );
}
