import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run, until } from '../../support/command';
import { RUN_LABEL } from '../machine/cluster-info';
import { type Resource, create, get, merge, request } from './api';
import { clusterInfo } from './cluster-info';
import { isFirst } from './is-first';

/** The label that identifies the pods of one Deployment. */
export const DEPLOYMENT = 'cdk8s-canary/deployment';

/**
 * `kubectl apply` with kubectl's built-in types. With the schema of the server it makes the same patches, but takes ten times as much
 * processor time. `api.test.ts` checks that the default `kubectl apply` finds nothing to change after this one.
 */
const APPLY = ['apply', '--openapi-patch=false', '--validate=false'] as const;

/** The pods of a Deployment that are not terminating, and the number of ready ones. */
export interface TrackPods {
  readonly ready: number;
  readonly pods: number;
}

/**
 * Returns an address that no other test of this run has used. For minutes, the kernel remembers the destination of a client's connections
 * and would send new connections with the same addresses and ports to the old destination.
 */
function nextAddress(): string {
  const taken = join(clusterInfo.results, 'addresses');
  mkdirSync(taken, { recursive: true });
  const address = clusterInfo.loadBalancers!.find((one) => isFirst(() => writeFileSync(join(taken, one), '', { flag: 'wx' })));
  if (address === undefined) {
    throw new Error(`the run has used up its ${clusterInfo.loadBalancers!.length} addresses for load balancers`);
  }
  return address;
}

/** The namespace of one test. */
export class Namespace {
  private constructor(readonly name: string) {}

  static async create(labels: Readonly<Record<string, string>> = {}): Promise<Namespace> {
    const namespace = new Namespace(`canary-${randomBytes(4).toString('hex')}`);
    const metadata = { name: namespace.name, labels: { ...labels, [RUN_LABEL]: clusterInfo.run } };
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    // The API server rejects pods until their service account exists.
    await until('the default account', 30, () => namespace.object('v1', 'serviceaccounts', 'default'));
    return namespace;
  }

  /** Runs kubectl in this namespace. Throws if it fails. */
  kubectl(...words: string[]): Promise<string> {
    return run([clusterInfo.kubectl, '--namespace', this.name, ...words]);
  }

  /** Like `kubectl`, with a standard input. */
  kubectlWith(input: string, ...words: string[]): Promise<string> {
    return run([clusterInfo.kubectl, '--namespace', this.name, ...words], { input });
  }

  /** Runs kubectl in this namespace and returns the result, even if it fails. */
  tryKubectl(...words: string[]) {
    return attempt([clusterInfo.kubectl, '--namespace', this.name, ...words]);
  }

  /** Applies a path with the same result as `kubectl apply -f`, but as fast as possible. */
  apply(path: string): Promise<string> {
    return this.kubectl(...APPLY, '-f', path);
  }

  /** Like `apply`, with manifests from a text. */
  applyText(text: string): Promise<string> {
    return this.kubectlWith(text, ...APPLY, '-f', '-');
  }

  /** Prevents the creation of pods. Tests that check only objects of the API server run faster without pods. */
  async withoutPods(): Promise<void> {
    await this.limitPods(0);
  }

  /** Limits the number of pods by a ResourceQuota. */
  async limitPods(pods: number): Promise<void> {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods' }, spec: { hard: { pods: String(pods) } } };
    await create(this.path('v1', 'resourcequotas'), quota);
  }

  /** Waits for Deployments with the command of docs/tutorial.md. */
  async ready(...deployments: string[]): Promise<void> {
    for (const name of deployments) {
      await this.kubectl('rollout', 'status', `deploy/${name}`, '--timeout=120s');
    }
  }

  /** Waits until no pod is terminating. */
  async gone(): Promise<void> {
    const goes = (pods: Resource[]) => pods.some(({ metadata }) => metadata.deletionTimestamp);
    await until('pods that are going away', 60, async () => (goes(await this.list('v1', 'pods')) ? undefined : true), 200);
  }

  /** The path of a kind's list in this namespace, such as `/apis/apps/v1/namespaces/x/deployments`. */
  path(group: string, kinds: string): string {
    return `${group === 'v1' ? '/api/v1' : `/apis/${group}`}/namespaces/${this.name}/${kinds}`;
  }

  async list(group: string, kinds: string, query = ''): Promise<Resource[]> {
    return (await get(`${this.path(group, kinds)}${query}`))['items'] as Resource[];
  }

  object(group: string, kinds: string, name: string): Promise<Resource> {
    return get(`${this.path(group, kinds)}/${name}`);
  }

  /** The UIDs of the pods that match a selector and are not terminating, sorted. */
  async podsThatStay(selector: string): Promise<string[]> {
    const pods = await this.list('v1', 'pods', `?labelSelector=${encodeURIComponent(selector)}`);
    return pods
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.uid as string)
      .sort();
  }

  /** The addresses of a Service's ready endpoints. */
  async readyEndpoints(service: string): Promise<string[]> {
    const slices = await this.list('discovery.k8s.io/v1', 'endpointslices', `?labelSelector=kubernetes.io/service-name%3D${service}`);
    const endpoints = slices.flatMap((slice) => (slice['endpoints'] ?? []) as Resource[]);
    return endpoints.filter((one) => one['conditions'].ready).flatMap((one) => one['addresses'] as string[]);
  }

  /**
   * Assigns an address to a Service of type LoadBalancer, like a cloud provider, and returns its URL when kube-proxy translates it. An
   * earlier connection would reach nothing, and for two minutes the kernel would send connections from the same client port the same way.
   * The Service must have a ready pod: without one, kube-proxy has a rule that rejects connections, and none that translates the address.
   */
  async balance(service: string): Promise<string> {
    const ip = nextAddress();
    await merge(`${this.path('v1', 'services')}/${service}/status`, { status: { loadBalancer: { ingress: [{ ip }] } } });
    await until(`rules of kube-proxy for ${ip}`, 30, async () =>
      (await run(['iptables-save', '-t', 'nat'])).includes(`-d ${ip}/32 `) ? true : undefined,
    );
    const { spec } = await this.object('v1', 'services', service);
    return `http://${ip}:${spec.ports[0].port}`;
  }

  /** Saves the objects, events and logs of a failed test, and returns their folder. */
  async keep(test: string): Promise<string> {
    const folder = join(clusterInfo.results, 'failed', test.replace(/[^\w.-]+/g, '-').slice(0, 100));
    mkdirSync(folder, { recursive: true });
    const kinds = 'deployments,replicasets,pods,services,endpointslices,poddisruptionbudgets,horizontalpodautoscalers';
    const gatewayKinds = clusterInfo.gateways ? ',gateways.gateway.networking.k8s.io,httproutes,grpcroutes,tcproutes' : '';
    const routes = `${clusterInfo.istioctl ? ',virtualservices,destinationrules' : ''}${gatewayKinds}`;
    writeFileSync(join(folder, 'objects.yaml'), (await this.tryKubectl('get', kinds + routes, '-o', 'yaml')).stdout);
    writeFileSync(join(folder, 'events.txt'), (await this.tryKubectl('get', 'events', '--sort-by=.lastTimestamp')).stdout);
    for (const pod of await this.list('v1', 'pods')) {
      const { name } = pod['metadata'] as { name: string };
      for (const previous of [[], ['--previous']]) {
        appendFileSync(join(folder, `${name}.log`), (await this.tryKubectl('logs', name, '--all-containers', ...previous)).stdout);
      }
    }
    return folder;
  }

  /** Deletes the namespace, without the usual grace period for its pods. */
  async remove(): Promise<void> {
    // Delete the namespace first, because the API server creates no pods in a namespace that is being deleted.
    await request('DELETE', `/api/v1/namespaces/${this.name}`);
    await request('DELETE', `${this.path('v1', 'pods')}?gracePeriodSeconds=1`);
    await until('the pods to go', 60, async () => ((await this.list('v1', 'pods')).length === 0 ? true : undefined), 200);
  }
}
