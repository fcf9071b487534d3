import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { PlanFile } from '../../../lib/core/plan-file';
import { readPlan } from '../core/plan/plan';
import { UsageError } from '../core/errors';
import { type Resource, at } from '../core/resource';

/** The output of a synth: the plan, and the manifests that it lists. */
export class SynthOutput {
  private readonly documents = new Map<string, readonly Resource[]>();

  private constructor(
    readonly dir: string,
    readonly plan: PlanFile,
  ) {}

  /** @throws UsageError if the plan is missing or cannot be read */
  static open(dir: string): SynthOutput {
    const path = join(dir, 'plan.json');
    if (!existsSync(path)) {
      throw new UsageError(`${path}: no such file; a synth writes it beside the stage folders`, [
        'npm run synth   writes it',
        '--dir FOLDER    reads it from another folder',
      ]);
    }
    return new SynthOutput(dir, readPlan(readFileSync(path, 'utf8'), path));
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

  private namesIn(folder: string): string[] {
    const path = join(this.dir, folder);
    return existsSync(path) ? readdirSync(path).filter((file) => /\.(ya?ml|json)$/.test(file)) : [];
  }

  private read(file: string): Resource[] {
    const path = join(this.dir, file);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) {
      throw new UsageError(`${path}: ${stat ? 'not a regular file' : 'no such file'}, but plan.json lists it; synthesize again`);
    }
    const bytes = readFileSync(path);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (digest !== this.plan.files[file]) {
      throw new UsageError(
        `${path}: its digest is not the one in plan.json, so the file was changed; synthesize again, and review the result`,
      );
    }
    return parseAllDocuments(bytes.toString('utf8'), { schema: 'core', uniqueKeys: true }).map((document) => {
      if (document.errors.length > 0) {
        throw new UsageError(`${path}: ${document.errors[0]!.message.split('\n')[0]}`);
      }
      const object: unknown = document.toJS({ maxAliasCount: 0 });
      if (typeof at(object, 'kind') !== 'string' || typeof at(object, 'metadata', 'name') !== 'string') {
        throw new UsageError(`${path}: contains a document that is not a Kubernetes object`);
      }
      return object as Resource;
    });
  }
}

/** The folder of a file; the folders of a rollback are one level deeper. */
function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

/** Sorts by bytes, as kubectl lists a folder. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
