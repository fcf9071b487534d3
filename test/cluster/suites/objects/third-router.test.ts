import '../../../support/toy-schema';
import { CanaryPair } from '../../../../lib';
import { pairProps } from '../../../support/apps';
import { ToyRoute, registerToyRouter } from '../../../support/toy-router';
import { QUICK } from '../../kit/fast';
import { scenario } from '../../kit/scenario';
import { synthesized, track } from '../../kit/trees';

// A third router carries a whole rollout out, and nothing outside its own files knows it. `cli/test/third-router.test.ts` tests its synth.

type Typed = (words: readonly string[], env: Record<string, string>) => Promise<{ status: number; stdout: string; stderr: string }>;

/** The command in this process, where the toy is registered. The compiler of this folder does not resolve the command's packages. */
const { typed } = jest.requireActual<{ typed: Typed }>('../../../../cli/test/support/in-process');

beforeAll(registerToyRouter);

scenario(
  'a third router: run reaches promoted, status shows its share, and rollback sends all traffic back',
  async (namespace) => {
    const tree = synthesized((chart) => {
      const pair = new CanaryPair(
        chart,
        'shop',
        pairProps({ ...QUICK, stable: track('shop-a', '1.0', 'yellow'), canary: track('shop-b', '1.1', 'red') }),
      );
      new ToyRoute(chart, 'route', pair);
    });
    const env = { KUBECONFIG: process.env['KUBECONFIG']! };
    const command = async (...words: string[]) => {
      const end = await typed([...words, '--dir', tree.folder, '--namespace', namespace.name, '--output', 'json'], env);
      expect({ words, status: end.status, said: end.stderr }).toMatchObject({ status: 0 });
      return end.stdout;
    };
    const share = async () => ((await namespace.object('v1', 'configmaps', 'toy-route'))['data'] as { canary: string }).canary;
    const run = (...words: string[]) => command('run', '--yes', '--hold', '0', '--no-record', ...words);

    await run('--create', '--until', 'stage-50');
    expect(await share()).toBe('1/2');
    const status = JSON.parse(await command('status')) as { pairs: { share: { from: string } }[] };
    expect(status.pairs[0]!.share.from).toBe('toy: 1/2');
    await command('rollback');
    expect(await share()).toBe('0');
    await run();
    expect(await share()).toBe('1');
  },
  { needs: ['images'] },
);
