import { until } from '../../../support/command';
import { BOTH, VERSIONS, startBackends } from '../../kit/gateways/backends';
import { expectShare } from '../../kit/gateways/expect-share';
import { PlainRoute } from '../../kit/gateways/plain-route';
import { sendLoad, throughEnvoy } from '../../kit/load';
import { scenario } from '../../kit/scenario';

scenario(
  'an HTTPRoute whose parent is a Service divides the requests of a sidecar',
  async (namespace) => {
    await startBackends(namespace);
    const route = new PlainRoute(namespace, 'HTTPRoute', { group: '', kind: 'Service', name: BOTH.name, port: BOTH.port });
    const target = throughEnvoy(BOTH.name, namespace.name, BOTH.port);
    await route.write(100);
    // Without the route, half of the requests would get to stable.
    await until('the sidecar to serve the route', 60, async () => {
      const { versions } = await sendLoad(target, 40);
      return versions[VERSIONS.canary] === 40 || undefined;
    });
    await route.write(10);
    await until('the new weight', 60, async () => (await sendLoad(target, 20)).versions[VERSIONS.stable] !== undefined || undefined);
    await expectShare('istio', 'HTTPRoute of a Service', 'a connection each', target, 10);
  },
  { needs: ['envoy', 'istio-gateway'] },
);
