import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type RefusedInput, accepted, pair, refused, validChange } from '../support/refused';

const NAMES: RefusedInput[] = [
  pair(
    'a Service name that is too long',
    { service: { name: 'a'.repeat(64) } },
    'service.name: got "' + 'a'.repeat(64) + '"; must start with a letter and be lower-case letters, digits and "-", at most 63 of them',
  ),
  pair(
    'a Service name that begins with a digit',
    { service: { name: '1web' } },
    'service.name: got "1web"; must start with a letter and be lower-case letters, digits and "-", at most 63 of them',
  ),
];

const PORTS: RefusedInput[] = [
  pair(
    'port 0',
    { service: { ports: [{ port: 0, targetPort: 8080 }] } },
    'service.ports[0].port: got 0; must be an integer from 1 to 65535',
  ),
  pair(
    'port 65536',
    { service: { ports: [{ port: 65536, targetPort: 8080 }] } },
    'service.ports[0].port: got 65536; must be an integer from 1 to 65535',
  ),
  pair(
    'a port as a string',
    { service: { ports: [{ port: 'eighty', targetPort: 8080 }] } },
    'service.ports[0].port: got "eighty"; must be an integer from 1 to 65535',
  ),
  pair(
    'an appProtocol with a space',
    { service: { ports: [{ port: 80, targetPort: 8080, appProtocol: 'my http' }] } },
    'service.ports[0].appProtocol: got "my http"; must be the name of a protocol, optionally with a DNS name and "/" before it; try "http"',
  ),
  pair(
    'a port without a number',
    { service: { ports: [{ targetPort: 8080 }] } },
    'service.ports[0].port: got undefined; must be an integer from 1 to 65535',
  ),
  pair(
    'a targetPort that no container listens on',
    { service: { ports: [{ port: 80, targetPort: 9090 }] } },
    'service.ports[0].targetPort: got 9090; must be a port that the containers of all tracks listen on (8080); try 8080',
  ),
  pair(
    'a port without a targetPort that no container listens on',
    { service: { ports: [{ port: 80 }] } },
    'service.ports[0].targetPort: got 80; must be a port that the containers of all tracks listen on (8080); try 8080',
  ),
  pair(
    'a targetPort that only one track listens on',
    { canary: { ports: [{ number: 9090 }] }, service: { ports: [{ port: 80, targetPort: 9090 }] } },
    'service.ports[0].targetPort: got 9090; must be a port that the containers of all tracks listen on (there is none)',
  ),
  pair(
    'a targetPort by name',
    { service: { ports: [{ port: 80, targetPort: 'web' }] } },
    'service.ports[0].targetPort: got "web"; must be an integer from 1 to 65535',
  ),
  pair(
    'two ports without names',
    {
      service: {
        ports: [
          { port: 80, targetPort: 8080 },
          { port: 81, targetPort: 8080 },
        ],
      },
    },
    'service.ports[0].name: got undefined; must be set if the Service has several ports; try "web"',
    'service.ports[1].name: got undefined; must be set if the Service has several ports; try "web"',
  ),
  pair(
    'one nodePort twice',
    {
      service: {
        type: kplus.ServiceType.NODE_PORT,
        ports: [
          { name: 'a', port: 80, targetPort: 8080, nodePort: 30080 },
          { name: 'b', port: 81, targetPort: 8080, nodePort: 30080 },
        ],
      },
    },
    'service.ports[1].nodePort: got 30080; must be used once',
  ),
  pair(
    'one port twice',
    {
      service: {
        ports: [
          { name: 'a', port: 80, targetPort: 8080 },
          { name: 'b', port: 80, targetPort: 8080 },
        ],
      },
    },
    'service.ports[1].port: got 80; must be used once',
  ),
  pair(
    'one port name twice',
    {
      service: {
        ports: [
          { name: 'a', port: 80, targetPort: 8080 },
          { name: 'a', port: 81, targetPort: 8080 },
        ],
      },
    },
    'service.ports[1].name: got "a"; must be used once',
  ),
  pair(
    'a nodePort of a ClusterIP Service',
    { service: { ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] } },
    'service.ports[0].nodePort: got 30080; must be left out if the type is ClusterIP; try type: ServiceType.NODE_PORT',
  ),
  pair(
    'a Service of the type ExternalName',
    { service: { type: kplus.ServiceType.EXTERNAL_NAME } },
    'service.type: got "ExternalName"; must not be ExternalName, because such a Service has no pods to divide traffic between; try ServiceType.CLUSTER_IP',
  ),
  pair(
    'a headless Service',
    { service: { clusterIP: 'None' } },
    'service.clusterIP: got "None"; must be an IP address, because a headless Service does not divide traffic; try to leave it out',
  ),
  pair(
    'a Service type that does not exist',
    { service: { type: 'Loadbalancer' } },
    'service.type: got "Loadbalancer"; must be one of ClusterIP, NodePort, LoadBalancer; try LoadBalancer',
  ),
  pair('a pair without a Service', { service: undefined }, 'service: got undefined; must be an object'),
  pair(
    'a Service without ports',
    { service: { ports: [] } },
    'service.ports: got []; must have at least one port; try [{ name: "web", port: 8080, targetPort: 80 }]',
  ),
  pair('a port that is null', { service: { ports: [null] } }, 'service.ports[0]: got null; must be an object'),
  pair(
    'a protocol that does not exist',
    { service: { ports: [{ port: 80, targetPort: 8080, protocol: 'HTTP' }] } },
    'service.ports[0].protocol: got "HTTP"; must be one of TCP, UDP, SCTP; try TCP',
  ),
  pair(
    'an invalid source range',
    { service: { type: kplus.ServiceType.LOAD_BALANCER, loadBalancerSourceRanges: ['10.0.0.0/33'] } },
    'service.loadBalancerSourceRanges[0]: got "10.0.0.0/33"; must be a CIDR; try "10.0.0.0/8"',
  ),
  pair(
    'source ranges without a load balancer',
    { service: { loadBalancerSourceRanges: ['10.0.0.0/8'] } },
    'service.loadBalancerSourceRanges: got ["10.0.0.0/8"]; must be left out if the type is not LoadBalancer; try type: ServiceType.LOAD_BALANCER',
  ),
  pair(
    'a session affinity timeout without session affinity',
    { service: { sessionAffinityTimeout: Duration.hours(1) } },
    'service.sessionAffinityTimeout: got 3600s; must be from 1 second to 1 day, together with SessionAffinity.CLIENT_IP; try sessionAffinity: SessionAffinity.CLIENT_IP',
  ),
  pair(
    'a session affinity that does not exist',
    { service: { sessionAffinity: 'Cookie' } },
    'service.sessionAffinity: got "Cookie"; must be one of None, ClientIP',
  ),
];

const LABELS: RefusedInput[] = [
  pair('a label that is null', { service: { labels: { tier: null } } }, 'service.labels["tier"]: got null; must be a string'),
  pair(
    'a label that is too long',
    { service: { labels: { tier: 'x'.repeat(64) } } },
    'service.labels["tier"]: got "' +
      'x'.repeat(64) +
      '"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them',
  ),
];

const MISSPELT: RefusedInput[] = [
  pair(
    'a misspelt property of the Service',
    { service: { prots: [] } },
    'service.prots: got []; must be a property that exists; try ports',
  ),
  pair(
    'an unknown property of a port',
    { service: { ports: [{ port: 80, target: 8080, targetPort: 8080 }] } },
    'service.ports[0].target: got 8080; must be a property that exists; try one of appProtocol, name, nodePort, port, protocol, targetPort',
  ),
];

refused([...NAMES, ...PORTS, ...LABELS, ...MISSPELT]);

accepted([
  validChange('42 a targetPort, if the containers name no ports', { pod: { ports: undefined } }),
  validChange('42 a targetPort of a sidecar', {
    pod: { sidecars: [{ name: 'proxy', image: 'proxy:1', ports: [{ number: 9090 }] }] },
    service: { ports: [{ port: 80, targetPort: 9090 }] },
  }),
  validChange('43 one port without a name', { service: { ports: [{ port: 80, targetPort: 8080 }] } }),
  validChange('45 one port number for two protocols', {
    service: {
      ports: [
        { name: 'tcp', port: 53, targetPort: 8080 },
        { name: 'udp', port: 53, targetPort: 8080, protocol: kplus.Protocol.UDP },
      ],
    },
  }),
]);
