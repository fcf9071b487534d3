import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { sortByDependencies, waveOf } from '../core/order';
import { Json, JsonObject, YamlText, toYaml } from '../core/yaml';
import { Lens, StagedValue, renderThrough } from '../lens';
import { CanaryPair } from '../pair';
import { Track } from '../track';

/** One API object, rendered once for all stages: what depends on the stage is left open. */
export interface Template {
  readonly construct: ApiObject;
  readonly chart: Chart;
  /** When it is applied, as a number of two digits. */
  readonly wave: number;
  readonly json: JsonObject;
  readonly holes: readonly Hole[];
}

/** A place in a template that a stage fills in. */
export interface Hole {
  readonly path: readonly (string | number)[];
  readonly value: StagedValue;
}

/** A tree of constructs, looked through once. */
export class Tree {
  readonly pairs: CanaryPair[];
  readonly tracks: Track[];
  readonly charts: Chart[];
  /** Whether a chart has to be applied before another one. */
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

  /** What the constructs themselves find wrong, each with its path. */
  validate(): { path: string; message: string }[] {
    return this.constructs.flatMap((construct) => construct.node.validate().map((message) => ({ path: construct.node.path, message })));
  }

  /**
   * Every object, rendered once, chart by chart in the order in which they are to be applied.
   *
   * @param lens notes the values that depend on the stage
   */
  render(lens: Lens, onError: (object: ApiObject, error: Error) => void): Map<Chart, Template[]> {
    return renderThrough(lens, this.root, () => {
      const rendered = new Map<Chart, Template[]>();
      for (const chart of this.charts) {
        const templates: Template[] = [];
        for (const object of this.inOrder(chart)) {
          try {
            templates.push(templateOf(object, chart, this.waveOf(object), lens));
          } catch (error) {
            onError(object, error as Error);
          }
        }
        rendered.set(chart, templates);
      }
      return rendered;
    });
  }

  private waveOf(object: ApiObject): number {
    return waveOf(object.kind, this.canaries.has(object));
  }

  private inOrder(chart: Chart): ApiObject[] {
    const key = (object: ApiObject) =>
      [String(this.waveOf(object)).padStart(2, '0'), object.kind, object.metadata.namespace ?? '', object.name, object.node.path].join(
        '\u0000',
      );
    return sortByDependencies(this.objectsByChart.get(chart)!, key, (object) => this.dependenciesOf(object));
  }

  private dependenciesOf<T extends IConstruct>(construct: T): Iterable<T> {
    return (this.dependencies.get(construct) ?? []) as Iterable<T>;
  }

  /** As cdk8s infers them: between charts, from nesting and from what their constructs need; between objects of one chart. */
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

function templateOf(construct: ApiObject, chart: Chart, wave: number, lens: Lens): Template {
  const json = construct.toJson() as JsonObject;
  const holes: Hole[] = [];
  findHoles(json, [], lens, holes);
  return { construct, chart, wave, json, holes };
}

/** @param path where the value stands; it is changed while the walk goes on, and copied where there is a hole */
function findHoles(value: Json, path: (string | number)[], lens: Lens, holes: Hole[]): void {
  const staged = lens.valueOf(value);
  if (staged) {
    holes.push({ path: [...path], value: staged });
  } else if (value !== null && typeof value === 'object') {
    for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      path.push(key);
      findHoles((value as JsonObject)[key]!, path, lens, holes);
      path.pop();
    }
  }
}

/** A template as text, for every stage: what no stage changes is written once. */
export class TemplateText {
  private readonly text: YamlText<Hole>;

  constructor(private readonly template: Template) {
    // A mark is a value of its own, and what takes the place of one is an object that stands nowhere else.
    const holes = new Map(template.holes.map((hole) => [valueAt(template.json, hole.path), hole]));
    this.text = new YamlText(template.json, (value) => holes.get(value));
  }

  /** Whether it reads the same at every stage. */
  get isConstant(): boolean {
    return this.template.holes.length === 0;
  }

  /** The document as a folder has it. */
  at(folder: string): string {
    const values = new Map(this.template.holes.map((hole) => [hole, hole.value.at(folder) as Json | undefined]));
    // What is left out may take a line of its parent's with it, so that is seldom and written anew.
    return [...values.values()].includes(undefined)
      ? toYaml(fillIn(this.template.json, values))
      : this.text.fill((hole) => values.get(hole)!);
  }
}

function valueAt(json: Json, path: readonly (string | number)[]): Json {
  return path.reduce<Json>((value, key) => (value as JsonObject)[key]!, json);
}

/** A template with a stage's values in its holes. Everything else is shared with the template: nothing of it is changed. */
function fillIn(template: JsonObject, values: ReadonlyMap<Hole, Json | undefined>): JsonObject {
  let json: Json = template;
  for (const [{ path }, value] of values) {
    json = withValue(json, path, value);
  }
  return json as JsonObject;
}

function withValue(json: Json, path: readonly (string | number)[], value: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) {
    return value as Json;
  }
  if (Array.isArray(json)) {
    return json.map((item, index) => (index === key ? withValue(item, rest, value) : item));
  }
  const copy = { ...(json as JsonObject) };
  if (rest.length === 0 && value === undefined) {
    delete copy[key];
  } else {
    copy[key] = withValue(copy[key]!, rest, value);
  }
  return copy;
}
