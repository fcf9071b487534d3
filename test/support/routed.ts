import type { Chart } from 'cdk8s';
import { CanaryPair, type CanaryPairProps, IstioVirtualService, type IstioVirtualServiceProps } from '../../lib';
import type { PlanFile } from '../../lib/core/plan-file';
import { type Output, inChart, pairProps, synthesize } from './apps';

/** What a test adds to a pair with an Istio route. */
export interface Addition {
  readonly chart: Chart;
  readonly pair: CanaryPair;
  readonly route: IstioVirtualService;
}

/** Synthesizes a pair with an Istio route. */
export function routed(
  route: Partial<IstioVirtualServiceProps> = {},
  pair: Partial<CanaryPairProps> = {},
  add: (to: Addition) => void = () => undefined,
): Output {
  return synthesize(
    inChart((chart) => {
      const declared = new CanaryPair(chart, 'shop', pairProps(pair));
      add({ chart, pair: declared, route: new IstioVirtualService(chart, 'route', { pair: declared, ...route }) });
    }),
  );
}

/** The findings of a synth with a code. */
export function withCode({ plan }: Output, code: string): PlanFile['findings'] {
  return plan.findings.filter((finding) => finding.code === code);
}

/** Ports of a Service, each with a container port of the same number. */
export function onPorts(...ports: CanaryPairProps['service']['ports']): Pick<CanaryPairProps, 'service' | 'pod'> {
  return {
    service: { name: 'shop', ports },
    pod: { image: 'shop:1.0', ports: ports.map(({ port, protocol }) => ({ number: port, protocol })) },
  };
}
