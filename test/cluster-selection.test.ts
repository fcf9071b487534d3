import { hasEnvoyGateway } from './cluster/selection';

test.each([
  { words: 'nothing', patterns: [], isFull: false, expected: false },
  { words: '--all', patterns: [], isFull: true, expected: true },
  { words: 'gateways', patterns: ['gateways'], isFull: false, expected: true },
  { words: 'envoy-gateway', patterns: ['envoy-gateway'], isFull: false, expected: true },
  { words: 'gateways-istio', patterns: ['gateways-istio'], isFull: false, expected: false },
  { words: 'shares', patterns: ['shares'], isFull: false, expected: false },
  { words: '--all shares', patterns: ['shares'], isFull: true, expected: false },
])('a run that is asked for $words builds Envoy Gateway: $expected', ({ patterns, isFull, expected }) => {
  expect(hasEnvoyGateway(patterns, isFull)).toBe(expected);
});
