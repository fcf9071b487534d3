import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { READERS } from '../../support/yaml-readers';

export type Answer = { readonly value: unknown } | { readonly error: string };

export interface Parser {
  readonly name: string;
  readAll(documents: readonly string[]): Answer[];
}

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cdk8s-canary', 'parsers');
const GO_MODULE = join(__dirname, 'go');
const PYTHON_SCRIPT = join(__dirname, 'parse.py');
const MEGABYTE = 2 ** 20;

export function allParsers(): Parser[] {
  return [goParser(), pythonParser(), ...READERS.map(({ name, read }) => nodeParser(name, read))];
}

/** kubectl's parser, built from the module beside this file. */
function goParser(): Parser {
  const version = /sigs\.k8s\.io\/yaml (v\S+)/.exec(readFileSync(join(GO_MODULE, 'go.mod'), 'utf8'))![1]!;
  const binary = join(CACHE, `go-yaml-${version}`);
  mkdirSync(CACHE, { recursive: true });
  run('Go', 'go', ['build', '-buildvcs=false', '-o', binary, '.'], GO_MODULE);
  return childParser(`Go sigs.k8s.io/yaml ${version}`, binary, []);
}

/** The PyYAML of the machine, or else a pinned one in a virtual environment. */
function pythonParser(): Parser {
  run('Python 3', 'python3', ['--version']);
  const python = canImportYaml('python3') ? 'python3' : environment();
  return childParser(`PyYAML ${run('PyYAML', python, [PYTHON_SCRIPT, '--version']).trim()}`, python, [PYTHON_SCRIPT]);
}

function canImportYaml(python: string): boolean {
  return spawnSync(python, ['-c', 'import yaml']).status === 0;
}

function environment(): string {
  const requirement = readFileSync(join(__dirname, 'requirements.txt'), 'utf8').trim();
  const folder = join(CACHE, `python-${requirement.replace('==', '-')}`);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(python) || !canImportYaml(python)) {
    rmSync(folder, { recursive: true, force: true });
    run('Python 3 with its venv module', 'python3', ['-m', 'venv', folder]);
    run('pip', python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]);
  }
  return python;
}

function run(what: string, command: string, args: readonly string[], cwd?: string): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error && 'code' in error && error.code === 'ENOENT') {
    throw new Error(
      `${what} is missing: this check reads YAML with the real parsers and skips none. Install it, so that \`${command}\` is on the PATH.`,
    );
  }
  if (error || status !== 0) {
    throw new Error(`${what} failed: \`${command} ${args.join(' ')}\` says: ${error?.message ?? stderr.trim()}`);
  }
  return stdout;
}

/** A parser that runs as a child process and exchanges one line of JSON per document. */
function childParser(name: string, command: string, args: readonly string[]): Parser {
  const readAll = (documents: readonly string[]) => {
    const input = documents.map((document) => JSON.stringify(document) + '\n').join('');
    const { error, status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 1024 * MEGABYTE });
    const lines = stdout.split('\n').slice(0, -1);
    if (error || status !== 0 || lines.length !== documents.length) {
      throw new Error(`${name} stopped after ${lines.length} of ${documents.length} documents: ${error?.message ?? stderr.trim()}`);
    }
    return lines.map((line) => JSON.parse(line) as Answer);
  };
  return { name, readAll };
}

function nodeParser(name: string, read: (text: string) => unknown): Parser {
  const answer = (document: string): Answer => {
    try {
      return { value: read(document) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  return { name, readAll: (documents) => documents.map(answer) };
}
