import type { Construct } from 'constructs';
import { DEPLOYMENT_LABEL } from './core/labels';
import * as kplus from './kplus';
import { PairService } from './kplus-overrides';
import type { ServiceOptions } from './service-options';
import { finishServiceSpec } from './service-spec';
import { sha256 } from './sha256';
import type { Track } from './track';

/** One of the two Deployments of a pair, and the Service that selects only its pods. */
export interface TrackService {
  readonly deployment: string;
  readonly service: string;
  /** Undefined for the Deployment that has no pods at rest. */
  readonly track: Track | undefined;
}

/** The longest name of a Service. */
const LONGEST = 63;

/**
 * The default name of the Service of a Deployment. Names of Deployments may begin with a digit, contain dots, and be equal to the name of the
 * pair's Service; a Service may not be called so.
 */
export function defaultServiceName(deployment: string): string {
  const name = `pods-of-${deployment.replace(/\./g, '-')}`;
  const hash = sha256(deployment).slice(0, 8);
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - hash.length - 1)}-${hash}`;
}

/**
 * The Services of a pair's Deployments, by name and not by role: a promotion changes the roles, and must not change the order in which a
 * route names the Services.
 *
 * @param names the Services by Deployment, as declared; undefined for those of the tracks, with their default names
 */
export function trackServices(tracks: readonly Track[], names: Readonly<Record<string, string>> | undefined): TrackService[] {
  const byDeployment = names ?? Object.fromEntries(tracks.map(({ name }) => [name, defaultServiceName(name)]));
  return Object.entries(byDeployment)
    .map(([deployment, service]) => ({ deployment, service, track: tracks.find(({ name }) => name === deployment) }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** Writes the Service of a Deployment, with the ports of the pair's Service. Its selector is the Deployment's identity, so it never changes. */
export function createTrackService(
  scope: Construct,
  { deployment, service, track }: TrackService,
  namespace: string | undefined,
  { ports, appProtocol, ipFamilies, ipFamilyPolicy }: ServiceOptions,
): kplus.Service {
  const options: ServiceOptions = {
    name: service,
    ports: ports.map(({ nodePort: _, ...port }) => port),
    appProtocol,
    ipFamilies,
    ipFamilyPolicy,
  };
  const created = new PairService(scope, `service-of-${deployment}`, {
    metadata: { name: service, namespace },
    type: kplus.ServiceType.CLUSTER_IP,
    ports: options.ports,
    finish: (spec) => finishServiceSpec(spec, options),
  });
  for (const [key, value] of Object.entries(track?._podLabels() ?? { [DEPLOYMENT_LABEL]: deployment })) {
    created.selectLabel(key, value);
  }
  return created;
}
