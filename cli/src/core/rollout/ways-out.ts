/** Lines that tell a user how to go on, of which several refusals name the same. */

export const ROLL_BACK = 'kubectl canary rollback   takes the rollout in progress back';

/** How to get the plan of a release that the cluster is in, and that `dist/` no longer has. */
export function planThatRan(release: string, dir: string): readonly string[] {
  const folder = dir.replace(/\/$/, '');
  return [
    `git log --oneline -S${release} -- ${folder}/plan.json   its last line is the commit whose plan ran`,
    `git worktree add ../plan-that-ran COMMIT, then kubectl canary rollback --dir ../plan-that-ran/${folder}`,
  ];
}
