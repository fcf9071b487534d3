import { joinDocuments } from '../core/yaml';
import type { FileOfObjects } from './layout';
import { TemplateText } from '../rendered/template';
import { sha256 } from '../sha256';

/** A file to write. */
export interface OutputFile {
  /** Its path in the output folder. */
  readonly path: string;
  readonly content: string;
  /** `sha256:` and the content's digest. */
  readonly digest: string;
}

/**
 * The files of a synth except its plan. Each is built when it is read and not kept, because the files of a thousand pairs take a hundred
 * megabytes. Building a file cannot fail, because everything that can fail was rendered before.
 */
export class Files implements Iterable<OutputFile> {
  /**
   * @param folders the folders of manifests
   * @param layout the files of each of these folders
   * @param others the files outside of them, by their paths
   */
  constructor(
    private readonly folders: readonly string[],
    private readonly layout: readonly FileOfObjects[],
    private readonly others: ReadonlyMap<string, string>,
  ) {}

  *[Symbol.iterator](): Iterator<OutputFile> {
    // Go through the files, not the folders: the text that a file's documents share is then at hand, and can be released after the file.
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

  /** The files of one folder, by their paths in it. */
  of(folder: string): Map<string, string> {
    return new Map(this.layout.map((file) => [file.path, new FileTexts(file).at(folder).content]));
  }

  /** The content of one file; undefined if there is no file at the path. */
  contentOf(path: string): string | undefined {
    const folder = this.folders.find((name) => path.startsWith(`${name}/`));
    const file = this.layout.find((one) => path === `${folder}/${one.path}`);
    return file ? new FileTexts(file).at(folder!).content : this.others.get(path);
  }
}

/** The content of one file in each folder. */
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
  return `sha256:${sha256(content)}`;
}
