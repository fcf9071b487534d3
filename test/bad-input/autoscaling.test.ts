import { ApiObject, Chart, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { IstioVirtualService, Promotion, Stages } from '../../lib';
import { type RefusedInput, app, pair, refused, validPair } from '../support/refused';

const resources = { cpu: { request: kplus.Cpu.millis(100) } };

const VALID = { autoscaling: { min: 2, max: 9 }, pod: { resources }, baseline: undefined };

/** An autoscaled pair behind a router, with properties replaced. */
const routed = (what: string, change: object, ...sentences: string[]): RefusedInput =>
  app(
    what,
    (given) => {
      const web = validPair(given, { ...VALID, ...change });
      new IstioVirtualService(Chart.of(web), 'route', { pair: web });
    },
    ...sentences.map((sentence) => (sentence.startsWith('[') ? sentence : `[shop/web] ${sentence}`)),
  );

const PROPERTIES: RefusedInput[] = [
  pair('an autoscaling that is a number', { ...VALID, autoscaling: 3 }, 'autoscaling: got 3; must be an object'),
  pair(
    'an autoscaling with neither bound',
    { ...VALID, autoscaling: {} },
    'autoscaling.min: got undefined; must be an integer from 1 to 150000',
    'autoscaling.max: got undefined; must be an integer from 1 to 150000',
  ),
  pair(
    'bounds in the wrong order, and a misspelt property',
    { ...VALID, autoscaling: { min: 5, max: 3, metric: [] } },
    'autoscaling.metric: got []; must be a property that exists; try metrics',
    'autoscaling.max: got 3; must be an integer from 5 to 150000',
  ),
  pair(
    'a minimum of 0, which would scale to zero',
    { ...VALID, autoscaling: { min: 0, max: 3 } },
    'autoscaling.min: got 0; must be an integer from 1 to 150000',
  ),
  pair(
    'counts beside the autoscalers',
    { ...VALID, baseline: 3, maxReplicas: 30, fixedTotal: true, stableKeepsBaseline: true },
    'baseline: got 3; must be left out, because autoscalers set the counts; try autoscaling.min',
    'fixedTotal: got true; must be left out, because autoscalers set the counts',
    'maxReplicas: got 30; must be left out, because autoscalers set the counts',
    'stableKeepsBaseline: got true; must be left out, because autoscalers set the counts',
    'fixedTotal: got true; must not be combined with stableKeepsBaseline, which needs more pods',
  ),
  pair(
    'a split by hand',
    { ...VALID, stages: [{ ...Stages.percent(50)[0], split: { stable: 3, canary: 3 } }] },
    'stages[0].split: got {"stable":3,"canary":3}; must be left out, because autoscalers set the counts; try minCanary for the fewest canary pods',
  ),
  pair(
    'metrics that are none',
    { ...VALID, autoscaling: { min: 2, max: 9, metrics: ['cpu'] } },
    'autoscaling.metrics[0]: got "cpu"; must be a Metric; try Metric.resourceCpu(MetricTarget.averageUtilization(70))',
  ),
  pair(
    'an empty list of metrics',
    { ...VALID, autoscaling: { min: 2, max: 9, metrics: [] } },
    'autoscaling.metrics: got []; must have at least one metric; try to leave it out',
  ),
  pair(
    'rules beyond the limits of the API server',
    {
      ...VALID,
      autoscaling: {
        min: 2,
        max: 9,
        sizing: 'most',
        scaleUp: { strategy: 'Fast', policies: [{ replicas: 4 }] },
        scaleDown: {
          stabilizationWindow: Duration.hours(2),
          policies: [{ replicas: kplus.Replicas.absolute(1), duration: Duration.hours(1) }],
        },
      },
    },
    'autoscaling.sizing: got "most"; must be one of live, peak',
    'autoscaling.scaleUp.strategy: got "Fast"; must be one of Max, Min, Disabled',
    'autoscaling.scaleUp.policies[0].replicas: got 4; must be a Replicas; try Replicas.percent(100)',
    'autoscaling.scaleDown.stabilizationWindow: got 7200s; must be at most 3600 s; try Duration.seconds(3600)',
    'autoscaling.scaleDown.policies[0].duration: got 3600s; must be at most 1800 s; try Duration.seconds(1800)',
  ),
];

const STAGES: RefusedInput[] = [
  pair(
    'a last stage of 100 % without a router, and a swap',
    VALID,
    'stages[3].weight: got 100 %; must be less than 100 %, because without a router the canary of an autoscaled pair has a fixed count, which may be too small for all of the traffic; try a last stage of Weight.percent(50), or attach a router',
    'promotion: got Promotion.SWAP; must be Promotion.ROLL for an autoscaled pair without a router, so that the autoscaler goes on with the same Deployment; try promotion: Promotion.ROLL, or attach a router',
  ),
  routed(
    'a last stage below 100 % with a router',
    { stages: Stages.percent(10, 50) },
    'stages[1].weight: got 50 %; must be 100 % at the last stage; try a last stage of Weight.percent(100)',
  ),
  routed(
    'a quota that both tracks at their maximum exceed',
    { quota: 12 },
    'stage-0 -> stage-10-up: up to 18 pods at once, more than the quota of 12; lower autoscaling.max',
  ),
];

const OBJECTS: RefusedInput[] = [
  routed(
    'metrics of the whole service',
    {
      autoscaling: {
        min: 2,
        max: 9,
        metrics: [kplus.Metric.external({ name: 'queue_length', target: kplus.MetricTarget.value(30) })],
      },
    },
    'autoscaling.metrics[0] is of type External, which measures the service and not a track, so both autoscalers would start the pods for all of its load; use a metric of the pods, or accept the finding if the query separates the tracks by their labels',
  ),
  routed(
    'a utilization without requests, of all containers or of one',
    {
      pod: {
        resources: { cpu: { request: kplus.Cpu.millis(100) } },
        sidecars: [{ name: 'proxy', image: 'proxy:1.0', resources: {} }],
      },
    },
    'shop-blue: proxy requests no cpu, so the autoscaler cannot compute its utilization; set resources, or accept the finding if a LimitRange of the namespace sets a default',
    'shop-green: proxy requests no cpu, so the autoscaler cannot compute its utilization; set resources, or accept the finding if a LimitRange of the namespace sets a default',
  ),
  routed(
    'an adopted selector that also matches the canary',
    { stable: { selector: { app: 'shop' } }, accept: { 'shared-selector': 'adopted', 'adopted-pods': 'adopted' } },
    'the selector of shop-blue also matches the pods of shop-green, and Kubernetes stops both autoscalers when two of them count the same pods; leave out selector, or leave out autoscaling until the release after the first promotion',
  ),
  app(
    'another autoscaler of an autoscaled track',
    (given) => {
      const web = validPair(given, VALID);
      new IstioVirtualService(Chart.of(web), 'route', { pair: web });
      new ApiObject(Chart.of(web), 'hpa', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'old' },
        spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-blue' } },
      });
    },
    '[shop/web] HorizontalPodAutoscaler old scales shop-blue, but the pair has its own autoscaling; remove the other autoscaler',
  ),
  app(
    'patches of what the plan sets in an autoscaler',
    (given) => {
      const web = validPair(given, { ...VALID, promotion: Promotion.ROLL });
      new IstioVirtualService(Chart.of(web), 'route', { pair: web });
      ApiObject.of(web.stable.autoscaler!).addJsonPatch(
        JsonPatch.replace('/spec/maxReplicas', 50),
        JsonPatch.replace('/spec/scaleTargetRef/name', 'other'),
        JsonPatch.replace('/spec/minReplicas', 3),
      );
    },
    '[shop/web/stable/Autoscaler] HorizontalPodAutoscaler shop-blue, spec.minReplicas: got 3 from a patch; must be the value that the plan sets; try the property autoscaling.min',
    '[shop/web] HorizontalPodAutoscaler shop-blue, spec.maxReplicas: got 50 from a patch; must be the value that the plan sets; try the property autoscaling.max',
    '[shop/web] HorizontalPodAutoscaler shop-blue, spec.scaleTargetRef: got {"apiVersion":"apps/v1","kind":"Deployment","name":"other"} from a patch; must be the value that the plan sets; try the property stable.name',
  ),
];

refused([...PROPERTIES, ...STAGES, ...OBJECTS]);
