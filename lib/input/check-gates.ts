import { Duration } from 'cdk8s';
import { GateOptions } from '../gates';
import { Input, below } from './input';

const GATES: Readonly<Record<keyof GateOptions, true>> = {
  compareLatency: true,
  compareShare: true,
  errorLimit: true,
  errorMargin: true,
  errorRate: true,
  errorTolerance: true,
  falseAlarmRate: true,
  latencyMargin: true,
  latencyQuantile: true,
  latencySlack: true,
  latencyTolerance: true,
  longestHold: true,
  missRate: true,
  requestsPerSecond: true,
};

/** Checks what the gates of a pair are asked. */
export function checkGates(input: Input, property: string, gates: GateOptions | undefined): void {
  if (gates === undefined || !input.known(property, gates, GATES)) {
    return;
  }
  const at = below(property);
  for (const name of ['compareLatency', 'compareShare'] as const) {
    if (gates[name] !== undefined && typeof gates[name] !== 'boolean') {
      input.reject(at(name), gates[name], 'be true or false');
    }
  }
  const number = (name: keyof GateOptions, isRight: (value: number) => boolean, must: string, suggestion: string) => {
    const value = gates[name];
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value) && isRight(value))) {
      input.reject(at(name), value, `be a number ${must}`, suggestion);
    }
  };
  const level = (value: number) => value > 0 && value <= 0.5;
  const inside = (value: number) => value > 0 && value < 1;
  number('falseAlarmRate', level, 'above 0 and at most 0.5', '0.05');
  number('missRate', level, 'above 0 and at most 0.5', '0.05');
  number('errorTolerance', (value) => value >= 0 && value <= 0.5, 'from 0 to 0.5', '0');
  const tolerance = typeof gates.errorTolerance === 'number' ? gates.errorTolerance : 0;
  number('errorMargin', (value) => value > tolerance && value <= 0.5, `above the tolerance of ${tolerance} and at most 0.5`, '0.05');
  number('errorLimit', inside, 'above 0 and below 1', '0.05');
  number('errorRate', inside, 'above 0 and below 1', '0.01');
  number('latencyQuantile', inside, 'above 0 and below 1', '0.95');
  number('latencyTolerance', (value) => value >= 0 && value <= 100, 'from 0 to 100', '0.25');
  const slower = typeof gates.latencyTolerance === 'number' ? gates.latencyTolerance : 0.25;
  number('latencyMargin', (value) => value > slower && value <= 100, `above the tolerance of ${slower} and at most 100`, '1');
  number('requestsPerSecond', (value) => value > 0 && value <= 1e6, 'above 0 and at most 1000000', '10');
  input.duration(at('longestHold'), gates.longestHold, 1);
  if (gates.latencySlack !== undefined && !(gates.latencySlack instanceof Duration)) {
    input.reject(at('latencySlack'), gates.latencySlack, 'be a duration', 'Duration.millis(5)');
  }
  for (const name of ['errorRate', 'longestHold'] as const) {
    if (gates[name] !== undefined && gates.requestsPerSecond === undefined) {
      input.reject(at(name), gates[name], 'have requestsPerSecond beside it, because it says nothing alone', 'requestsPerSecond: 10');
    }
  }
}
