import { Duration } from 'cdk8s';
import { DEFAULT_GATES } from '../core/gates/settings';
import type { GateOptions, StageGateOptions } from '../gates';
import { type Input, below } from './input';
import { isInstance } from './jsii-types';

const STAGE_GATES: Readonly<Record<keyof StageGateOptions, true>> = {
  compareLatency: true,
  compareShare: true,
  errorLimit: true,
  errorMargin: true,
  errorTolerance: true,
  latencyMargin: true,
  latencyQuantiles: true,
  latencySlack: true,
  latencyTolerance: true,
  missRate: true,
};

const GATES: Readonly<Record<keyof GateOptions, true>> = {
  ...STAGE_GATES,
  errorRate: true,
  falseAlarmRate: true,
  longestHold: true,
  requestsPerSecond: true,
};

/** Checks the gate options of a pair. */
export function checkGates(input: Input, property: string, gates: GateOptions | undefined): void {
  if (gates === undefined || !input.known(property, gates, GATES)) {
    return;
  }
  const at = below(property);
  const number = numberOf(input, property, gates);
  checkAsked(input, property, gates, {});
  number('falseAlarmRate', isLevel, 'above 0 and at most 0.5', '0.05');
  number('errorRate', isInside, 'above 0 and below 1', '0.01');
  number('requestsPerSecond', (value) => value > 0 && value <= 1e6, 'above 0 and at most 1000000', '10');
  input.duration(at('longestHold'), gates.longestHold, 1);
  for (const name of ['errorRate', 'longestHold'] as const) {
    if (gates[name] !== undefined && gates.requestsPerSecond === undefined) {
      input.reject(
        at(name),
        gates[name],
        'be set together with requestsPerSecond, because it has no effect alone',
        'requestsPerSecond: 10',
      );
    }
  }
}

/** Checks the gate options of one stage, which fall back to those of the pair. */
export function checkStageGates(
  input: Input,
  property: string,
  gates: StageGateOptions | undefined,
  pair: StageGateOptions | undefined,
): void {
  if (gates === undefined) {
    return;
  }
  const forAll = ['falseAlarmRate', 'requestsPerSecond', 'errorRate', 'longestHold'].find((name) => name in Object(gates));
  if (forAll !== undefined) {
    const got = (gates as GateOptions)[forAll as keyof GateOptions];
    input.reject(below(property)(forAll), got, 'be the same for all stages', 'to set it in the gates of the pair');
  } else if (input.known(property, gates, STAGE_GATES)) {
    checkAsked(input, property, gates, pair ?? {});
  }
}

const isLevel = (value: number) => value > 0 && value <= 0.5;
const isInside = (value: number) => value > 0 && value < 1;

function numberOf<T extends object>(input: Input, property: string, values: T) {
  return (name: keyof T & string, isRight: (value: number) => boolean, must: string, suggestion: string) => {
    const value: unknown = values[name];
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value) && isRight(value))) {
      input.reject(below(property)(name), value, `be a number ${must}`, suggestion);
    }
  };
}

const MOST_QUANTILES = 10;

function checkQuantiles(input: Input, property: string, quantiles: unknown): void {
  if (quantiles === undefined) {
    return;
  }
  const isList = Array.isArray(quantiles) && quantiles.length > 0 && quantiles.length <= MOST_QUANTILES;
  if (!isList || new Set(quantiles).size < quantiles.length) {
    input.reject(property, quantiles, `be a list of one to ${MOST_QUANTILES} different quantiles`, '[0.5, 0.95]');
    return;
  }
  quantiles.forEach((quantile: unknown, n) => {
    if (!(typeof quantile === 'number' && isInside(quantile))) {
      input.reject(`${property}[${n}]`, quantile, 'be a number above 0 and below 1', '0.95');
    }
  });
}

function checkAsked(input: Input, property: string, gates: StageGateOptions, pair: StageGateOptions): void {
  const at = below(property);
  const number = numberOf(input, property, gates);
  for (const name of ['compareLatency', 'compareShare'] as const) {
    if (gates[name] !== undefined && typeof gates[name] !== 'boolean') {
      input.reject(at(name), gates[name], 'be true or false');
    }
  }
  number('missRate', isLevel, 'above 0 and at most 0.5', '0.05');
  number('errorTolerance', (value) => value >= 0 && value <= 0.5, 'from 0 to 0.5', '0');
  number('errorMargin', (value) => value > 0 && value <= 0.5, 'above 0 and at most 0.5', '0.05');
  number('errorLimit', isInside, 'above 0 and below 1', '0.05');
  checkQuantiles(input, at('latencyQuantiles'), gates.latencyQuantiles);
  number('latencyTolerance', (value) => value >= 0 && value <= 100, 'from 0 to 100', '0.25');
  number('latencyMargin', (value) => value > 0 && value <= 100, 'above 0 and at most 100', '1');
  if (gates.latencySlack !== undefined && !isInstance(gates.latencySlack, Duration)) {
    input.reject(at('latencySlack'), gates.latencySlack, 'be a duration', 'Duration.millis(5)');
  }
  // A margin and its tolerance can come from different places: the stage, the pair or the defaults. Compare the effective values.
  const { errors, latency } = DEFAULT_GATES;
  aboveTolerance('errorMargin', 'errorTolerance', { errorMargin: errors.margin, errorTolerance: errors.tolerance });
  aboveTolerance('latencyMargin', 'latencyTolerance', { latencyMargin: latency!.margin, latencyTolerance: latency!.tolerance });

  function aboveTolerance<M extends keyof StageGateOptions, T extends keyof StageGateOptions>(
    margin: M,
    tolerance: T,
    defaults: Readonly<Record<M | T, number>>,
  ): void {
    const value = (name: M | T): unknown => gates[name] ?? pair[name] ?? defaults[name];
    const [most, least] = [value(margin), value(tolerance)];
    const isSaidHere = gates[margin] !== undefined || gates[tolerance] !== undefined;
    if (isSaidHere && typeof most === 'number' && typeof least === 'number' && most <= least && most > 0 && least >= 0) {
      input.reject(at(margin), most, `be above the tolerance of ${least}`, `${tolerance}: ${most / 2}`);
    }
  }
}
