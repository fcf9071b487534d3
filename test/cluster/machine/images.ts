import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/command';

/** An image that holds one static program and nothing else. */
export interface Image {
  readonly name: string;
  readonly program: string;
  /** The user that the program runs as; root if undefined. */
  readonly user?: string;
}

/** Writes an image as an OCI layout: a folder of blobs named by digest, and an index that names the manifest. */
export async function writeImage(image: Image, folder: string): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  const root = join(folder, 'root');
  mkdirSync(blobs, { recursive: true });
  mkdirSync(root, { recursive: true });
  cpSync(image.program, join(root, 'program'));
  const tar = join(folder, 'layer.tar');
  await run(['tar', '--create', '--file', tar, '--owner=0', '--group=0', '--mtime=@0', '--mode=0755', '-C', root, 'program']);

  const blob = (content: Buffer, mediaType: string) => {
    const hash = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(blobs, hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const layer = blob(readFileSync(tar), 'application/vnd.oci.image.layer.v1.tar');
  const config = {
    architecture: goArchitecture(),
    os: 'linux',
    config: { Entrypoint: ['/program'], ...(image.user ? { User: image.user } : {}) },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
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
