// A thousand services with a canary release each, as a platform team would write them in Jsonnet.
local fields = {
  NODE_IP: 'status.hostIP',
  NODE_NAME: 'spec.nodeName',
  POD_IP: 'status.podIP',
  POD_NAME: 'metadata.name',
  POD_NAMESPACE: 'metadata.namespace',
};

local subset(version) = 'v' + std.strReplace(version, '.', '-');

local service(name) = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: name },
  spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ appProtocol: 'http', name: 'web', port: 8080, targetPort: 80 }] },
};

local deployment(name, letter, version, track, replicas) = {
  local own = { 'cdk8s-canary/deployment': name + '-' + letter },
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: name + '-' + letter, labels: { track: track } },
  spec: {
    progressDeadlineSeconds: 600,
    replicas: replicas,
    revisionHistoryLimit: 3,
    selector: { matchLabels: { app: name } + own },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: name, version: version } + own },
      spec: {
        automountServiceAccountToken: false,
        containers: [{
          name: 'main',
          image: 'registry.example/' + name + ':' + version,
          imagePullPolicy: 'IfNotPresent',
          env: [{ name: variable, valueFrom: { fieldRef: { fieldPath: fields[variable] } } } for variable in std.objectFields(fields)],
          lifecycle: { preStop: { sleep: { seconds: 10 } } },
          ports: [{ containerPort: 80 }],
          readinessProbe: { failureThreshold: 3, httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 2 },
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
        }],
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        terminationGracePeriodSeconds: 40,
        topologySpreadConstraints: [{
          labelSelector: { matchLabels: own },
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
        }],
      },
    },
  },
};

local destinationRule(name) = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: name },
  spec: { host: name, subsets: [{ name: subset(version), labels: { version: version } } for version in ['1.0', '1.1']] },
};

local virtualService(name, weight) = {
  local to(version, share) = { destination: { host: name, subset: subset(version) }, weight: share },
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: name },
  spec: {
    hosts: [name],
    http: [
      { match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }], route: [to(if weight == 0 then '1.0' else '1.1', 100)] },
      { route: [route for route in [to('1.0', 100 - weight), to('1.1', weight)] if route.weight > 0] },
    ],
  },
};

function(count, stages) {
  [stage.folder + '.yaml']: std.manifestYamlStream(std.flattenArrays([
    [
      service(name),
      deployment(name, 'a', '1.0', 'stable', stage.stable),
      deployment(name, 'b', '1.1', 'canary', stage.canary),
      destinationRule(name),
      virtualService(name, stage.weight),
    ]
    for name in ['svc-' + n for n in std.range(0, count - 1)]
  ]))
  for stage in stages
}
