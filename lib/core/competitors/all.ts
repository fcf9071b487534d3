import { ARGO_DYNAMIC, ARGO_ROUTED, ARGO_WITHOUT_SURGE, ARGO_WITH_SURGE } from './argo';
import { AZURE } from './azure';
import type { Competitor } from './competitor';
import { FLAGGER } from './flagger';
import { KRUISE_CANARY, KRUISE_PARTITION } from './kruise';
import { PIPECD } from './pipecd';

/** First the competitors that divide the traffic by pods, then those that need a router. */
export const COMPETITORS: readonly Competitor[] = [
  ARGO_WITHOUT_SURGE,
  ARGO_WITH_SURGE,
  KRUISE_PARTITION,
  KRUISE_CANARY,
  PIPECD,
  AZURE,
  ARGO_ROUTED,
  ARGO_DYNAMIC,
  FLAGGER,
];
