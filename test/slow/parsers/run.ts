/**
 * Checks that users' parsers read all output as it was written: two hundred thousand strings, each as a value and as a key, and numbers.
 * This library writes them and, for comparison, cdk8s does. Then the parsers read the manifests in `dist` and must agree on them.
 *
 *     tsx test/slow/parsers/run.ts [number of strings] [seed]
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { version as cdk8sVersion } from 'cdk8s/package.json';
import { type JsonObject, toYaml } from '../../../lib/core/yaml';
import { isSame } from '../../support/yaml-readers';
import { type Answer, type Parser, allParsers } from './parsers';
import { generateNumbers, generateStrings } from './values';

const MANIFESTS = join(__dirname, '..', '..', '..', 'dist');
const NUMBERS = 10_000;
const BATCH = 20_000;
const SHOWN = 10;
const SHOWN_OF_CDK8S = 3;

type Writer = (document: JsonObject) => string;

/** The places of a string: key and value of a map at the top, within a list, and behind two dashes. */
const PLACES: readonly ((key: string, value: string) => JsonObject)[] = [
  (key, value) => ({ [key]: value }),
  (key, value) => ({ nested: { [key]: { [key]: value } } }),
  (key, value) => ({ list: [value, { [key]: value }] }),
  (key, value) => ({ list: [[{ [key]: [value] }, value]] }),
];

interface Tally {
  passed: number;
  failed: number;
}

function main(): Tally {
  const [count = 220_000, seed = 1] = process.argv.slice(2).map(Number);
  const parsers = allParsers();
  const strings = generateStrings(count, seed);
  const numbers = generateNumbers(NUMBERS, seed);
  console.log(`${strings.length} different strings, each as value and as key, and ${numbers.length} numbers (seed ${seed})`);
  const tally = { passed: 0, failed: 0 };
  for (const [parser, misread] of checkStrings(parsers, strings)) {
    tell(parser, strings, misread, tally);
    checkNumbers(parser, numbers, tally);
  }
  checkManifests(parsers, tally);
  return tally;
}

/** The strings that a parser reads differently from what was written. */
interface Misread {
  readonly ours: string[];
  readonly ofCdk8s: string[];
  seconds: number;
}

/** Writes each string once, and passes it to all parsers. */
function checkStrings(parsers: readonly Parser[], strings: readonly string[]): Map<Parser, Misread> {
  const all = new Map<Parser, Misread>(parsers.map((parser) => [parser, { ours: [], ofCdk8s: [], seconds: 0 }]));
  for (let from = 0; from < strings.length; from += BATCH) {
    const batch = strings.slice(from, from + BATCH);
    const documents = batch.map((text, index) => PLACES[index % PLACES.length]!(text, text));
    const ours = documents.map(toYaml);
    const theirs = documents.map(byCdk8s);
    // Most texts are the same in both outputs, so they are read only once.
    const others = batch.flatMap((_, index) => (theirs[index] === ours[index] ? [] : [index]));
    for (const [parser, misread] of all) {
      const start = performance.now();
      const isRight = readBack(parser, documents, ours);
      const isOtherRight = readBack(parser, pick(documents, others), pick(theirs, others));
      misread.ours.push(...batch.filter((_, index) => !isRight[index]));
      misread.ofCdk8s.push(...batch.filter((_, index) => theirs[index] === ours[index] && !isRight[index]));
      misread.ofCdk8s.push(...pick(batch, others).filter((_, index) => !isOtherRight[index]));
      misread.seconds += (performance.now() - start) / 1000;
    }
  }
  return all;
}

function tell(parser: Parser, strings: readonly string[], { ours, ofCdk8s, seconds }: Misread, tally: Tally): void {
  tally.failed += ours.length;
  tally.passed += strings.length - ours.length;
  console.log(`${parser.name}: ${strings.length} strings read in ${seconds.toFixed(0)} s, ${mismatches(parser, toYaml, ours, SHOWN)}`);
  console.log(`  cdk8s ${cdk8sVersion} with the same strings: ${mismatches(parser, byCdk8s, ofCdk8s, SHOWN_OF_CDK8S)}`);
}

function checkNumbers(parser: Parser, numbers: readonly number[], tally: Tally): void {
  const documents = numbers.map((value) => ({ value }));
  const misread = (write: Writer) => {
    const isRight = readBack(parser, documents, documents.map(write));
    return numbers.filter((_, index) => !isRight[index]);
  };
  const [ours, theirs] = [misread(toYaml), misread(byCdk8s)];
  tally.failed += ours.length;
  tally.passed += numbers.length - ours.length;
  console.log(`  numbers: ${numbers.length} checked, ${ours.length} mismatches${listed(ours)}; cdk8s ${theirs.length}${listed(theirs)}`);
}

function listed(numbers: readonly number[]): string {
  return numbers.length === 0 ? '' : ` (${numbers.slice(0, SHOWN_OF_CDK8S).join(', ')}…)`;
}

function byCdk8s(document: JsonObject): string {
  return Yaml.stringify(document);
}

function pick<T>(items: readonly T[], indexes: readonly number[]): T[] {
  return indexes.map((index) => items[index]!);
}

function readBack(parser: Parser, documents: readonly JsonObject[], texts: readonly string[]): boolean[] {
  return parser.readAll(texts).map((answer, index) => 'value' in answer && isSame(answer.value, documents[index]));
}

/** The number of mismatches, their kinds, and the first few of them. */
function mismatches(parser: Parser, write: Writer, strings: readonly string[], shown: number): string {
  if (strings.length === 0) {
    return '0 mismatches';
  }
  const asValue = readTexts(parser, write, strings, (text) => ({ value: text }));
  const asKey = readTexts(parser, write, strings, (text) => ({ [text]: 'value' }));
  const reasons = strings.map(
    (text, index) => `    ${show(text)} as value: ${asValue[index] ?? 'right'}; as key: ${asKey[index] ?? 'right'}`,
  );
  const counts = `${asValue.filter(Boolean).length} as value, ${asKey.filter(Boolean).length} as key`;
  return [`${strings.length} mismatches (${counts}), first of them:`, ...reasons.slice(0, shown)].join('\n');
}

/** The value that a parser reads for each string in that place; undefined if it equals the string. */
function readTexts(parser: Parser, write: Writer, strings: readonly string[], place: (text: string) => JsonObject): (string | undefined)[] {
  const documents = strings.map(place);
  return parser
    .readAll(documents.map(write))
    .map((answer, index) => ('value' in answer && isSame(answer.value, documents[index]) ? undefined : showAnswer(answer)));
}

function showAnswer(answer: Answer): string {
  return 'value' in answer ? show(answer.value) : `refused (${show(answer.error)})`;
}

function show(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
}

/** Checks the manifests in `dist`, one document at a time, as kubectl splits them. */
function checkManifests(parsers: readonly Parser[], tally: Tally): void {
  const documents = manifests();
  const readings = parsers.map((parser) => parser.readAll(documents.map(({ text }) => text)));
  const differing = documents.filter((document, index) => {
    const answers = readings.map((reading) => reading[index]!);
    const first = answers[0]!;
    const isAlike = answers.every((answer) => 'value' in answer && 'value' in first && isSame(answer.value, first.value));
    if (!isAlike) {
      const each = answers.map((answer, parser) => `    ${parsers[parser]!.name}: ${showAnswer(answer)}`);
      console.log([`dist/${document.file}:`, ...each].join('\n'));
    }
    return !isAlike;
  });
  console.log(`dist: ${documents.length} documents, ${differing.length} that the ${parsers.length} parsers read differently`);
  tally.failed += differing.length;
  tally.passed += documents.length - differing.length;
}

function manifests(): { file: string; text: string }[] {
  const names = existsSync(MANIFESTS) ? readdirSync(MANIFESTS, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.filter((name) => name.endsWith('.yaml')).sort();
  if (files.length === 0) {
    throw new Error('dist holds no manifests: run `npm run synth` first.');
  }
  const read = (file: string) => readFileSync(join(MANIFESTS, file), 'utf8').split(/^---\n/m);
  return files.flatMap((file) => read(file).map((text) => ({ file, text })));
}

function exit(): void {
  let tally: Tally = { passed: 0, failed: 1 };
  try {
    tally = main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

exit();
