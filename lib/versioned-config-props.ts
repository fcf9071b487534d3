import type * as kplus from './kplus';

/** A local directory whose files become keys of a `VersionedConfig`. */
export interface ConfigDirectory extends kplus.AddDirectoryOptions {
  /** The path of the directory. Directories in it are left out. */
  readonly path: string;
}

/** Properties of a `VersionedConfig`. */
export interface VersionedConfigProps {
  /**
   * The first part of the ConfigMap's name: at most 242 lower-case letters, digits, `-` and `.`. A hash of the content is appended, so the
   * object is called, for example, `shop-settings-0a1b2c3d4e`.
   */
  readonly name: string;

  /**
   * Text by key. Each value is a string.
   *
   * @default - none
   */
  readonly data?: { [key: string]: string };

  /**
   * Bytes by key, each value in base64.
   *
   * @default - none
   */
  readonly binaryData?: { [key: string]: string };

  /**
   * Local files by key: `{ 'nginx.conf': 'config/nginx.conf' }`. They are read when the construct is made. A file that is not UTF-8 text is
   * kept as bytes.
   *
   * @default - none
   */
  readonly files?: { [key: string]: string };

  /**
   * Local directories. The name of each file in them is a key.
   *
   * @default - none
   */
  readonly directories?: ConfigDirectory[];

  /**
   * The namespace of the ConfigMap. It must be that of the pods.
   *
   * @default - the chart's
   */
  readonly namespace?: string;
}
