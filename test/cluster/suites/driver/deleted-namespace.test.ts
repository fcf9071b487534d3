import type { CommandEnd } from '../../kit/command';
import { canary, startCanary } from '../../kit/command';
import { deleteSlowly } from '../../kit/delete-slowly';
import { fastTree } from '../../kit/fast';
import { Namespace } from '../../kit/namespace';
import { operator } from '../../kit/operator';
import { documentedRules } from '../../kit/roles';
import { scenario } from '../../kit/scenario';

/** What a command says when its namespace is deleted while a rollout is under way. */

const tree = fastTree('pods');

/**
 * The kubeconfig of an administrator, who may read namespaces, or of an operator, who has only the documented Role. The operator's account is
 * in another namespace: in the deleted one, the API server would sooner or later no longer know who the operator is.
 */
async function kubeconfigOf(user: 'admin' | 'operator', namespace: Namespace): Promise<string> {
  if (user === 'admin') {
    return process.env['KUBECONFIG']!;
  }
  const home = await Namespace.create();
  return (await operator(namespace, documentedRules('role'), 'operator', home)).kubeconfig();
}

/** What a user reads at the end. A user who may not read namespaces loses the permissions of the Role with the namespace. */
const ENDS = {
  admin: {
    run: (name: string) =>
      `paused: namespace ${name} is being deleted, with all of its pods (this run applied stage-50, and another client`,
    after: (name: string) => `namespace ${name} is being deleted, and nothing of this plan exists in it`,
  },
  operator: {
    run: () => 'paused: this run applied stage-50, and another client deleted Deployment/canary-',
    after: () => /is forbidden|missing permissions/,
  },
} as const;

function expectEnd({ status, stderr }: CommandEnd, code: number, said: string | RegExp): void {
  const matching: unknown = typeof said === 'string' ? expect.stringContaining(said) : expect.stringMatching(said);
  expect({ status, said: stderr }).toEqual({ status: code, said: matching });
}

for (const user of ['admin', 'operator'] as const) {
  scenario(
    `a namespace that is deleted in mid-rollout ends run, rollback and cleanup of the ${user} with the reason`,
    async (namespace) => {
      const kubeconfig = await kubeconfigOf(user, namespace);
      const words = ['--namespace', namespace.name, '--dir', tree.folder];
      const ends = ENDS[user];
      await namespace.apply(tree.path('stage-0'));
      await namespace.ready('canary-1-dep');
      const run = await startCanary(['run', '--yes', '--hold', '10m', '--no-record', ...words], { kubeconfig });
      await run.says(/hold stage-50 for/);
      const release = await deleteSlowly(namespace);
      try {
        expectEnd(await run.end, 6, ends.run(namespace.name));
        expectEnd(await canary(['rollback', ...words], { kubeconfig }), 3, ends.after(namespace.name));
        expectEnd(await canary(['cleanup', '--yes', ...words], { kubeconfig }), 3, ends.after(namespace.name));
      } finally {
        await release();
      }
    },
    { needs: ['images'] },
  );
}
