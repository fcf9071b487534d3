import type { Declaration, Patch } from './declaration';
import { isObject } from './json';
import { remainingSecrets } from './literal-secrets';
import { ownerOf } from './metadata';
import { mountsToken } from './pod';
import type { Report } from './report';
import { routeDifferences } from './route';
import { type Selection, hostsOf } from './select';
import { restartRisks } from './restart-risks';
import { type Workload, accountOf, titleOf } from './workload';

/** The changes of the pod template, by which the first apply replaces all pods that run. */
export function restartsOf({ workload, account }: Selection, declaration: Declaration, version: string): string[] {
  const changes = [
    ...(workload.podLabels.version === version ? [] : [`the label version=${version}`]),
    ...(saysToken(workload) ? [] : [`automountServiceAccountToken: ${mountsToken(workload.podSpec, account)}, written out`]),
    ...declaration.templateChanges,
  ];
  return workload.isDeployment ? changes : [];
}

function saysToken({ podSpec }: Workload): boolean {
  return podSpec.automountServiceAccountToken !== undefined;
}

/** The route that Flagger makes goes with the Canary. */
function routeOfFlagger({ canary, name }: Workload): string[] {
  const spec = isObject(canary?.spec) ? canary.spec : {};
  const service = isObject(spec.service) ? spec.service : {};
  const isRouted = String(spec.provider ?? '').startsWith('istio') || service.gateways !== undefined || service.hosts !== undefined;
  return canary && isRouted
    ? [
        `Flagger makes VirtualService/${String(service.name ?? name)} of ${titleOf(canary)}, and it goes with the Canary; main.ts has no route: declare an IstioVirtualService with its hosts, gateways and rules before you delete the Canary, as docs/guides/istio.md says, or the pods divide the requests, and those through a gateway reach nothing`,
      ]
    : [];
}

/** Compares the declaration with what runs. */
export function reportOf(selection: Selection, declaration: Declaration, version: string, patches: readonly Patch[]): Report {
  const { workload, service, additionalServices, route, autoscaler, account, left, remarks } = selection;
  const owner = ownerOf({ ...workload.annotations, ...workload.labels });
  const restarts = restartsOf(selection, declaration, version);
  const isOther = !workload.isDeployment || workload.canary !== undefined;
  const controller = isOther
    ? [
        `the controller of ${workload.title} works against every stage; hand its pods over before the first apply, as docs/guides/coming-from-argo-flagger.md says`,
      ]
    : [];
  return {
    workload: workload.title,
    same: [
      `${workload.isDeployment ? 'Deployment' : 'pods of'} ${workload.name}: ${workload.isDeployment ? 'name, selector and ' : ''}pod template`,
      ...[service, ...additionalServices].flatMap((each) => (each ? [`${titleOf(each)}: type, ports and selector`] : [])),
      ...(autoscaler ? [`${titleOf(autoscaler)}: bounds, metrics and behavior; during a rollout it does not scale down`] : []),
      ...(route ? [`${titleOf(route.virtualService)}: hosts, gateways and rules; the stages set the weights of its own rules`] : []),
    ],
    differs: [...declaration.differences, ...(route ? routeDifferences(route, hostsOf(selection)) : [])],
    patches: patches.map(({ path, why }) => ({ path, why })),
    restarts,
    left,
    remarks: [
      ...(owner === undefined ? [] : [`${owner} owns ${workload.title}; end that before the first apply, or it undoes each stage`]),
      ...controller,
      ...(route ? [] : routeOfFlagger(workload)),
      ...(restarts.length > 0 ? restartRisks(workload) : []),
      ...(saysToken(workload) || account
        ? []
        : [
            `ServiceAccount/${accountOf(workload.podSpec)} is not in the input, and main.ts mounts its token; if it says automountServiceAccountToken: false, so must main.ts`,
          ]),
      ...remainingSecrets(workload.podSpec),
      ...declaration.remarks,
      ...remarks,
    ],
  };
}
