import { GATEWAY_NEEDS, type ScenarioOptions, scenario } from './scenario';
import { MESH_LABEL } from '../machine/cluster-info';
import type { GatewayImplementation } from './gateways/implementation';
import { TestGateway } from './gateways/test-gateway';
import type { Namespace } from './namespace';

export type { GatewayImplementation, Listener } from './gateways/implementation';
export { type Condition, type Proxy, TestGateway, isTrue } from './gateways/test-gateway';

export interface GatewayScenarioOptions extends ScenarioOptions {
  /** What the test starts in its namespace while the gateway starts. */
  readonly beside?: (namespace: Namespace) => Promise<void>;
}

/**
 * A scenario with a gateway: a Gateway of the implementation that is programmed, with two proxies behind a Service, in a namespace of its
 * own. Only runs with such a scenario start what the implementation needs.
 */
export function gatewayScenario(
  name: string,
  implementation: GatewayImplementation,
  body: (namespace: Namespace, gateway: TestGateway) => Promise<void>,
  { beside, ...options }: GatewayScenarioOptions = {},
): void {
  const needs = [...(options.needs ?? []), GATEWAY_NEEDS[implementation]];
  // istiod serves routes and Services of these namespaces only.
  const labels = { ...options.labels, [MESH_LABEL]: 'member' };
  const withGateway = async (namespace: Namespace) => {
    const opening = TestGateway.open(implementation);
    const opened = () => opening.catch(() => undefined);
    try {
      const [gateway] = await Promise.all([opening, beside?.(namespace)]);
      await body(namespace, gateway);
    } catch (error) {
      await (await opened())?.namespace.keep(`${name} (its gateway)`);
      throw error;
    } finally {
      await (await opened())?.close();
    }
  };
  scenario(name, withGateway, { ...options, needs, labels });
}
