import { Probe } from 'cdk8s-plus-27';
import { type RefusedInput, accepted, pair, refused, validChange } from '../support/refused';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

const apart = (term: object) => ({ podAntiAffinity: { [PREFERRED]: [term] } });
const onNodes = (expression: object) => ({ nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } } });
const EXPRESSION = `pod.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0].matchExpressions[0]`;

const AFFINITY: RefusedInput[] = [
  pair(
    'a misspelt kind of affinity',
    { pod: { affinity: { podAntiaffinity: {} } } },
    'pod.affinity.podAntiaffinity: got {}; must be a field that exists, one of nodeAffinity, podAffinity, podAntiAffinity',
  ),
  pair(
    'an affinity without a weight',
    { pod: { affinity: apart({ podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } }) } },
    `pod.affinity.podAntiAffinity.${PREFERRED}[0].weight: got undefined; must be an integer from 1 to 100`,
  ),
  pair(
    'an affinity without a topology key',
    { pod: { affinity: apart({ weight: 1, podAffinityTerm: { labelSelector: { matchLabels: { app: 1 } } } }) } },
    `pod.affinity.podAntiAffinity.${PREFERRED}[0].podAffinityTerm.topologyKey: got undefined; must be a node label's key`,
    `pod.affinity.podAntiAffinity.${PREFERRED}[0].podAffinityTerm.labelSelector.matchLabels["app"]: got 1; must be a label`,
  ),
  pair(
    'no terms that a node must match',
    { pod: { affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [] } } } } },
    `pod.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms: got []; must have at least one term`,
  ),
  pair(
    'an operator in upper case',
    { pod: { affinity: onNodes({ key: 'zone', operator: 'IN', values: ['a'] }) } },
    `${EXPRESSION}.operator: got "IN"; must be one of In, NotIn, Exists, DoesNotExist, Gt, Lt`,
  ),
  pair(
    'an operator without its values',
    { pod: { affinity: onNodes({ key: 'zone', operator: 'In' }) } },
    `${EXPRESSION}.values: got undefined; must have at least one value with the operator In`,
  ),
  pair(
    'an operator with values that it does not take',
    { pod: { affinity: onNodes({ key: 'zone', operator: 'Exists', values: ['a'] }) } },
    `${EXPRESSION}.values: got ["a"]; must be left out with the operator Exists`,
  ),
  pair(
    'a comparison with text',
    { pod: { affinity: onNodes({ key: 'cores', operator: 'Gt', values: ['many'] }) } },
    `${EXPRESSION}.values: got ["many"]; must be one integer as a string with the operator Gt`,
  ),
];

const TOLERATIONS: RefusedInput[] = [
  pair('a toleration as a list', { pod: { tolerations: {} } }, 'pod.tolerations: got {}; must be a list'),
  pair(
    'a toleration of no taint',
    { pod: { tolerations: [{}] } },
    'pod.tolerations[0].operator: got undefined; must be Exists if there is no key, which tolerates every taint',
  ),
  pair(
    'a toleration with an unknown effect',
    { canary: { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'noSchedule' }] } },
    'canary.tolerations[0].effect: got "noSchedule"; must be one of NoSchedule, PreferNoSchedule, NoExecute',
  ),
  pair(
    'a value of an operator that takes none',
    { pod: { tolerations: [{ key: 'gpu', operator: 'Exists', value: 'yes' }] } },
    'pod.tolerations[0].value: got "yes"; must be left out with the operator Exists',
  ),
  pair(
    'seconds without NoExecute',
    { pod: { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 30 }] } },
    'pod.tolerations[0].tolerationSeconds: got 30; must be a whole number of seconds, together with the effect NoExecute',
  ),
];

const NAMES: RefusedInput[] = [
  pair(
    'a priority class in upper case',
    { pod: { priorityClassName: 'High' } },
    'pod.priorityClassName: got "High"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
  ),
  pair(
    'a host alias of a name',
    { pod: { hostAliases: [{ ip: 'db', hostnames: ['db'] }] } },
    'pod.hostAliases[0].ip: got "db"; must be an IP address',
  ),
  pair(
    'a host alias without names',
    { pod: { hostAliases: [{ ip: '10.0.0.1', hostnames: [] }] } },
    'pod.hostAliases[0].hostnames: got []; must have at least one host name',
  ),
  pair(
    'a DNS policy None without a server',
    { pod: { dns: { policy: 'None' } } },
    'pod.dns.nameservers: got undefined; must have at least one address with the policy None',
  ),
  pair(
    'a DNS server by name',
    { pod: { dns: { nameservers: ['dns.local'] } } },
    'pod.dns.nameservers[0]: got "dns.local"; must be an IP address',
  ),
  pair(
    'a DNS option that is a number',
    { pod: { dns: { options: [{ name: 'ndots', value: 2 }] } } },
    'pod.dns.options[0].value: got 2; must be a string',
  ),
  pair('Service links by a word', { pod: { enableServiceLinks: 'no' } }, 'pod.enableServiceLinks: got "no"; must be true or false'),
];

const CONTAINERS: RefusedInput[] = [
  pair(
    'a GPU without its domain',
    { pod: { extendedResources: { gpu: 1 } } },
    'pod.extendedResources["gpu"]: got 1; must have the name of an extended resource: a DNS name, "/" and a name, or "hugepages-" and a size; try "nvidia.com/gpu"',
  ),
  pair(
    'memory as an extended resource',
    { pod: { extendedResources: { memory: 1 } } },
    'pod.extendedResources["memory"]: got 1; must have the name of an extended resource: a DNS name, "/" and a name, or "hugepages-" and a size; try resources',
  ),
  pair(
    'half a GPU',
    { canary: { extendedResources: { 'nvidia.com/gpu': 0.5 } } },
    'canary.extendedResources["nvidia.com/gpu"]: got 0.5; must be an integer of at least 0',
  ),
  pair(
    'a probe of an init container that ends',
    { pod: { initContainers: [{ name: 'setup', image: 'setup:1', readiness: Probe.fromCommand(['true']) }] } },
    'pod.initContainers[0].readiness: got a Probe; must be left out, because an init container ends before the main one starts; try restartPolicy: ContainerRestartPolicy.ALWAYS',
  ),
  pair(
    'an unknown restart policy of an init container',
    { pod: { initContainers: [{ name: 'proxy', image: 'proxy:1', restartPolicy: 'always' }] } },
    'pod.initContainers[0].restartPolicy: got "always"; must be one of Always; try Always',
  ),
  pair(
    'a restart policy of a sidecar',
    { pod: { sidecars: [{ name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' }] } },
    'pod.sidecars[0].restartPolicy: got "Always"; must be left out, because a container beside the main one is always restarted; try initContainers for one that starts before',
  ),
  pair(
    'a memory request of a sidecar as text',
    { pod: { sidecars: [{ name: 'proxy', image: 'proxy:1', resources: { memory: { request: '1Gi' } } }] } },
    'pod.sidecars[0].resources.memory.request: got "1Gi"; must be a Size; try Size.mebibytes(128)',
  ),
];

refused([...AFFINITY, ...TOLERATIONS, ...NAMES, ...CONTAINERS]);

accepted([
  validChange('a toleration of every taint', { pod: { tolerations: [{ operator: 'Exists' }] } }),
  validChange('a toleration of a taint without a value', { pod: { tolerations: [{ key: 'gpu' }] } }),
  validChange('a node by its name', {
    pod: {
      affinity: {
        nodeAffinity: {
          [REQUIRED]: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] }] },
        },
      },
    },
  }),
  validChange('an affinity to pods of every namespace', {
    pod: { affinity: { podAffinity: { [REQUIRED]: [{ topologyKey: 'zone', namespaceSelector: {}, labelSelector: {} }] } } },
  }),
  validChange('huge pages', { pod: { extendedResources: { 'hugepages-2Mi': 2 ** 30 } } }),
  validChange('a host alias of IPv6', { pod: { hostAliases: [{ ip: '::1', hostnames: ['db'] }] } }),
]);
