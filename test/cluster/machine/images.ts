import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { attempt, run } from '../../support/command';

/** An image that holds one program, the shared libraries that it needs, and an empty /tmp. */
export interface Image {
  readonly name: string;
  readonly program: string;
  /** The path of the program in the image (default: /program). */
  readonly path?: string;
  /** The user that the program runs as; root if undefined. */
  readonly user?: string;
}

/** Writes an image as an OCI layout: a folder of blobs named by digest, and an index that names the manifest. */
export async function writeImage(image: Image, folder: string): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  const root = join(folder, 'root');
  mkdirSync(blobs, { recursive: true });
  mkdirSync(root, { recursive: true });
  const entry = image.path ?? '/program';
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const [from, to] of [[image.program, entry], ...(await librariesOf(image.program)).map((path) => [path, path])] as const) {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { dereference: true });
    chmodSync(join(root, to), 0o755);
  }
  const tar = join(folder, 'layer.tar');
  await run(['tar', '--create', '--file', tar, '--owner=0', '--group=0', '--mtime=@0', '--sort=name', '-C', root, '.']);

  const blob = (content: Buffer, mediaType: string) => {
    const hash = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(blobs, hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const content = readFileSync(tar);
  // skopeo would compress it too, but at a level that takes several times as long.
  const layer = blob(gzipSync(content, { level: 1 }), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const config = {
    architecture: goArchitecture(),
    os: 'linux',
    config: { Entrypoint: [entry], Env: [`PATH=${dirname(entry)}`], ...(image.user ? { User: image.user } : {}) },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(content).digest('hex')}`] },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: blob(json(config), 'application/vnd.oci.image.config.v1+json'),
    layers: [layer],
  };
  const index = { schemaVersion: 2, manifests: [blob(json(manifest), manifest.mediaType)] };
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
}

/** The shared libraries of a program, and its loader; none for a static program. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await attempt(['ldd', program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}

/** Pushes an image to a registry. */
export async function pushImage(image: Image, registry: string, scratch: string): Promise<void> {
  const folder = join(scratch, image.name.replace(/[^a-z0-9]/g, '-'));
  await writeImage(image, folder);
  const to = `docker://${registry}/${image.name}`;
  await run(['skopeo', 'copy', '--quiet', '--insecure-policy', '--dest-tls-verify=false', `oci:${folder}`, to]);
}

/** This machine's architecture by Go's name, which images use too. */
function goArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
