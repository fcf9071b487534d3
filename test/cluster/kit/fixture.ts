import { until } from '../../support/command';
import { request } from './api';
import { audited, beyond, inWords } from './audit';
import { type CommandEnd, type CommandOptions, type RunningCommand, canary, startCanary } from './command';
import type { FaultProxy } from './faults';
import { type Operator, operator } from './operator';
import { documentedRules } from './roles';
import type { Namespace } from './namespace';
import type { Tree } from './trees';

/** A namespace with an operator and a proxy of its own. It is used for several rollouts, one after the other. */
export class Fixture {
  private constructor(
    readonly namespace: Namespace,
    readonly who: Operator,
    readonly proxy: FaultProxy,
  ) {}

  static async open(namespace: Namespace): Promise<Fixture> {
    const who = await operator(namespace, documentedRules('role'));
    return new Fixture(namespace, who, await who.startFaults());
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }

  get kubeconfig(): string {
    return this.proxy.kubeconfig({ namespace: this.namespace.name });
  }

  /** Deletes the objects of the last rollout and waits until its pods are gone, so that the next rollout starts in an empty namespace. */
  async empty(): Promise<void> {
    this.proxy.reset();
    const { namespace } = this;
    const lists = [
      namespace.path('apps/v1', 'deployments'),
      namespace.path('networking.istio.io/v1', 'virtualservices'),
      namespace.path('networking.istio.io/v1', 'destinationrules'),
      ...['httproutes', 'grpcroutes', 'tcproutes'].map((kinds) => namespace.path('gateway.networking.k8s.io/v1', kinds)),
      namespace.path('coordination.k8s.io/v1', 'leases'),
      namespace.path('v1', 'resourcequotas'),
      namespace.path('autoscaling/v2', 'horizontalpodautoscalers'),
    ];
    await Promise.all(lists.map((path) => request('DELETE', path)));
    const services = await namespace.list('v1', 'services');
    await Promise.all(services.map(({ metadata }) => request('DELETE', `${namespace.path('v1', 'services')}/${metadata.name}`)));
    await until(
      'the namespace to be empty',
      180,
      async () => {
        const left = await Promise.all([namespace.list('apps/v1', 'replicasets'), namespace.list('v1', 'pods')]);
        return left.flat().length === 0 ? true : undefined;
      },
      200,
    );
  }

  /** Empties the namespace, applies a folder of a tree with `kubectl apply`, and waits until all pods are ready. */
  async begin(tree: Tree, folder = 'stage-0'): Promise<void> {
    await this.empty();
    await this.namespace.apply(tree.path(folder));
    await this.atRest();
    this.proxy.reset();
  }

  /** Waits until every Deployment has exactly the pods that it asks for, and all of them are ready. */
  async atRest(seconds = 180): Promise<void> {
    await until(
      'the pods to be as they should',
      seconds,
      async () => {
        const found = await this.namespace.list('apps/v1', 'deployments');
        const isRest = found.every(({ metadata, spec, status }) => {
          const { observedGeneration = 0, replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
          return observedGeneration >= metadata.generation && [replicas, readyReplicas, updatedReplicas].every((n) => n === spec.replicas);
        });
        return isRest ? true : undefined;
      },
      100,
    );
  }

  /** Starts the command as this fixture's operator, through the fixture's proxy. */
  start(tree: Tree, words: readonly string[], options: Partial<CommandOptions> = {}): Promise<RunningCommand> {
    return startCanary([...words, '--dir', tree.folder], { kubeconfig: this.kubeconfig, ...options });
  }

  /** Runs the command to its end. */
  run(tree: Tree, words: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandEnd> {
    return canary([...words, '--dir', tree.folder], { kubeconfig: this.kubeconfig, ...options });
  }

  /** The operator's requests that the Role does not permit. */
  async beyond(): Promise<string[]> {
    const asked = await audited({ user: this.who.user });
    return [...beyond(asked, documentedRules('role'), this.namespace.name), ...asked.filter(({ resource }) => resource === 'secrets')].map(
      inWords,
    );
  }
}
