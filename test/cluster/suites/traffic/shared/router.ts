import { Need } from '../../../kit/scenario';
import { Tree, committed } from '../../../kit/trees';

export type Router = 'pods' | 'Istio';

interface Way {
  readonly isRouted: boolean;
  /** The tree that is committed. */
  readonly tree: () => Tree;
  /** What its tests need of a cluster. */
  readonly needs: readonly Need[];
}

/** The ways of dividing traffic. */
export const WAYS: Readonly<Record<Router, Way>> = {
  pods: { isRouted: false, tree: committed.pods, needs: ['load'] },
  Istio: { isRouted: true, tree: committed.istio, needs: ['envoy'] },
};
