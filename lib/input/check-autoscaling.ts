import { type AutoscalingOptions, Sizing } from '../autoscaling';
import * as kplus from '../kplus';
import type { CanaryPairProps } from '../pair-props';
import { type Input, MOST_PODS, below, secondsOf } from './input';

const AUTOSCALING: Readonly<Record<keyof AutoscalingOptions, true>> = {
  max: true,
  metrics: true,
  min: true,
  scaleDown: true,
  scaleUp: true,
  sizing: true,
};

const RULES: Readonly<Record<keyof kplus.ScalingRules, true>> = { policies: true, stabilizationWindow: true, strategy: true };
const POLICY: Readonly<Record<keyof kplus.ScalingPolicy, true>> = { duration: true, replicas: true };

/** The properties that set counts, which the autoscalers of an autoscaled pair set. */
const COUNTS = ['baseline', 'fixedTotal', 'maxReplicas', 'stableKeepsBaseline'] as const;

/** The limits of the API server, in seconds. */
const LONGEST_PERIOD = 1800;
const LONGEST_WINDOW = 3600;

/** Checks the autoscaling of a pair. Returns whether its minimum can be the baseline. */
export function checkAutoscaling(input: Input, props: CanaryPairProps): boolean {
  const { autoscaling } = props;
  const at = below('autoscaling');
  if (autoscaling === undefined) {
    return true;
  }
  if (!input.known('autoscaling', autoscaling, AUTOSCALING)) {
    return false;
  }
  for (const property of COUNTS) {
    if (props[property] !== undefined && props[property] !== false) {
      const must = 'be left out, because autoscalers set the counts';
      input.reject(property, props[property], must, property === 'baseline' ? 'autoscaling.min' : undefined);
    }
  }
  const hasMin = input.requiredInteger(at('min'), autoscaling.min, 1, MOST_PODS);
  input.requiredInteger(at('max'), autoscaling.max, hasMin ? autoscaling.min : 1, MOST_PODS);
  input.oneOf(at('sizing'), autoscaling.sizing, Object.values(Sizing));
  checkMetrics(input, at('metrics'), autoscaling.metrics);
  for (const property of ['scaleUp', 'scaleDown'] as const) {
    checkRules(input, at(property), autoscaling[property]);
  }
  return hasMin;
}

function checkMetrics(input: Input, property: string, metrics: unknown): void {
  for (const [index, metric] of input.entries(property, metrics).entries()) {
    input.entry(`${property}[${index}]`, metric, kplus.Metric, 'Metric.resourceCpu(MetricTarget.averageUtilization(70))');
  }
  if (Array.isArray(metrics) && metrics.length === 0) {
    input.reject(property, metrics, 'have at least one metric', 'to leave it out');
  }
}

function checkRules(input: Input, property: string, rules: kplus.ScalingRules | undefined): void {
  if (rules === undefined || !input.known(property, rules, RULES)) {
    return;
  }
  const at = below(property);
  input.oneOf(at('strategy'), rules.strategy, Object.values(kplus.ScalingStrategy));
  checkSeconds(input, at('stabilizationWindow'), rules.stabilizationWindow, 0, LONGEST_WINDOW);
  for (const [index, policy] of input.entries<kplus.ScalingPolicy>(at('policies'), rules.policies).entries()) {
    const field = `${at('policies')}[${index}]`;
    if (input.known(field, policy, POLICY)) {
      input.entry(`${field}.replicas`, policy.replicas, kplus.Replicas, 'Replicas.percent(100)');
      checkSeconds(input, `${field}.duration`, policy.duration, 1, LONGEST_PERIOD);
    }
  }
}

function checkSeconds(input: Input, property: string, value: unknown, least: number, most: number): void {
  if (input.duration(property, value, least) && secondsOf(value)! > most) {
    input.reject(property, value, `be at most ${most} s`, `Duration.seconds(${most})`);
  }
}
