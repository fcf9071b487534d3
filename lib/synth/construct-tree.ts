import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { rankOf, sortByDependencies } from '../core/apply-order';
import { type StageRenderer, renderWith } from '../staged-value';
import { CanaryPair } from '../pair';
import { Track } from '../track';
import { type Template, templateOf } from '../rendered/template';

/** A tree of constructs, walked once. */
export class ConstructTree {
  readonly pairs: CanaryPair[];
  readonly tracks: Track[];
  readonly charts: Chart[];
  /** Whether a chart must be applied before another one. */
  readonly chartsDepend: boolean;
  private readonly constructs: IConstruct[];
  private readonly canaries: ReadonlySet<ApiObject>;
  private readonly objectsByChart = new Map<Chart, ApiObject[]>();
  private readonly dependencies = new Map<IConstruct, Set<IConstruct>>();

  constructor(private readonly root: IConstruct) {
    this.constructs = root.node.findAll();
    this.pairs = byPath(this.constructs.filter((construct) => CanaryPair._isPair(construct)));
    this.canaries = new Set(this.pairs.flatMap(({ canary }) => (canary ? [ApiObject.of(canary)] : [])));
    this.tracks = byPath(this.constructs.filter((construct): construct is Track => construct instanceof Track));
    const charts = this.constructs.filter((construct): construct is Chart => Chart.isChart(construct));
    charts.forEach((chart) => this.objectsByChart.set(chart, []));
    for (const construct of this.constructs) {
      if (ApiObject.isApiObject(construct)) {
        this.objectsByChart.get(construct.chart)!.push(construct);
      }
    }
    this.noteDependencies(charts);
    this.chartsDepend = charts.some((chart) => this.dependencies.has(chart));
    this.charts = sortByDependencies(charts, pathOf, (chart) => this.dependenciesOf(chart));
  }

  /** The errors that the constructs report, each with its path. */
  validate(): { path: string; message: string }[] {
    return this.constructs.flatMap((construct) => construct.node.validate().map((message) => ({ path: construct.node.path, message })));
  }

  /**
   * Renders every object once, chart by chart, in the order in which they are applied.
   *
   * @param renderer remembers the values that depend on the stage
   */
  render(renderer: StageRenderer, onError: (object: ApiObject, error: Error) => void): Map<Chart, Template[]> {
    return renderWith(renderer, this.root, () => {
      const rendered = new Map<Chart, Template[]>();
      for (const chart of this.charts) {
        const templates: Template[] = [];
        for (const object of this.inOrder(chart)) {
          try {
            templates.push(templateOf(object, chart, this.rankOf(object), renderer));
          } catch (error) {
            onError(object, error as Error);
          }
        }
        rendered.set(chart, templates);
      }
      return rendered;
    });
  }

  private rankOf(object: ApiObject): number {
    return rankOf(object.kind, this.canaries.has(object));
  }

  private inOrder(chart: Chart): ApiObject[] {
    const key = (object: ApiObject) =>
      [String(this.rankOf(object)).padStart(2, '0'), object.kind, object.metadata.namespace ?? '', object.name, object.node.path].join(
        '\u0000',
      );
    return sortByDependencies(this.objectsByChart.get(chart)!, key, (object) => this.dependenciesOf(object));
  }

  private dependenciesOf<T extends IConstruct>(construct: T): Iterable<T> {
    return (this.dependencies.get(construct) ?? []) as Iterable<T>;
  }

  /**
   * Notes dependencies as cdk8s infers them: between charts, from nesting and from the dependencies of their constructs; and between
   * objects of one chart.
   */
  private noteDependencies(charts: readonly Chart[]): void {
    for (const chart of charts) {
      const parent = chart.node.scope;
      if (parent && Chart.isChart(parent)) {
        this.note(parent, chart);
      }
    }
    for (const source of this.constructs) {
      for (const target of source.node.dependencies) {
        const from = Chart.of(source);
        const to = Chart.of(target);
        if (from !== to) {
          this.note(from, to);
        } else {
          for (const dependent of objectsOf(source, from)) {
            objectsOf(target, to).forEach((dependency) => this.note(dependent, dependency));
          }
        }
      }
    }
  }

  private note(source: IConstruct, target: IConstruct): void {
    this.dependencies.set(source, (this.dependencies.get(source) ?? new Set()).add(target));
  }
}

function objectsOf(construct: IConstruct, chart: Chart): ApiObject[] {
  return construct.node.findAll().filter((child): child is ApiObject => ApiObject.isApiObject(child) && child.chart === chart);
}

function pathOf(construct: IConstruct): string {
  return construct.node.path;
}

function byPath<T extends IConstruct>(constructs: T[]): T[] {
  return constructs.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}
