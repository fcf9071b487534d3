import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable, measuredBy, writeMeasured } from '../support/measured';
import { FIGURES, type Figure } from './machine/figure';

/** The tables of the suites, in the order of the page, with the text that explains each. */
const TABLES = {
  Times: 'How long things took, in seconds. Programs are built once and kept; a start is from the command to the first test.',
  Requests: `Requests while folders are applied as docs/tutorial.md teaches: 400 a second, a connection for each, through the Service (pods) or
through Envoy (Istio). Failed means refused, reset, timed out after 3 s or answered with anything but 200; nothing is tried
twice. Where the way is "nothing" it is the control: what the machine itself loses. The tutorial's own are its manifests and
commands, for comparison.`,
  'Rollouts by kubectl canary': `The same requests while \`kubectl canary\` carries the rollout out, every step held against the plan as above. Seconds
are those of the command. Dropped means refused, reset, timed out or answered with anything but 200.`,
  'Faulty canaries': `\`kubectl canary run --auto\` under the same requests, with a canary that fails: stages of 8 s, judged by 120 requests a
second of its own. Decided after is from the moment the stage was begun. What the canary itself failed is what it answered
with 500, or took and died; dropped is what failed otherwise.`,
  'Gates by Prometheus': `What \`kubectl canary\` decides by the counters of a real Prometheus, which scrapes a text in the form of Istio's proxies and of
ingress-nginx every second: 900 requests a second to stable and 300 to the canary, an error in a hundred. Seconds are from the first
look to the decision; looks are five seconds apart.`,
  Monitor: `What \`kubectl canary monitor\` says of its own requests, 100 or 250 a second, on each way to the Service. Expected is what the ready endpoints,
or the route, make of it while the requests are sent. The 95th percentiles are stable's and the canary's; unknown are requests
whose answer named no version.`,
  Shares: `What clients saw at each folder, against the share that the plan states: by pods the replica ratio, with Istio the route's
weight. The interval is the exact binomial one that holds 99.99 % of all samples of so many requests.`,
  Gateways: `Requests while a plain route of the Gateway API moves all traffic from one Service to another and the first one's pods are removed
once both proxies were seen to serve the weight of 0. By is how the client uses connections. Where a proxy is cut off from its control
plane, the pods were removed as soon as the status of route and Gateway was good.`,
  'Gateways: shares': `What clients saw behind a Gateway with two proxies, against the weight of the route. The interval is as above.`,
  'Rollouts behind a gateway': `The same release by \`kubectl canary\`, behind a Gateway with two proxies, with the Services and the route of the
library. By is how the client uses connections.`,
  Propagation: `Milliseconds from the moment a weight is written to the first request that the first and the last of two proxies divide by it.`,
  Transitions: `What the API server went through from one folder to the next, every state of every pod that its watch told, against what
\`plan.json\` says may be seen. Pods that are going away are not counted. With a route the share is the route's, so the pods'
share says nothing.`,
  'From every folder to every folder': `After each pair of folders, one applied on top of the other: specs, labels, replicas, ready pods
and endpoints are those of the second.`,
  API: 'What the API server and Istio say to the manifests.',
  Invariants: 'The invariants of a rollout that only a cluster can hold, by their numbers.',
  Tracks: "What looks at one track sees none of the other's pods.",
  'The tutorial': "The tutorial's own manifests and commands, which is why the library does it another way.",
};

const ADOPTION = {
  Adoption: `The same requests while a service that runs already is taken over: \`kubectl canary init\` writes its app, and \`kubectl canary\`
carries out the first release and the next one, of stages 25 and 100. They are sent from before the first change to the end of the second
release; without a probe and a hook to the end of stage-0. Restarted are the pods that stage-0 replaced, as the report of \`init\` said.`,
};

const AUTOSCALING = {
  'Autoscaled rollouts': `A service of 2 to 12 pods under 60 requests a second, which cost processor time that a real metrics-server measures, while
\`kubectl canary\` carries rollouts out. Its own HorizontalPodAutoscalers move the counts. Dropped means refused, reset, timed out or
answered with anything but 200.`,
};

const FAULTS = {
  Faults: `What becomes of a rollout by the command when something goes wrong, at each position that is named: a request, a write, a stage.
The release is the tutorial's, by pods and with Istio, with real pods, and as an operator with the documented Role alone. Each is
held against a rollout that nothing happened to: specs, labels, annotations, pods; no object may be another than before. "Ended
as" counts exit codes; of a late write it is what the API server answered, and a 200 is no harm where all is as it would be without it.`,
};

/** The name of a table on the page. `recordFigures` rejects a figure of any other table. */
export type TableName = keyof typeof TABLES | keyof typeof ADOPTION | keyof typeof AUTOSCALING | keyof typeof FAULTS;

/** The parts of the page: the command that produces each part, its suites as a pattern of their paths, and its tables. */
const PARTS = {
  cluster: {
    title: 'On a cluster',
    command: 'npm run test:cluster -- --record',
    suites: 'suites/(objects|traffic|envoy-gateway)/(?!adoption|autoscaling)',
    tables: TABLES,
  },
  adoption: {
    title: 'Adoption',
    command: 'npm run test:cluster -- --record adoption',
    suites: 'suites/traffic/adoption',
    tables: ADOPTION,
  },
  autoscaling: {
    title: 'Autoscaling',
    command: 'npm run test:cluster -- --record autoscaling',
    suites: 'suites/traffic/autoscaling',
    tables: AUTOSCALING,
  },
  faults: { title: 'Faults', command: 'npm run test:cluster -- --faults --record', suites: 'suites/driver/', tables: FAULTS },
} as const;

export type Part = keyof typeof PARTS;

/** The part that a user names: `cluster` if none is. Undefined if there is no such part. */
export function partNamed(name: string | undefined): Part | undefined {
  const part = name ?? 'cluster';
  return Object.hasOwn(PARTS, part) ? (part as Part) : undefined;
}

/** The pattern of the suites that produce all tables of a part. */
export function suitesOf(part: Part): string {
  return PARTS[part].suites;
}

/** Writes the figures of a run to their part of `docs/measured.md`. */
export function recordFigures(results: string, versions: Readonly<Record<string, string>>, part: Part): void {
  const { title, command, tables } = PARTS[part];
  const figures = readFileSync(join(results, FIGURES), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figure);
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const known = { ...TABLES, ...ADOPTION, ...AUTOSCALING, ...FAULTS };
  const unknown = figures.map(({ table }) => table).find((table) => !(table in known));
  if (unknown !== undefined) {
    throw new Error(`figures: got a table ${unknown}; must be one of ${Object.keys(known).join(', ')}`);
  }
  const sections = Object.entries(tables).map(([table, words]) => {
    const rows = figures.filter((figure) => figure.table === table).map(({ row }) => row);
    const heading = table === title ? '' : `### ${table}\n\n`;
    return `${heading}${words}\n\n${rows.length > 0 ? markdownTable(rows) : 'Not measured.'}`;
  });
  writeMeasured(part, [`## ${title}\n\n${measuredBy(command, programs)}`, ...sections].join('\n\n'));
}
