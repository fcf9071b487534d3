import * as fs from 'node:fs';
import * as path from 'node:path';
import { Chart } from 'cdk8s';
import { CanaryApp, CanaryPair, IstioVirtualService } from '../../lib';
import { freshFolder } from './fresh-folder';

/** Declares the content of an app. */
export type Declare = (app: CanaryApp) => void;

/** A regular expression only if a list in the sentence grows with the library. */
export type Sentence = string | RegExp;

/** An input that a synth must refuse. */
export interface RefusedInput {
  readonly what: string;
  readonly declare: Declare;
  /** All sentences of the error, each with the path of its construct. */
  readonly sentences: readonly Sentence[];
}

/** An input that looks invalid but is valid. */
export interface AcceptedInput {
  readonly what: string;
  readonly declare: Declare;
}

export const VALID = {
  baseline: 3,
  service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
  pod: { image: 'registry.local/shop:1.0', ports: [{ number: 8080 }] },
  stable: { name: 'shop-blue', version: '1.0' },
  canary: { name: 'shop-green', version: '1.1', image: 'registry.local/shop:1.1' },
};

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The valid pair with some properties replaced; the properties of its parts are replaced one by one. */
export function props(change: any): any {
  const merged: any = { ...VALID };
  for (const [key, value] of Object.entries(change ?? {})) {
    const isPart = ['service', 'pod', 'stable', 'canary'].includes(key) && isMap(value);
    merged[key] = isPart ? { ...(VALID as any)[key], ...value } : value;
  }
  return merged;
}

export function validPair(app: CanaryApp, change: any = {}): CanaryPair {
  return new CanaryPair(new Chart(app, 'shop'), 'web', props(change));
}

/** Adds a path to sentences that do not begin with one. */
export const at = (construct: string) => (sentence: Sentence) =>
  typeof sentence !== 'string' || sentence.startsWith('[') ? sentence : `[${construct}] ${sentence}`;

/** A pair with invalid properties. */
export function pair(what: string, change: any, ...sentences: Sentence[]): RefusedInput {
  return { what, declare: (app) => void validPair(app, change), sentences: sentences.map(at('shop/web')) };
}

/** Any other app. */
export function app(what: string, declare: (app: CanaryApp) => unknown, ...sentences: Sentence[]): RefusedInput {
  return { what, declare: (given) => void declare(given), sentences };
}

/** A pair with properties that look invalid but are valid. */
export function validChange(what: string, change: any): AcceptedInput {
  return { what, declare: (given) => void validPair(given, change) };
}

/** The output folder of the tests in one file. */
export const ROOT = freshFolder();

/** The output of a valid app. A refused app must not change it. */
export const OLD = path.join(ROOT, 'old');

let outputs = 0;
let oldOutput: Record<string, string>;

beforeAll(() => {
  const app = new CanaryApp({ outdir: OLD, quiet: true });
  const routed = validPair(app);
  new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
  app.synth();
  oldOutput = snapshot(OLD);
});

/** The content and the modification time of each file and folder, which reveal every write. */
export function snapshot(dir: string): Record<string, string> {
  const entries = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    ['.', ...entries].map((entry) => {
      const stat = fs.statSync(path.join(dir, entry));
      return [entry, `${stat.mtimeMs} ${stat.isDirectory() ? '' : fs.readFileSync(path.join(dir, entry), 'utf8')}`];
    }),
  );
}

/** The sentences of the error for an app that is declared with `declare` and written to `outdir`. */
export function refusal(outdir: string, declare: Declare): string[] {
  try {
    const app = new CanaryApp({ outdir, quiet: true });
    declare(app);
    app.synth();
  } catch (error) {
    // A TypeError is a crash, not a message for the user.
    expect((error as Error).constructor.name).toBe('Error');
    return sentencesOf(error as Error);
  }
  throw new Error('nothing was refused');
}

/** The sentences after "… errors, nothing was written". That line must state their number. */
function sentencesOf({ message }: Error): string[] {
  const [head, ...sentences] = message.split('\n');
  if (!head!.endsWith(', nothing was written:')) {
    return message.split('\n');
  }
  expect(head).toBe(`${sentences.length === 1 ? 'an error' : `${sentences.length} errors`}, nothing was written:`);
  return sentences.map((sentence) => sentence.replace(/^ {2}/, ''));
}

/** Expects the same error for a new output folder and for one with old output, and no write to either. */
export function expectRefusal(declare: Declare, expected: readonly Sentence[]): void {
  const fresh = path.join(ROOT, `fresh-${outputs}`);
  // Only one app may write to a folder, so the old output gets a new name for each one. A rename changes no content.
  const used = path.join(ROOT, `used-${outputs++}`);
  fs.renameSync(OLD, used);

  const sentences = refusal(fresh, declare);
  expect(fs.existsSync(fresh)).toBe(false);
  try {
    expect(refusal(used, declare)).toEqual(sentences);
    expect(snapshot(used)).toEqual(oldOutput);
  } finally {
    fs.renameSync(used, OLD);
  }
  expect(sentences).toEqual(expected.map((sentence) => (typeof sentence === 'string' ? sentence : expect.stringMatching(sentence))));
}

const refusedInputs: RefusedInput[] = [];
let isLoading = false;

/** Declares a test for each input, which expects that the input is refused. */
export function refused(inputs: readonly RefusedInput[]): void {
  refusedInputs.push(...inputs);
  if (!isLoading) {
    describe('the library refuses invalid input, with one sentence for each error, and writes nothing', () => {
      test.each(inputs)('$what', ({ declare, sentences }) => expectRefusal(declare, sentences));
    });
  }
}

/** Declares a test for each input, which expects that the input is accepted. */
export function accepted(inputs: readonly AcceptedInput[]): void {
  if (!isLoading) {
    describe('the library accepts input that looks invalid', () => {
      test.each(inputs)('$what', ({ declare }) => {
        const app = new CanaryApp({ outdir: path.join(ROOT, `good-${outputs++}`), quiet: true });
        declare(app);
        expect(() => app.synth()).not.toThrow();
      });
    });
  }
}

/** The refused inputs of all test files in a folder. Loads the files without declaring their tests again. */
export function refusedInputsIn(folder: string): readonly RefusedInput[] {
  isLoading = true;
  try {
    fs.readdirSync(folder)
      .filter((file) => file.endsWith('.test.ts'))
      .forEach((file) => jest.requireActual(path.join(folder, file)));
  } finally {
    isLoading = false;
  }
  return refusedInputs;
}
