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

refused([...DEPLOYMENTS_AND_SERVICES, ...ROUTES]);

accepted([
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
