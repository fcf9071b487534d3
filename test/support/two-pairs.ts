import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type CanaryApp, CanaryPair, DownwardApi, IstioVirtualService, Stages } from '../../lib';
import { Chance } from './chance';

/**
 * Declares two pairs in two charts, one of them with a route, and some other objects. The seed shuffles the order of declaration (0: not).
 */
export function declareTwoPairs(app: CanaryApp, seed: number, percentages: number[]): void {
  const chance = new Chance(seed);
  const shuffled = <T>(things: T[]): T[] => (seed === 0 ? things : chance.shuffled(things));
  const shuffledMap = <T>(map: Record<string, T>): Record<string, T> => Object.fromEntries(shuffled(Object.entries(map)));

  const [one, two] = shuffled(['one', 'two'])
    .map((id) => new Chart(app, id))
    .sort((a, b) => (a.node.id < b.node.id ? -1 : 1)) as [Chart, Chart];

  const declarations = shuffled<() => void>([
    () => {
      const pair = new CanaryPair(one, 'servicedemo', {
        baseline: 3,
        stages: Stages.percent(...percentages),
        selectorLabels: shuffledMap({ target: 'canary-pod', part: 'web' }),
        service: { name: 'canary-svc', ports: [{ name: 'web', port: 8080, targetPort: 80 }] },
        pod: {
          image: 'scubakiz/servicedemo:1.0',
          ports: [{ number: 80 }],
          env: DownwardApi.podIdentity(),
          podAnnotations: shuffledMap({ a: '1', b: '2', c: '3' }),
        },
        stable: { name: 'canary-1-dep', version: '1.0', podLabels: shuffledMap({ color: 'yellow', shade: 'bright' }) },
        canary: { name: 'canary-2-dep', version: '1.1', podLabels: shuffledMap({ color: 'red', shade: 'bright' }) },
      });
      new IstioVirtualService(one, 'route', { pair, name: 'canary-vs' });
    },
    () =>
      void new CanaryPair(two, 'cart', {
        baseline: 10,
        stages: Stages.percent(...percentages),
        service: { name: 'cart', ports: [{ port: 80, targetPort: 8080 }] },
        pod: { ports: [{ number: 8080 }] },
        stable: { name: 'cart-a', version: '1.0', image: 'cart:1.0' },
        canary: { name: 'cart-b', version: '1.1', image: 'cart:1.1' },
      }),
    () => void new kplus.ConfigMap(two, 'settings', { metadata: { name: 'settings' }, data: shuffledMap({ z: '1', a: '2', m: 'on' }) }),
    () => void new kplus.ConfigMap(one, 'more', { metadata: { name: 'more' }, data: { text: 'a\nb\n' } }),
  ]);
  declarations.forEach((declare) => declare());
}
