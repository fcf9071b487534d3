import { PROMOTED, PROMOTED_ROUTE, PROMOTED_UP } from './core/folders';

/** How the new version becomes the stable one. */
export enum Promotion {
  /**
   * The canary's Deployment becomes the stable one and keeps its pods, which were tested; the old Deployment is drained. In the next
   * release, the canary's block moves to `stable` together with its name, and the new version takes the free name.
   */
  SWAP = 'swap',
  /**
   * The stable Deployment takes the canary's pod template and becomes ready while the canary serves; then the canary is drained.
   * The names stay the same, so dashboards and alerts that use them keep working. The pods that serve in the end are new ones.
   */
  ROLL = 'roll',
}

/** Whether, with `Promotion.ROLL`, the stable Deployment runs the canary's template in a folder. */
export function isRolled(folder: string): boolean {
  return [PROMOTED_UP, PROMOTED_ROUTE, PROMOTED].includes(folder);
}
