import type { Resource } from '../resource';
import { sameJson } from './objects';

/** The values that the API server fills in for fields that a manifest of a workload, a Service or a route does not set. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  // Workloads and HorizontalPodAutoscalers
  maxSurge: ['25%'],
  maxUnavailable: ['25%'],
  minReplicas: [1],
  partition: [0],
  podManagementPolicy: ['OrderedReady'],
  progressDeadlineSeconds: [600],
  revisionHistoryLimit: [10],
  rollingUpdate: [{ maxSurge: '25%', maxUnavailable: '25%' }],
  strategy: [{ type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }],
  // Pods
  apiVersion: ['v1'],
  defaultMode: [420],
  divisor: ['0'],
  dnsPolicy: ['ClusterFirst'],
  expirationSeconds: [3607, 3600],
  failureThreshold: [3],
  imagePullPolicy: ['Always', 'IfNotPresent'],
  path: ['/'],
  periodSeconds: [10],
  resources: [{}],
  restartPolicy: ['Always'],
  schedulerName: ['default-scheduler'],
  scheme: ['HTTP'],
  securityContext: [{}],
  service: [''],
  successThreshold: [1],
  terminationGracePeriodSeconds: [30],
  terminationMessagePath: ['/dev/termination-log'],
  terminationMessagePolicy: ['File'],
  timeoutSeconds: [1],
  volumeMode: ['Filesystem'],
  // Services
  allocateLoadBalancerNodePorts: [true],
  externalTrafficPolicy: ['Cluster'],
  internalTrafficPolicy: ['Cluster'],
  protocol: ['TCP'],
  sessionAffinity: ['None'],
  sessionAffinityConfig: [{ clientIP: { timeoutSeconds: 10800 } }],
  type: ['ClusterIP', 'RollingUpdate', 'PathPrefix', ''],
  // Routes of the Gateway API
  group: ['', 'gateway.networking.k8s.io'],
  kind: ['Gateway', 'Service'],
  weight: [1],
};

/** The fields whose default is the value of another field of the same map. */
const COPIES: Readonly<Record<string, string>> = { targetPort: 'port', serviceAccount: 'serviceAccountName', requests: 'limits' };

/**
 * Whether a field that a manifest does not set has the value that the API server fills in.
 *
 * @param beside the live map that has the field
 */
export function isDefault(name: string, value: unknown, beside: Resource): boolean {
  const copied = COPIES[name];
  return (
    value === null ||
    DEFAULTS[name]?.some((one) => sameJson(one, value)) === true ||
    (copied !== undefined && value !== undefined && sameJson(value, beside[copied]))
  );
}
