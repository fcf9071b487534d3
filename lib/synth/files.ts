import { createHash } from 'node:crypto';
import { joinDocuments } from '../core/yaml';
import { FileOfObjects } from './layout';
import { TemplateText } from '../rendered/template';

/** A file as it is to be written. */
export interface OutputFile {
  /** Its path in the output folder. */
  readonly path: string;
  readonly content: string;
  /** `sha256:` and the content's digest. */
  readonly digest: string;
}

/**
 * The files of a synth but its plan. Each is put together when it is asked for and forgotten then: of a thousand pairs all
 * together would be a hundred megabytes. Nothing can fail any more; what can has been rendered before.
 */
export class Files implements Iterable<OutputFile> {
  /**
   * @param folders those that hold manifests
   * @param layout the files of each of them
   * @param others files that are in none of them, by their paths
   */
  constructor(
    private readonly folders: readonly string[],
    private readonly layout: readonly FileOfObjects[],
    private readonly others: ReadonlyMap<string, string>,
  ) {}

  *[Symbol.iterator](): Iterator<OutputFile> {
    // File by file, not folder by folder: what a file's documents have in common is at hand, and can be forgotten after it.
    for (const file of this.layout) {
      const texts = new FileTexts(file);
      for (const folder of this.folders) {
        yield { path: `${folder}/${file.path}`, ...texts.at(folder) };
      }
    }
    for (const [path, content] of this.others) {
      yield { path, content, digest: digest(content) };
    }
  }

  /** What lies in one folder, by its path there. */
  of(folder: string): Map<string, string> {
    return new Map(this.layout.map((file) => [file.path, new FileTexts(file).at(folder).content]));
  }

  /** The content of one file; undefined where there is none at that path. */
  contentOf(path: string): string | undefined {
    const folder = this.folders.find((name) => path.startsWith(`${name}/`));
    const file = this.layout.find((one) => path === `${folder}/${one.path}`);
    return file ? new FileTexts(file).at(folder!).content : this.others.get(path);
  }
}

/** The texts that a file has in the folders. */
class FileTexts {
  private readonly texts: readonly TemplateText[];
  private readonly isConstant: boolean;
  private last: Omit<OutputFile, 'path'> | undefined;

  constructor({ templates }: FileOfObjects) {
    this.texts = templates.map((template) => new TemplateText(template));
    this.isConstant = this.texts.every(({ isConstant }) => isConstant);
  }

  at(folder: string): Omit<OutputFile, 'path'> {
    if (!this.last || !this.isConstant) {
      const content = joinDocuments(this.texts.map((text) => text.at(folder)));
      this.last = { content, digest: digest(content) };
    }
    return this.last;
  }
}

function digest(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
