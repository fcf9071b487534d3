import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Children } from './children';
import { run, until } from '../../support/command';
import { pushImage } from './images';
import { PODS } from './network';
import type { Programs } from './programs';

export const REGISTRY = '127.0.0.1:5000';
const PAUSE = 'pause:1';

/** The demo's image by the tutorial's name, and a variant that runs without root. */
export const DEMO_IMAGE = 'scubakiz/servicedemo:1.0';
export const DEMO_IMAGE_NOT_ROOT = 'scubakiz/servicedemo:1.0-nonroot';

/** The versions of the service that the adoption suite takes over. All of them are the demo. */
const SHOP_IMAGES = ['1.0', '1.1', '1.2'].map((version) => `library/shop:${version}`);

/** Starts containerd and a registry that holds the images. Returns containerd's socket. */
export async function startContainers(children: Children, programs: Programs, folder: string): Promise<string> {
  startRegistry(children, folder);
  const socket = startContainerd(children, folder);
  await until('the registry', 20, async () => ((await fetch(`http://${REGISTRY}/v2/`)).ok ? true : undefined));
  const images = [
    { name: PAUSE, program: programs.bin['pause']!, user: '65535' },
    { name: DEMO_IMAGE, program: programs.bin['demo']! },
    { name: DEMO_IMAGE_NOT_ROOT, program: programs.bin['demo']!, user: '65532' },
    ...SHOP_IMAGES.map((name) => ({ name, program: programs.bin['demo']! })),
  ];
  await Promise.all(images.map((image) => pushImage(image, REGISTRY, join(folder, 'images'))));
  // The kubelet exits at once if containerd does not answer yet.
  await until('containerd', 20, async () => (await run(['ctr', '--address', socket, 'version']), true));
  return socket;
}

function startRegistry(children: Children, folder: string): void {
  const config = join(folder, 'registry.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
      http: { addr: REGISTRY },
    }),
  );
  children.start('registry', ['docker-registry', 'serve', config]);
}

function startContainerd(children: Children, folder: string): string {
  const socket = join(folder, 'containerd.sock');
  const network = join(folder, 'cni');
  const hosts = join(folder, 'registries');
  mkdirSync(network, { recursive: true });
  mkdirSync(join(hosts, 'docker.io'), { recursive: true });
  // This mirror replaces Docker Hub, so that the image scubakiz/servicedemo of a manifest is pulled from our registry.
  writeFileSync(
    join(hosts, 'docker.io', 'hosts.toml'),
    `server = "http://${REGISTRY}"\n[host."http://${REGISTRY}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
  writeFileSync(
    join(network, '10-bridge.conflist'),
    JSON.stringify({
      cniVersion: '1.0.0',
      name: 'pods',
      plugins: [
        {
          type: 'bridge',
          bridge: 'cni0',
          isGateway: true,
          ipMasq: true,
          hairpinMode: true,
          ipam: { type: 'host-local', ranges: [[{ subnet: PODS }]], routes: [{ dst: '0.0.0.0/0' }], dataDir: join(folder, 'addresses') },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    }),
  );
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const config = join(folder, 'containerd.toml');
  // Lowering the OOM score of a process needs a capability that a machine inside another machine may lack.
  writeFileSync(
    config,
    `version = 2
root = "${join(folder, 'containerd')}"
state = "${join(folder, 'containerd-state')}"
[grpc]
  address = "${socket}"
[${cri}]
  sandbox_image = "${REGISTRY}/${PAUSE}"
  restrict_oom_score_adj = true
  [${cri}.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${network}"
  [${cri}.registry]
    config_path = "${hosts}"
`,
  );
  children.start('containerd', ['containerd', '--config', config]);
  return socket;
}
