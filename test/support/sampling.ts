/**
 * Lists everything that an ordinary run leaves out. `npm test` and `npm run test:cluster` take the ordinary amount: always the same part of
 * each list, and a limited number of random cases. `npm run test:full` and `npm run test:cluster -- --all` take the full amount.
 */
export const isFull = process.env['CANARY_TEST_FULL'] !== undefined;

/** `npm run test:cluster -- --record`: measures figures for the docs, so nothing else may run at the same time. */
export const isRecord = process.env['CANARY_TEST_RECORD'] !== undefined;

interface Sample {
  /** The amounts of an ordinary and of a full run. */
  readonly ordinary: number;
  readonly full: number;
  /** Why the ordinary amount is enough. */
  readonly why: string;
}

const SAMPLES = {
  /** `test/core/split.test.ts`: every weight and limit up to this number of pods against brute force; full takes a minute. */
  'splits: pods': { ordinary: 40, full: 60, why: 'small totals show every rule of the splits; larger ones repeat them' },
  'splits: one baseline in': { ordinary: 7, full: 1, why: 'neighbouring baselines take the same path through the search' },
  'splits: random rules': { ordinary: 200, full: 20_000, why: 'all splits of few pods are tried beside them' },
  /** `test/core/invariants.test.ts`: random plans and apps, each of which must keep all invariants. */
  'invariants: random plans': { ordinary: 600, full: 100_000, why: 'every planted bug is found within the first hundreds' },
  'invariants: random apps': { ordinary: 8, full: 100, why: 'each kind of object is in two of the eight or more' },
  /** `test/core/exploration.test.ts`: every reachable state of a cluster, for stage lists from subsets of seven weights. */
  'exploration: largest baseline': { ordinary: 3, full: 4, why: 'a fourth pod takes the steps of a third, in many more states' },
  'exploration: one stage list in': { ordinary: 3, full: 1, why: 'a third has 33 of the 36 steps from one weight to a larger one' },
  /** `test/autoscaled-exploration.test.ts`: autoscaled pairs of up to 4 pods a track, with stage lists from subsets of four weights. */
  'exploration: one autoscaled plan in': { ordinary: 19, full: 1, why: 'each sizing keeps three plans or more, and each bound two' },
  /** `test/core/plan.test.ts`: random plans for each law. */
  'plans: random plans': { ordinary: 120, full: 10_000, why: 'the invariants look at more plans, and the exploration at all small ones' },
  /** `test/one-tree.test.ts`: random apps; plain cdk8s renders each of their stages from the declarations. */
  'one tree: random apps': {
    ordinary: 6,
    full: 100,
    why: 'the first six apps have 12 pairs, by pods and by a route, two of them autoscaled, in 49 folders',
  },
  /** `test/core/yaml.test.ts`: strings that a parser misread, and random documents for each law. */
  'yaml: one hard string in': { ordinary: 5, full: 1, why: 'the strings stand in families, and each family keeps a fifth' },
  'yaml: random documents': { ordinary: 80, full: 3000, why: 'hard strings are a fifth of the texts in them' },
  /** `cli/test/gates.test.ts`: random rates for each law of e-values. The laws are bounds that hold for all rates. */
  'gates: random rates': {
    ordinary: 1000,
    full: 10_000,
    why: 'evidence that is a tenth too large is found each time, 2 % nine times in ten',
  },
  'gates: runs under the null': { ordinary: 400, full: 4000, why: 'evidence that is 1.3 times too large is found by 400, not by 100' },
  /** `cli/test/in-force-error.test.ts`: proofs with a stale proxy, and the most requests of each. */
  'in force: proofs with a stale proxy': {
    ordinary: 100,
    full: 300,
    why: 'a run whose length leaves out the number of proxies is found by 100, and small cases are summed up exactly beside it',
  },
  'in force: requests of a proof': { ordinary: 300, full: 2000, why: 'most wrong proofs come early, where bets are largest' },
  /** `cli/test/monitor-judge.test.ts`: random rollouts of 1,000 requests, from the same seeds in every run. */
  'judge: rollouts': { ordinary: 60, full: 300, why: 'not one of the 60 may be judged wrong' },
  /** `test/explain.test.ts`: random plans for each law. */
  'explanations: random plans': { ordinary: 30, full: 2000, why: 'each plan is explained for all competitors at each of its stages' },
  /** `test/plan-file.test.ts`: random apps whose plan the schema must accept. */
  'plan files: random apps': { ordinary: 8, full: 200, why: 'fourteen apps by hand have everything that a plan may hold' },
  /** `cli/test/decide.test.ts`: random stories of each of four trees. */
  'decisions: random stories': { ordinary: 70, full: 3000, why: 'each thing that may happen is also tried at every moment, alone' },
  /** `cli/test/traffic-command.test.ts`: verdicts from counters, each by a process of its own. */
  'counters: one verdict in': { ordinary: 2, full: 1, why: 'the gates are tried beside it, without a process' },
  /** `cli/test/report.test.ts`: pages of records that html-validate reads. */
  'reports: one page in': { ordinary: 2, full: 1, why: 'a real browser reads all of them in `npm run test:report`' },
  /** `test/outdir.test.ts`: changes of the file system before which the process of a synth is killed. */
  'outdir: one state that a kill leaves in': { ordinary: 3, full: 1, why: 'before, during and after the moves each get some' },
  'outdir: one kill of a process in': {
    ordinary: 24,
    full: 1,
    why: 'one synth copies the folder before each change, and a kill leaves the same',
  },
  /** `test/tutorial.test.ts`: stages that `cdk8s synth --stdout` prints. */
  'tutorial: stages printed by cdk8s-cli': {
    ordinary: 0,
    full: 2,
    why: 'the app is started with the same variables, and cdk8s-cli writes all stages once',
  },
  /** `cli/test/init-meaning.test.ts`: features of a service, and for kinds other than a Deployment. */
  'init: one feature in': { ordinary: 3, full: 1, why: 'the features of one field stand together, and each field keeps some' },
  'init: one feature of another kind in': { ordinary: 18, full: 1, why: 'the kinds share all code but the reading of the workload' },
  /** `test/determinism.test.ts`: processes that must write the same tree. */
  'determinism: processes': { ordinary: 7, full: 42, why: 'each of the seven environments is tried once; full tries six orders in each' },
  /** `test/cluster`: tests on a real cluster; `--all`, `--faults` and `--record` take the full amount. */
  'cluster: one position of a fault in': { ordinary: 30, full: 1, why: 'requests and writes of one kind follow each other' },
  'cluster: one pair of folders in': { ordinary: 6, full: 1, why: 'every folder is still reached from two others' },
  'cluster: random apps': { ordinary: 60, full: 1000, why: 'by the 58th every field is there that 300 have' },
  'cluster: one command of a router in': {
    ordinary: 2,
    full: 1,
    why: 'what is killed by pods is not by Istio, and each signal is sent by one of them: writes are made by the same code',
  },
  'cluster: one stage applied by half in': { ordinary: 2, full: 1, why: 'the stages hold the same objects with other numbers' },
  'cluster: one folder applied again in': { ordinary: 4, full: 1, why: 'the folders hold the same objects with other numbers' },
  'cluster: one protocol behind a gateway in': {
    ordinary: 3,
    full: 1,
    why: 'the command sees weights and pods alone, whatever the protocol; the suite of the gateways themselves has all three',
  },
  'cluster: one folder turned back from in': {
    ordinary: 5,
    full: 1,
    why: 'stage-100 and promoted are the hardest; by pods kubectl takes the one and the command the other, by Istio the reverse',
  },
  'cluster: one rollout by the command in': {
    ordinary: 2,
    full: 1,
    why: 'stage by stage by pods, by run through Istio: what is applied is what kubectl applies',
  },
  'cluster: one origin of an adopted service in': {
    ordinary: 4,
    full: 1,
    why: 'origins differ in the field managers, which `objects/field-managers` tries all; the ordinary one, Helm, restarts its pods',
  },
  'cluster: longer autoscaled rollouts': { ordinary: 0, full: 3, why: 'to promoted and back takes each step once' },
  'cluster: one trouble of autoscalers in': { ordinary: 6, full: 1, why: 'a refused pod is the hardest; the others take minutes each' },
  'cluster: one stage of a promotion by itself in': { ordinary: 2, full: 1, why: 'each stage is decided alike' },
  'cluster: one habit of a service in': {
    ordinary: 2,
    full: 1,
    why: 'slow to start by pods and dying at once by Istio: routers differ in neither',
  },
  'cluster: one router whose habits are turned back in': { ordinary: 2, full: 1, why: "by Istio stable's pods stay until it is promoted" },
  'cluster: one faulty canary in': { ordinary: 2, full: 1, why: 'by pods and by Istio other ones, so all but a missing image are tried' },
  'cluster: requests to a cluster at rest': { ordinary: 2000, full: 4000, why: 'what the machine loses by itself is nothing' },
  'cluster: one folder whose share is measured in': { ordinary: 2, full: 1, why: 'from a tenth to all is there, by pods and by a route' },
  'cluster: one folder that monitor is asked of in': { ordinary: 3, full: 1, why: 'the shares of all folders are measured beside it' },
  'cluster: one width of a terminal in': { ordinary: 2, full: 1, why: 'other widths are tried without a cluster' },
  'cluster: requests for a share': { ordinary: 1000, full: 2000, why: 'a tenth is told from a sixth' },
} as const satisfies Record<string, Sample>;

/** The amount for this run. */
export function amountOf(name: keyof typeof SAMPLES): number {
  return SAMPLES[name][isFull ? 'full' : 'ordinary'];
}

/** Every n-th item; `first`, which is below `n`, is the index of the first one. */
export function oneIn<T>(n: number, items: readonly T[], first = 0): T[] {
  return items.filter((_, index) => index % n === first % n);
}

/**
 * `npm run test:plus`: the versions of cdk8s-plus for which the package is compiled, and with which tests of the constructs run; `--all` takes
 * all of them, and compiles all with jsii. With the other versions the tutorial is synthesized, and what they have beyond 27.
 */
export const PLUS_TESTS = {
  compiled: [28],
  tested: [33],
  files: [
    'test/constructs',
    'test/versioned-config',
    'test/pod-options',
    'test/pod-scheduling',
    'test/pair-service',
    'test/pair-autoscaling',
    'test/other-plus',
    'test/bad-input/pod',
  ],
  why: '28 is the first with the changed containers, and used most; 33 is what `cdk8s init` gives, and is compiled with jsii; those between add fields of pods',
};
