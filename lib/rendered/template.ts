import type { ApiObject, Chart } from 'cdk8s';
import { type Json, type JsonObject, YamlText, toYaml } from '../core/yaml';
import type { StageRenderer, StagedValue } from '../staged-value';

/** One API object, rendered once for all stages, with a slot for each value that depends on the stage. */
export interface Template {
  readonly construct: ApiObject;
  readonly chart: Chart;
  /** Its place in the order of applying, by its kind: two digits. */
  readonly rank: number;
  readonly json: JsonObject;
  readonly slots: readonly Slot[];
}

/** A place in a template that a stage fills in. */
export interface Slot {
  readonly path: readonly (string | number)[];
  readonly value: StagedValue;
}

/** Renders an object, and finds its slots. */
export function templateOf(construct: ApiObject, chart: Chart, rank: number, renderer: StageRenderer): Template {
  const json = construct.toJson() as JsonObject;
  const slots: Slot[] = [];
  findSlots(json, [], renderer, slots);
  return { construct, chart, rank, json, slots };
}

/** @param path of the value; the walk changes it, and copies it for each slot */
function findSlots(value: Json, path: (string | number)[], renderer: StageRenderer, slots: Slot[]): void {
  const staged = renderer.valueOf(value);
  if (staged) {
    slots.push({ path: [...path], value: staged });
  } else if (value !== null && typeof value === 'object') {
    for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      path.push(key);
      findSlots((value as JsonObject)[key]!, path, renderer, slots);
      path.pop();
    }
  }
}

/** A template as text for every stage. The text between the slots is written once. */
export class TemplateText {
  private readonly text: YamlText<Slot>;

  constructor(private readonly template: Template) {
    // Each placeholder is a value of its own that occurs nowhere else in the template.
    const slots = new Map(template.slots.map((slot) => [valueAt(template.json, slot.path), slot]));
    this.text = new YamlText(template.json, (value) => slots.get(value));
  }

  /** Whether it is the same at every stage. */
  get isConstant(): boolean {
    return this.template.slots.length === 0;
  }

  /** The document as a folder has it. */
  at(folder: string): string {
    const values = new Map(this.template.slots.map((slot) => [slot, slot.value.at(folder) as Json | undefined]));
    // A field that is left out may remove a line of its parent too; that is rare, so the whole document is written again.
    return [...values.values()].includes(undefined)
      ? toYaml(fillIn(this.template.json, values))
      : this.text.fill((slot) => values.get(slot)!);
  }
}

function valueAt(json: Json, path: readonly (string | number)[]): Json {
  return path.reduce<Json>((value, key) => (value as JsonObject)[key]!, json);
}

/** A copy of a template with a stage's values in its slots; it shares everything else with the template. */
function fillIn(template: JsonObject, values: ReadonlyMap<Slot, Json | undefined>): JsonObject {
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
