import type { Fields } from '../../../test/support/api-defaults';
import { type Service, objectsOf } from './init-features';

/** What a live object has beside its manifest. */
function live(object: Fields): Fields {
  const copy = structuredClone(object);
  Object.assign(copy.metadata, {
    uid: '1c5f2c7e-0000-4000-8000-000000000000',
    resourceVersion: '4711',
    generation: 3,
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { 'deployment.kubernetes.io/revision': '3', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    managedFields: [{ manager: 'kubectl', operation: 'Apply' }],
  });
  copy.status = { observedGeneration: 3 };
  return copy;
}

/** The autoscaler of a service, which scales an object of this kind. */
function autoscalers({ autoscaler }: Service, apiVersion: string, kind: string): Fields[] {
  return autoscaler ? [{ ...autoscaler, spec: { ...autoscaler.spec, scaleTargetRef: { apiVersion, kind, name: 'orders' } } }] : [];
}

const ARGO = ['argoproj.io/v1alpha1', 'Rollout'] as const;

/** The same workload as another kind: what is read, and what of it the app must render. */
export const KINDS: Readonly<Record<string, (parts: Service) => Fields[]>> = {
  Deployment: (parts) => objectsOf(parts),
  'live Deployment': (parts) => objectsOf(parts).map(live),
  List: (parts) => [{ apiVersion: 'v1', kind: 'List', items: objectsOf(parts).reverse() }],
  Rollout: (parts) => {
    const { deployment, service } = parts;
    const { strategy: _, ...spec } = deployment.spec as Fields;
    const canary = { steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }, { pause: { duration: '1m' } }] };
    const [apiVersion, kind] = ARGO;
    const rollout = { ...deployment, apiVersion, kind, spec: { ...spec, strategy: { canary } } };
    return [rollout, service, ...autoscalers(parts, ...ARGO)];
  },
  'Rollout of a Deployment': (parts) => {
    const { deployment, service } = parts;
    const spec = {
      replicas: deployment.spec.replicas,
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders' },
      strategy: { canary: {} },
    };
    const [apiVersion, kind] = ARGO;
    const rollout = { apiVersion, kind, metadata: { name: 'orders' }, spec };
    return [rollout, deployment, service, ...autoscalers(parts, ...ARGO)];
  },
  Canary: (parts) => {
    const spec = {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders' },
      ...(parts.autoscaler && { autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'orders' } }),
      service: { port: 80, targetPort: 8080 },
      analysis: { maxWeight: 50, stepWeight: 10 },
    };
    return [{ apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata: { name: 'orders' }, spec }, ...objectsOf(parts)];
  },
};
