/** Where a rollout goes: to the canary, or back to stable. */
export type Direction = 'advance' | 'rollback';
