import type { Need } from '../../../kit/scenario';
import { type Tree, committed } from '../../../kit/trees';

export type Router = 'pods' | 'Istio';

interface Way {
  readonly isRouted: boolean;
  readonly tree: () => Tree;
  /** The features of the cluster that the tests need. */
  readonly needs: readonly Need[];
}

/** The ways of dividing traffic. */
export const WAYS: Readonly<Record<Router, Way>> = {
  pods: { isRouted: false, tree: committed.pods, needs: ['load'] },
  Istio: { isRouted: true, tree: committed.istio, needs: ['envoy'] },
};
