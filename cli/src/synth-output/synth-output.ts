import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { PlanFile } from '../../../lib/core/plan-file';
import { readPlan } from '../core/plan/plan';
import { UsageError } from '../core/errors';
import { type Resource, at } from '../core/resource';
import { kindOf, readRegularFile } from './regular-file';

/** The output of a synth: the plan, and the manifests that it lists. */
export class SynthOutput {
  private readonly documents = new Map<string, readonly Resource[]>();

  private constructor(
    readonly dir: string,
    readonly plan: PlanFile,
    /** SHA-256 of plan.json, in hex. */
    readonly planDigest: string,
  ) {}

  /** @throws UsageError if the plan is missing or cannot be read */
  static open(dir: string): SynthOutput {
    const path = join(dir, 'plan.json');
    const bytes = readRegularFile(path);
    if (!bytes) {
      throw new UsageError(`${path}: no such file; a synth writes it beside the stage folders`, [
        'npm run synth   writes it',
        '--dir FOLDER    reads it from another folder',
      ]);
    }
    return new SynthOutput(dir, readPlan(bytes.toString('utf8'), path), digestOf(bytes));
  }

  /**
   * Returns the manifests of a folder, in the order in which they are applied.
   *
   * @throws UsageError if a file is missing, changed or not listed in the plan, so that only reviewed files are applied
   */
  folder(name: string): readonly Resource[] {
    const known = this.documents.get(name);
    if (known) {
      return known;
    }
    const files = Object.keys(this.plan.files)
      .filter((file) => folderOf(file) === name)
      .sort(byName);
    if (files.length === 0) {
      throw new UsageError(`${join(this.dir, name)}: plan.json lists no file in this folder`);
    }
    this.refuseLinks(name);
    const stray = this.namesIn(name).filter((file) => !files.includes(`${name}/${file}`));
    if (stray.length > 0) {
      throw new UsageError(
        `${join(this.dir, name)}: got ${stray.join(', ')}; must contain only files that plan.json lists; remove it, or synthesize again`,
      );
    }
    const documents = files.flatMap((file) => this.read(file));
    this.documents.set(name, documents);
    return documents;
  }

  /** Every folder that is applied. */
  get folders(): readonly string[] {
    const { advance, rollback } = this.plan.order;
    return [...new Set([...advance, ...Object.values(rollback).flat()])];
  }

  /** Refuses a folder that is elsewhere: its files are not those that were reviewed. */
  private refuseLinks(folder: string): void {
    const parts = folder.split('/');
    for (const [n] of parts.entries()) {
      const path = join(this.dir, ...parts.slice(0, n + 1));
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found && !found.isDirectory()) {
        throw new UsageError(`${path}: got ${kindOf(found)}; must be a folder with the files that plan.json lists; synthesize again`);
      }
    }
  }

  private namesIn(folder: string): string[] {
    const path = join(this.dir, folder);
    return existsSync(path) ? readdirSync(path).filter((file) => /\.(ya?ml|json)$/.test(file)) : [];
  }

  private read(file: string): Resource[] {
    const path = join(this.dir, file);
    const bytes = readRegularFile(path);
    if (!bytes) {
      throw new UsageError(`${path}: no such file, but plan.json lists it; synthesize again`);
    }
    if (`sha256:${digestOf(bytes)}` !== this.plan.files[file]) {
      throw new UsageError(
        `${path}: its digest is not the one in plan.json, so the file was changed; synthesize again, and review the result`,
      );
    }
    return documentsIn(bytes.toString('utf8'), path).map((object) => {
      if (typeof at(object, 'kind') !== 'string' || typeof at(object, 'metadata', 'name') !== 'string') {
        throw new UsageError(`${path}: contains a document that is not a Kubernetes object`);
      }
      return object as Resource;
    });
  }
}

/** Reads YAML without aliases. @throws UsageError if it is not valid, or nested too deeply to be read */
function documentsIn(text: string, path: string): readonly unknown[] {
  try {
    return parseAllDocuments(text, { schema: 'core', uniqueKeys: true }).map((document) => {
      if (document.errors.length > 0) {
        throw document.errors[0]!;
      }
      return document.toJS({ maxAliasCount: 0 }) as unknown;
    });
  } catch (error) {
    throw new UsageError(`${path}: not valid YAML: ${(error as Error).message.split('\n')[0]}`);
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The folder of a file; the folders of a rollback are one level deeper. */
function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

/** Sorts by bytes, as kubectl lists a folder. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
