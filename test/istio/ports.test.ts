import { Protocol } from 'cdk8s-plus-27';
import { CanaryPair, type CanaryPairProps } from '../../lib';
import { httpProtocolOf } from '../../lib/routers/istio/protocol';
import { inChart, pairProps, synthesize } from '../support/apps';
import { onPorts, routed } from '../support/routed';

describe('the protocol of a port', () => {
  test.each([
    [{ port: 80 }, 'http'],
    [{ port: 8080, name: 'web' }, 'http'],
    [{ port: 8080, name: 'http-admin' }, 'http'],
    [{ port: 8080, name: 'http2-api' }, 'http2'],
    [{ port: 9090, name: 'grpc' }, 'grpc'],
    [{ port: 9090, name: 'grpc-api' }, 'grpc'],
    [{ port: 9090, name: 'grpc-web-api' }, 'grpc-web'],
    [{ port: 9090, name: 'GRPC-api' }, 'grpc'],
    [{ port: 80, name: 'tcp' }, undefined],
    [{ port: 6379, name: 'tcp-redis' }, undefined],
    [{ port: 6379, name: 'redis' }, undefined],
    [{ port: 27018, name: 'mongo-a' }, undefined],
    [{ port: 3307, name: 'mysql' }, undefined],
    [{ port: 8443, name: 'https-web' }, undefined],
    [{ port: 8443, name: 'tls' }, undefined],
    [{ port: 53, name: 'udp-dns', protocol: Protocol.UDP }, undefined],
    [{ port: 80, name: 'http', protocol: Protocol.UDP }, undefined],
    [{ port: 80, name: 'http', protocol: Protocol.SCTP }, undefined],
    [{ port: 3306, name: 'db' }, undefined],
    [{ port: 27017 }, undefined],
    [{ port: 25, name: 'mail' }, undefined],
    [{ port: 53, name: 'dns' }, undefined],
    [{ port: 443, name: 'web' }, undefined],
    [{ port: 443, name: 'http' }, 'http'],
    [{ port: 3306, name: 'http' }, 'http'],
    [{ port: 6379, name: 'tcp-redis', appProtocol: 'http' }, 'http'],
    [{ port: 80, name: 'http', appProtocol: 'tcp' }, undefined],
    [{ port: 80, name: 'http', appProtocol: 'example.com/own' }, undefined],
    [{ port: 80, appProtocol: 'kubernetes.io/h2c' }, 'http2'],
    [{ port: 80, appProtocol: 'kubernetes.io/ws' }, 'http'],
    [{ port: 80, appProtocol: 'kubernetes.io/wss' }, undefined],
  ])('of %j is %s', (port, expected) => {
    expect(httpProtocolOf(port)).toBe(expected);
  });
});

describe('the ports of a routed Service', () => {
  const protocols = (pair: Partial<CanaryPairProps>) =>
    routed({}, pair)
      .object('stage-10', 'Service')
      .spec.ports.map(({ appProtocol }: { appProtocol?: string }) => appProtocol);

  test('have the appProtocol that the name of each states, and none if they are not HTTP', () => {
    const ports = onPorts(
      { name: 'http', port: 80 },
      { name: 'grpc', port: 9090 },
      { name: 'tcp-redis', port: 6379 },
      { name: 'udp-dns', port: 53, protocol: Protocol.UDP },
      { name: 'https', port: 443 },
      { name: 'web', port: 8080 },
    );
    expect(protocols(ports)).toEqual(['http', 'grpc', undefined, undefined, undefined, 'http']);
  });

  test('have the appProtocol of the port before that of the Service and that of the name', () => {
    const { service, pod } = onPorts({ name: 'http', port: 80, appProtocol: 'http2' }, { name: 'grpc', port: 9090 });
    expect(protocols({ service, pod })).toEqual(['http2', 'grpc']);
    expect(protocols({ service: { ...service, appProtocol: 'tcp' }, pod })).toEqual(['http2', 'tcp']);
  });

  test('keep the appProtocol of a port if no route divides the traffic', () => {
    const output = synthesize(
      inChart((chart) => void new CanaryPair(chart, 'shop', pairProps(onPorts({ port: 8080, appProtocol: 'kubernetes.io/h2c' })))),
    );
    expect(output.object('stage-10', 'Service').spec.ports).toEqual([
      { appProtocol: 'kubernetes.io/h2c', port: 8080, targetPort: undefined },
    ]);
  });
});
