import type { ApiObjectProps } from 'cdk8s';

/** An autoscaler of a Deployment. Without a source of metrics, it only enforces the minimum replica count. */
export function autoscaler(name: string, minReplicas: number): ApiObjectProps {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas,
      maxReplicas: 6,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
    },
  };
}
