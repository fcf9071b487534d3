import { type ConfigContent, MOST_CONTENT_BYTES, contentBytes } from '../core/config-content';
import * as names from '../core/names';
import type { ConfigDirectory, VersionedConfigProps } from '../versioned-config-props';
import { filesIn, readLocalFile, textOf } from './config-files';
import { type Input, isMap } from './input';

const PROPS: Readonly<Record<keyof VersionedConfigProps, true>> = {
  binaryData: true,
  data: true,
  directories: true,
  files: true,
  name: true,
  namespace: true,
};

const DIRECTORY: Readonly<Record<keyof ConfigDirectory, true>> = { exclude: true, keyPrefix: true, path: true };

/** Checks the properties of a `VersionedConfig`, reads its files, and returns what its ConfigMap will have. */
export function checkConfig(input: Input, props: VersionedConfigProps): ConfigContent {
  const content = new ContentReader(input);
  if (!input.known('', props, PROPS)) {
    return content.read();
  }
  input.text('name', props.name, names.CONFIG_NAME, '"shop-settings"');
  if (props.namespace !== undefined) {
    input.text('namespace', props.namespace, names.NAMESPACE);
  }
  content.addEach('data', props.data, (property, key, value) => content.addText(property, key, value));
  content.addEach('binaryData', props.binaryData, (property, key, value) => content.addBase64(property, key, value));
  content.addEach('files', props.files, (property, key, file) => content.addFile(property, key, file));
  for (const [index, directory] of input.entries<ConfigDirectory>('directories', props.directories).entries()) {
    content.addDirectory(`directories[${index}]`, directory);
  }
  content.checkSize();
  return content.read();
}

/** Collects the content, and what is wrong with it. */
class ContentReader {
  private readonly data = new Map<string, string>();
  private readonly binaryData = new Map<string, string>();

  constructor(private readonly input: Input) {}

  read(): ConfigContent {
    return { data: Object.fromEntries(this.data), binaryData: Object.fromEntries(this.binaryData) };
  }

  addEach(property: string, values: unknown, add: (property: string, key: string, value: unknown) => void): void {
    if (values !== undefined && !isMap(values)) {
      this.input.reject(property, values, 'be a map from keys to strings');
      return;
    }
    for (const [key, value] of Object.entries(values ?? {})) {
      add(`${property}[${JSON.stringify(key)}]`, key, value);
    }
  }

  addText(property: string, key: string, value: unknown): void {
    if (typeof value !== 'string') {
      const isScalar = ['number', 'boolean'].includes(typeof value);
      this.input.reject(property, value, 'be a string', isScalar ? JSON.stringify(String(value)) : undefined);
    } else if (this.isFree(property, key)) {
      this.data.set(key, value);
    }
  }

  /** The API server decodes the bytes and encodes them anew, so another spelling of them would come back as another content. */
  addBase64(property: string, key: string, value: unknown): void {
    if (typeof value !== 'string' || Buffer.from(value, 'base64').toString('base64') !== value) {
      this.input.reject(property, value, 'be base64 of RFC 4648, with padding and without spaces', "Buffer.from(bytes).toString('base64')");
    } else if (this.isFree(property, key)) {
      this.binaryData.set(key, value);
    }
  }

  addFile(property: string, key: string, file: unknown): void {
    const bytes = typeof file === 'string' ? readLocalFile(file) : undefined;
    if (bytes === undefined) {
      this.input.reject(property, file, 'be the path of a file that can be read', 'a path from the folder in which the app runs');
    } else if (this.isFree(property, key)) {
      const text = textOf(bytes);
      if (text === undefined || text.includes('\u0000')) {
        this.binaryData.set(key, bytes.toString('base64'));
      } else {
        this.data.set(key, text);
      }
    }
  }

  addDirectory(property: string, directory: ConfigDirectory): void {
    if (!this.input.known(property, directory, DIRECTORY)) {
      return;
    }
    const files = typeof directory.path === 'string' ? filesIn(directory) : undefined;
    if (files === undefined) {
      const must = 'be the path of a directory that can be read';
      this.input.reject(`${property}.path`, directory.path, must, 'a path from the folder in which the app runs');
    }
    files?.forEach((file, key) => this.addFile(`${property}, ${key}`, key, file));
  }

  checkSize(): void {
    const bytes = contentBytes(this.read());
    if (this.data.size + this.binaryData.size === 0 && this.input.problems.length === 0) {
      this.input.reject('data', undefined, 'have at least one key, here or in binaryData, files or directories', "{ GREETING: 'hello' }");
    }
    if (bytes > MOST_CONTENT_BYTES) {
      const must = `be at most ${MOST_CONTENT_BYTES} bytes in all, the API server's limit for a ConfigMap`;
      this.input.reject('data', `${bytes} bytes`, must, 'two VersionedConfigs, or a volume that is filled when the pod starts');
    }
  }

  private isFree(property: string, key: string): boolean {
    const before = this.input.problems.length;
    this.input.text(`${property}, key`, key, names.CONFIG_KEY);
    if (this.data.has(key) || this.binaryData.has(key)) {
      this.input.reject(`${property}, key`, key, 'be used once', 'another key');
    }
    return this.input.problems.length === before;
  }
}
