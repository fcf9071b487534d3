import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import { type CanaryApp, type CanaryPair, IstioVirtualService } from '../../lib';
import { type RefusedInput, type Sentence, accepted, refused, validPair } from '../support/refused';

/** A patch of an object of a valid pair. It changes a field that the plan needs, or sets one that the API server would reject. */
function patch(what: string, of: (pair: CanaryPair) => any, patches: JsonPatch[], ...sentences: Sentence[]): RefusedInput {
  const declare = (app: CanaryApp) => ApiObject.of(of(validPair(app))).addJsonPatch(...patches);
  return { what, declare, sentences };
}

/** The same for an object of a route. */
function routePatch(
  what: string,
  of: (route: IstioVirtualService) => ApiObject,
  patches: JsonPatch[],
  ...sentences: Sentence[]
): RefusedInput {
  const declare = (app: CanaryApp) => {
    const routed = validPair(app);
    const match = [{ headers: { 'user-group': { exact: 'beta-testers' } } }];
    of(new IstioVirtualService(Chart.of(routed), 'route', { pair: routed, match })).addJsonPatch(...patches);
  };
  return { what, declare, sentences };
}

const stable = (pair: CanaryPair) => pair.stable;
const service = (pair: CanaryPair) => pair.service;
const virtualService = (route: IstioVirtualService) => route.virtualService;
const destinationRule = (route: IstioVirtualService) => route.destinationRule;
const POD = '/spec/template/spec';
const CONTAINER = `${POD}/containers/0`;

const DEPLOYMENTS_AND_SERVICES: RefusedInput[] = [
  patch(
    'a patch that leaves maxSurge and maxUnavailable both at 0',
    stable,
    [JsonPatch.replace('/spec/strategy/rollingUpdate/maxSurge', '0%')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.strategy.rollingUpdate: got {"maxSurge":"0%","maxUnavailable":0}; must not be 0 for both, because the Deployment could not replace a pod',
  ),
  patch(
    'a patch that makes the grace period shorter than the preStop sleep',
    stable,
    [JsonPatch.replace(`${POD}/terminationGracePeriodSeconds`, 5)],
    '[shop/web/stable] shop-blue has a preStop sleep of 10 s, but its pods are killed after 5 s; set terminationGracePeriod to more than 10 s',
  ),
  patch(
    'a patch with an invalid quantity',
    stable,
    [JsonPatch.replace(`${CONTAINER}/resources/requests/memory`, '128mb')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[0].resources.requests.memory: got "128mb"; must be a quantity such as "100m" or "128Mi"',
  ),
  patch(
    'a patch that sets a variable twice',
    stable,
    [
      JsonPatch.add(`${CONTAINER}/env`, [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ]),
    ],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[0].env["A"]: got "2"; must be set once',
  ),
  patch(
    'a patch that gives a variable a value and a source',
    stable,
    [JsonPatch.add(`${CONTAINER}/env`, [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }])],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[0].env["A"]: got "1"; must have a value or a source, not both',
  ),
  patch(
    'a patch that changes the replicas',
    stable,
    [JsonPatch.replace('/spec/replicas', 5)],
    '[shop/web/stable] Deployment shop-blue, spec.replicas: got 5 from a patch; must be the value that the plan sets; try the property stages[].split or baseline',
  ),
  patch(
    'a patch that removes the replicas',
    stable,
    [JsonPatch.remove('/spec/replicas')],
    '[shop/web/stable] Deployment shop-blue, spec.replicas: got undefined from a patch; must be the value that the plan sets; try the property stages[].split or baseline',
  ),
  patch(
    'a patch that changes the role',
    stable,
    [JsonPatch.replace('/metadata/labels/track', 'canary')],
    '[shop/web/stable] Deployment shop-blue, metadata.labels.track: got "canary" from a patch; must be the value that the plan sets; try the property stable and canary',
  ),
  patch(
    'a patch that changes the selector of a Deployment',
    stable,
    [JsonPatch.replace('/spec/selector/matchLabels', { app: 'shop' })],
    '[shop/web] the selector of shop-blue also matches the pods of shop-green, so an autoscaler, a PodDisruptionBudget or kubectl logs for one of them includes the pods of both, and the wrong Deployment may adopt an orphaned ReplicaSet; leave out selector, or accept the finding with a reason',
    '[shop/web/stable] Deployment shop-blue, spec.selector: got {"matchLabels":{"app":"shop"}} from a patch; must be the value that the plan sets; try the property selectorLabels or selector',
  ),
  patch(
    'a patch that changes the name of a Deployment',
    stable,
    [JsonPatch.replace('/metadata/name', 'other')],
    '[shop/web/stable] Deployment shop-blue, metadata.name: got "other" from a patch; must be the value that the plan sets; try the property name',
  ),
  patch(
    'a patch that changes the version on the pods',
    stable,
    [JsonPatch.replace('/spec/template/metadata/labels/version', '2')],
    '[shop/web/stable] Deployment shop-blue, the pods\' label version: got "2" from a patch; must be the value that the plan sets; try the property version',
  ),
  patch(
    'a patch that removes the pod labels',
    stable,
    [JsonPatch.remove('/spec/template/metadata/labels')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.selector.matchLabels["app"]: got "shop"; must equal the pod template\'s label, which is undefined',
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.selector.matchLabels["cdk8s-canary/deployment"]: got "shop-blue"; must equal the pod template\'s label, which is undefined',
    '[shop/web] Service shop selects app=shop, but the pods of shop-blue do not have that label; remove the patch, or set selectorLabels',
    "[shop/web/stable] Deployment shop-blue, the pods' label cdk8s-canary/deployment: got undefined from a patch; must be the value that the plan sets; try the property name",
    "[shop/web/stable] Deployment shop-blue, the pods' label version: got undefined from a patch; must be the value that the plan sets; try the property version",
  ),
  patch(
    'a patch that removes the containers',
    stable,
    [JsonPatch.replace(`${POD}/containers`, [])],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers: got []; must have at least one container',
  ),
  patch(
    'a patch that removes the pod template',
    stable,
    [JsonPatch.remove('/spec/template')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers: got undefined; must have at least one container',
    '[shop/web] Service shop selects app=shop, but the pods of shop-blue do not have that label; remove the patch, or set selectorLabels',
    "[shop/web/stable] Deployment shop-blue, the pods' label cdk8s-canary/deployment: got undefined from a patch; must be the value that the plan sets; try the property name",
    "[shop/web/stable] Deployment shop-blue, the pods' label version: got undefined from a patch; must be the value that the plan sets; try the property version",
  ),
  patch(
    'a patch of a field that does not exist',
    stable,
    [JsonPatch.replace('/spec/nothing/here', 1)],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue: rendering failed with "Cannot read properties of undefined (reading \'here\')"; use plain data as values and patch only fields that exist; set values that depend on the stage (replicas, route) by the properties of the pair',
  ),
  patch(
    'a patch that changes the name of a Service',
    service,
    [JsonPatch.replace('/metadata/name', 'other')],
    '[shop/web] Service shop, metadata.name: got "other" from a patch; must be the value that the plan sets; try the property name',
  ),
  patch(
    'a patch that changes the selector of a Service',
    service,
    [JsonPatch.replace('/spec/selector', { app: 'other' })],
    '[shop/web] Service shop, spec.selector: got {"app":"other"} from a patch; must be the value that the plan sets; try the property selectorLabels',
    '[shop/web] Service shop selects app=other, but the pods of shop-blue do not have that label; remove the patch, or set selectorLabels',
    '[shop/web] Service shop selects app=other, but the pods of shop-green do not have that label; remove the patch, or set selectorLabels',
  ),
  patch(
    'a patch that removes the spec of a Service',
    service,
    [JsonPatch.remove('/spec')],
    '[shop/web] Service shop, spec.selector: got {} from a patch; must be the value that the plan sets; try the property selectorLabels',
  ),
];

const IN_DEPLOYMENT = '[shop/web/stable/Deployment/Resource] Deployment shop-blue';

/** Patches of what a property would refuse. */
const LIKE_PROPERTIES: RefusedInput[] = [
  patch(
    'a patch that makes a Service headless',
    service,
    [JsonPatch.add('/spec/clusterIP', 'None')],
    '[shop/web] service.clusterIP: got "None"; must be an IP address, because a headless Service does not divide traffic; try to leave it out, or to attach a router',
  ),
  patch(
    'a patch that leads a Service to a name outside the cluster',
    service,
    [JsonPatch.replace('/spec/type', 'ExternalName'), JsonPatch.add('/spec/externalName', 'shop.example')],
    '[shop/web] service.type: got "ExternalName"; must not be ExternalName, because such a Service has no pods to divide traffic between; try ServiceType.CLUSTER_IP',
  ),
  patch(
    'a patch that sends requests to pods that are not ready',
    service,
    [JsonPatch.add('/spec/publishNotReadyAddresses', true)],
    '[shop/web] Service shop, spec.publishNotReadyAddresses: got true from a patch; must be false, because pods would get requests before they are ready',
  ),
  patch(
    'a patch that adds a port without a name',
    service,
    [JsonPatch.add('/spec/ports/1', { port: 81, targetPort: 8080 })],
    '[shop/web] service.ports[0].name: got undefined; must be set if the Service has several ports; try "web"',
    '[shop/web] service.ports[1].name: got undefined; must be set if the Service has several ports; try "web"',
  ),
  patch(
    'a patch that sends requests to a port name that no container declares',
    service,
    [JsonPatch.replace('/spec/ports/0/targetPort', 'web')],
    '[shop/web] service.ports[0].targetPort: got "web"; must be the name of a TCP port of the containers of both tracks, and shop-blue has none; try a port number',
    '[shop/web] service.ports[0].targetPort: got "web"; must be the name of a TCP port of the containers of both tracks, and shop-green has none; try a port number',
  ),
  patch(
    'a patch that keeps clients at their pods for longer than a day',
    service,
    [
      JsonPatch.add('/spec/sessionAffinity', 'ClientIP'),
      JsonPatch.add('/spec/sessionAffinityConfig', { clientIP: { timeoutSeconds: 90000 } }),
    ],
    '[shop/web] service.sessionAffinityTimeout: got 90000s; must be from 1 second to 1 day, together with SessionAffinity.CLIENT_IP; try sessionAffinity: SessionAffinity.CLIENT_IP',
  ),
  patch(
    'a patch that sets source ranges of a Service without a load balancer',
    service,
    [JsonPatch.add('/spec/loadBalancerSourceRanges', ['10.0.0.0/8'])],
    '[shop/web] service.loadBalancerSourceRanges: got ["10.0.0.0/8"]; must be left out if the type is not LoadBalancer; try type: ServiceType.LOAD_BALANCER',
  ),
  patch(
    'a patch that pauses a Deployment',
    stable,
    [JsonPatch.add('/spec/paused', true)],
    '[shop/web/stable] Deployment shop-blue, spec.paused: got true from a patch; must be false, because a paused Deployment starts no pods of a new template',
  ),
  patch(
    'a patch by which pods become available after the deadline',
    stable,
    [JsonPatch.add('/spec/minReadySeconds', 900)],
    `${IN_DEPLOYMENT}, spec.minReadySeconds: got 900; must be less than progressDeadlineSeconds, which is 600`,
  ),
  patch(
    'a patch with a pull policy that does not exist',
    stable,
    [JsonPatch.replace(`${CONTAINER}/imagePullPolicy`, 'always')],
    `${IN_DEPLOYMENT}, spec.template.spec.containers[0].imagePullPolicy: got "always"; must be one of Always, IfNotPresent, Never`,
  ),
  patch(
    'a patch with a container port twice',
    stable,
    [JsonPatch.add(`${CONTAINER}/ports/1`, { containerPort: 8080 })],
    `${IN_DEPLOYMENT}, spec.template.spec.containers[0].ports[1]: got "8080/TCP"; must be used once`,
  ),
  patch(
    'a patch with a container port of 0',
    stable,
    [JsonPatch.replace(`${CONTAINER}/ports/0/containerPort`, 0)],
    `${IN_DEPLOYMENT}, spec.template.spec.containers[0].ports[0].containerPort: got 0; must be an integer from 1 to 65535`,
  ),
  patch(
    'a patch with an argument that is a number',
    stable,
    [JsonPatch.add(`${CONTAINER}/args`, ['--port', 80])],
    `${IN_DEPLOYMENT}, spec.template.spec.containers[0].args: got ["--port",80]; must be a list of strings`,
  ),
  patch(
    'a patch with a mount path that has a colon',
    stable,
    [JsonPatch.add(`${CONTAINER}/volumeMounts`, [{ name: 'data', mountPath: 'C:/data' }])],
    `${IN_DEPLOYMENT}, spec.template.spec.containers[0].volumeMounts[0].mountPath: got "C:/data"; must be a path without ":"`,
  ),
  patch(
    'a patch with a topology spread that has a maxSkew of 0',
    stable,
    [JsonPatch.replace(`${POD}/topologySpreadConstraints/0/maxSkew`, 0)],
    `${IN_DEPLOYMENT}, spec.template.spec.topologySpreadConstraints[0].maxSkew: got 0; must be an integer of at least 1`,
  ),
];

const ROUTES: RefusedInput[] = [
  routePatch(
    'a patch that replaces the weights of a rule',
    virtualService,
    [JsonPatch.replace('/spec/http/1/route', [{ destination: { host: 'shop', subset: 'v1-0' }, weight: 99 }])],
    '[shop/route] VirtualService shop, spec.http[1].route: got [{"destination":{"host":"shop","subset":"v1-0"},"weight":99}] from a patch; must be the value that the plan sets; try the property stages',
  ),
  routePatch(
    'a patch that removes the destinations of a rule',
    virtualService,
    [JsonPatch.replace('/spec/http/0/route', [])],
    '[shop/route] VirtualService shop, spec.http[0].route: got [] from a patch; must be the value that the plan sets; try the property stages',
  ),
  routePatch(
    'a patch that adds a rule for all requests before the match',
    virtualService,
    [JsonPatch.add('/spec/http/0', { route: [{ destination: { host: 'shop' } }] })],
    '[shop/route] VirtualService shop, spec.http[0].route: got [{"destination":{"host":"shop"}}] from a patch; must be the value that the plan sets; try the property stages',
    '[shop/route] VirtualService shop, spec.http[1].route: got "a changed value" from a patch; must be the value that the plan sets; try the property stages',
    '[shop/web] VirtualService shop, spec.http: got "3 rules" from a patch; must be the value that the plan sets; try the property rules',
  ),
  routePatch(
    'a patch that changes a single weight of a rule',
    virtualService,
    [JsonPatch.replace('/spec/http/0/route/0/weight', 50)],
    '[shop/route] VirtualService shop, spec.http[0].route: got "a changed value" from a patch; must be the value that the plan sets; try the property stages',
  ),
  routePatch(
    'a patch that adds a destination',
    virtualService,
    [JsonPatch.add('/spec/http/1/route/-', { destination: { host: 'other' } })],
    '[shop/route] VirtualService shop, spec.http[1].route: got "a changed value" from a patch; must be the value that the plan sets; try the property stages',
  ),
  routePatch(
    'a patch that removes a match',
    virtualService,
    [JsonPatch.remove('/spec/http/0/match')],
    '[shop/web] VirtualService shop, spec.http[0].match: got undefined from a patch; must be the value that the plan sets; try the property match',
  ),
  routePatch(
    'a patch after which every request is a tester’s',
    virtualService,
    [JsonPatch.replace('/spec/http/0/match', [{ uri: { prefix: '/' } }])],
    '[shop/web] VirtualService shop, spec.http[0].match: got [{"uri":{"prefix":"/"}}] from a patch; must be the value that the plan sets; try the property match',
  ),
  routePatch(
    'a patch that routes testers to the canary at every stage',
    virtualService,
    [JsonPatch.replace('/spec/http/0/route', [{ destination: { host: 'shop', subset: 'v1-1' } }])],
    '[shop/route] VirtualService shop, spec.http[0].route: got [{"destination":{"host":"shop","subset":"v1-1"}}] from a patch; must be the value that the plan sets; try the property stages',
  ),
  routePatch(
    'a patch that removes the rules',
    virtualService,
    [JsonPatch.remove('/spec/http')],
    '[shop/route] VirtualService shop, spec.http[0].route: got undefined from a patch; must be the value that the plan sets; try the property stages',
    '[shop/route] VirtualService shop, spec.http[1].route: got undefined from a patch; must be the value that the plan sets; try the property stages',
  ),
  routePatch(
    'a patch that removes a subset',
    destinationRule,
    [JsonPatch.remove('/spec/subsets/1')],
    '[shop/web] DestinationRule shop, the subset v1-1: got undefined from a patch; must be the value that the plan sets; try the property subsetName',
  ),
  routePatch(
    'a patch that makes a subset select all pods',
    destinationRule,
    [JsonPatch.replace('/spec/subsets/0/labels', {})],
    '[shop/web] DestinationRule shop, the subset v1-0: got {"labels":{},"name":"v1-0"} from a patch; must be the value that the plan sets; try the property subsetName',
  ),
  routePatch(
    'a patch that makes a subset select no pods',
    destinationRule,
    [JsonPatch.replace('/spec/subsets/1/labels/version', '2.0')],
    '[shop/web] DestinationRule shop, the subset v1-1: got {"labels":{"version":"2.0"},"name":"v1-1"} from a patch; must be the value that the plan sets; try the property subsetName',
  ),
  routePatch(
    'a patch that changes the host of a DestinationRule',
    destinationRule,
    [JsonPatch.replace('/spec/host', 'other')],
    '[shop/web] DestinationRule shop, spec.host: got "other" from a patch; must be the value that the plan sets; try the property service.name',
  ),
];

refused([...DEPLOYMENTS_AND_SERVICES, ...LIKE_PROPERTIES, ...ROUTES]);

accepted([
  {
    what: 'a headless Service behind a router',
    declare: (app) => {
      const routed = validPair(app, { service: { clusterIP: 'None' } });
      new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
    },
  },
  {
    what: 'a patch of fields that no plan needs',
    declare: (app) => {
      const routed = validPair(app);
      const { virtualService: object } = new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
      object.addJsonPatch(JsonPatch.add('/spec/http/0/timeout', '3s'));
      ApiObject.of(routed.stable).addJsonPatch(JsonPatch.add('/spec/paused', false), JsonPatch.add(`${CONTAINER}/tty`, true));
    },
  },
]);
