import { SERVICE_NAME, breaks } from '../../../../lib/core/names';

/** The name of the chart, which is that of its files. */
export function chartName(workload: string): string {
  return workload.toLowerCase().replace(/[^a-z0-9-]/g, '-');
}

/** The name of a pair without a Service. */
export function pairName(workload: string): string {
  const text = workload.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  return (breaks(SERVICE_NAME, text) ? `pair-${text}` : text).slice(0, 63).replace(/-+$/, '');
}
