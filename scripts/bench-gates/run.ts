/**
 * Compares our gates with those of other tools over many simulated rollouts.
 *
 *     npm run bench:gates [-- --rollouts 10000] [--record]
 *
 * First with equal versions: how often a gate rolls back without a reason, if it is evaluated after every request. Then with a worse
 * canary: how many requests a gate needs to detect it, compared with the sample that the best fixed-size test needs.
 */
import erfcinv from '@stdlib/math-base-special-erfcinv';
import { parseArgs } from 'node:util';
import { stageNeed } from '../../lib/core/gates/planner';
import { DEFAULT_GATES, type GatesEntry, testsOf } from '../../lib/core/gates/settings';
import { clopperPearson } from '../../cli/src/core/statistics/binomial';
import { Chance } from '../../test/support/chance';
import { type Row, markdownTable, measuredBy, writeMeasured } from '../../test/support/measured';
import { OurErrors, Ours } from './ours';
import { FixedThreshold, type Gate, MannWhitneyAtEveryWindow, type Request, ZTestAtEveryLook } from './peers';

const { values } = parseArgs({ options: { rollouts: { type: 'string', default: '10000' }, record: { type: 'boolean' } } });
const ROLLOUTS = Number(values.rollouts);

/** The canary's share at each stage of a rollout, and the number of requests at each stage. */
const STAGES = [0.1, 0.25, 0.5, 0.5];
const REQUESTS = 1_000;

/** The median response time in milliseconds, and the standard deviation of its logarithm: typical of a web service. */
const MEDIAN = 50;
const SPREAD = 0.5;

interface World {
  readonly stable: number;
  readonly canary: number;
  /** The factor of the canary's response times. */
  readonly slower: number;
}

/** Half of what a fixed threshold of 1 % allows, so that the gate with a fixed threshold is not at a disadvantage. */
const EQUAL: World = { stable: 0.005, canary: 0.005, slower: 1 };

/** The normal quantile. The one of @stdlib is wrong in the tails. */
const normal = (p: number) => -Math.SQRT2 * erfcinv(2 * p);

function request(chance: Chance, share: number, world: World): Request {
  const isCanary = chance.fraction() < share;
  const isError = chance.fraction() < (isCanary ? world.canary : world.stable);
  const z = Math.sqrt(-2 * Math.log(1 - chance.fraction())) * Math.cos(2 * Math.PI * chance.fraction());
  return { isCanary, isError, milliseconds: MEDIAN * Math.exp(SPREAD * z) * (isCanary ? world.slower : 1) };
}

/** The share of rollouts that a gate rolls back. A gate starts anew at each stage if it does so in practice. */
function falseRollbacks(seed: number, gateAt: (share: number, before: Gate | undefined) => Gate): Row {
  let turned = 0;
  for (let rollout = 0; rollout < ROLLOUTS; rollout += 1) {
    const chance = new Chance(seed + rollout);
    let gate: Gate | undefined;
    const isTurned = STAGES.some((share) => {
      gate = gateAt(share, gate);
      for (let n = 0; n < REQUESTS; n += 1) {
        if (gate.add(request(chance, share, EQUAL))) {
          return true;
        }
      }
      return false;
    });
    turned += isTurned ? 1 : 0;
  }
  const [low, high] = clopperPearson(turned, ROLLOUTS, 0.99);
  return { 'rolled back': percent(turned / ROLLOUTS), '99 % interval': `${percent(low)} to ${percent(high)}` };
}

interface Found {
  readonly median: number | undefined;
  readonly p95: number | undefined;
  readonly missed: number;
  /** The share of rollouts in which the gate had decided after this many requests. */
  by(requests: number): number;
}

/** The number of requests until a gate decides. */
function requestsUntil(
  seed: number,
  world: World,
  share: number,
  most: number,
  gate: () => Gate | { add(request: Request): boolean },
): Found {
  const found: number[] = [];
  for (let rollout = 0; rollout < ROLLOUTS; rollout += 1) {
    const chance = new Chance(seed + rollout);
    const one = gate();
    for (let n = 1; n <= most; n += 1) {
      if (one.add(request(chance, share, world))) {
        found.push(n);
        break;
      }
    }
  }
  found.sort((a, b) => a - b);
  // The quantile is over all rollouts, including those without a decision.
  const at = (p: number) => found[Math.ceil(p * ROLLOUTS) - 1];
  return {
    median: at(0.5),
    p95: at(0.95),
    missed: 1 - found.length / ROLLOUTS,
    by: (most) => found.filter((n) => n <= most).length / ROLLOUTS,
  };
}

/** The requests of both versions that a one-sided two-proportion test of a fixed size needs, half of them for each version. */
function fixedSample({ stable, canary }: World, alpha: number, power: number): number {
  const mean = (stable + canary) / 2;
  const spread =
    normal(1 - alpha) * Math.sqrt(2 * mean * (1 - mean)) + normal(power) * Math.sqrt(stable * (1 - stable) + canary * (1 - canary));
  return 2 * Math.ceil((spread / (canary - stable)) ** 2);
}

/** The same for the t-test on times with a known log-normal distribution; no test needs fewer requests there. */
function fixedTimes(slower: number, alpha: number, power: number): number {
  return 2 * Math.ceil(2 * ((normal(1 - alpha) + normal(power)) * (SPREAD / Math.log(slower))) ** 2);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

const count = (value: number | undefined) => (value === undefined ? 'more' : value.toLocaleString('en-US'));

function main(): void {
  const say = (text: string) => console.log(text);
  const { alpha } = DEFAULT_GATES;
  const level = alpha / testsOf([DEFAULT_GATES]);
  say(`${ROLLOUTS.toLocaleString('en-US')} rollouts each`);
  const equal: Row[] = [
    {
      gate: `ours: errors, times and share, alpha ${percent(alpha)}`,
      ...falseRollbacks(
        1,
        (share, before) => new Ours(DEFAULT_GATES, undefined, share, before instanceof Ours ? before.carried : undefined),
      ),
    },
    { gate: 'z-test of errors after every request, 5 %', ...falseRollbacks(1, () => new ZTestAtEveryLook()) },
    {
      gate: 'success rate of 99 % in each hundred requests, five misses (Flagger)',
      ...falseRollbacks(1, (_, before) => before ?? new FixedThreshold(100)),
    },
    { gate: 'Mann-Whitney of times in each window of 50 (Kayenta)', ...falseRollbacks(1, () => new MannWhitneyAtEveryWindow()) },
  ];
  say(markdownTable(equal));

  // The goal is to detect 80 % by 700 requests of each version.
  let within = { caught: NaN, low: NaN };
  const errorsOnly: GatesEntry = { ...DEFAULT_GATES, latency: undefined, share: false };
  const ourErrors = () => new Ours({ ...errorsOnly, alpha: level }, 1, undefined);
  const harms: Row[] = [
    [0.01, 0.02, 40_000],
    [0.01, 0.05, 10_000],
    [0.001, 0.01, 20_000],
  ].map(([stable, canary, most]) => {
    const world: World = { stable: stable!, canary: canary!, slower: 1 };
    const found = requestsUntil(2, world, 0.5, most!, ourErrors);
    const half = fixedSample(world, level, 0.5);
    if (canary === 0.05) {
      within = { caught: found.by(1_400), low: clopperPearson(Math.round(found.by(1_400) * ROLLOUTS), ROLLOUTS, 0.99)[0] };
    }
    return {
      canary: `errors ${percent(stable!)} to ${percent(canary!)}`,
      median: count(found.median),
      p95: count(found.p95),
      missed: `${percent(found.missed)} of ${count(most)}`,
      'fixed sample, power 50 %': count(half),
      'fixed sample, power 95 %': count(fixedSample(world, level, 0.95)),
      'median, as a ratio': `×${((found.median ?? NaN) / half).toFixed(1)}`,
    };
  });
  const timesOnly: GatesEntry = {
    ...DEFAULT_GATES,
    share: false,
    latency: { quantiles: [0.95], tolerance: 0, margin: 1, slackMilliseconds: 0 },
  };
  const slow: Row[] = [
    [1.2, 20_000],
    [2, 5_000],
  ].map(([slower, most]) => {
    const found = requestsUntil(3, { ...EQUAL, slower: slower! }, 0.5, most!, () => new Ours({ ...timesOnly, alpha: level }, 1));
    const half = fixedTimes(slower!, level, 0.5);
    return {
      canary: `p95 +${Math.round((slower! - 1) * 100)} %`,
      median: count(found.median),
      p95: count(found.p95),
      missed: `${percent(found.missed)} of ${count(most)}`,
      'fixed sample, power 50 %': count(half),
      'fixed sample, power 95 %': count(fixedTimes(slower!, level, 0.95)),
      'median, as a ratio': `×${((found.median ?? NaN) / half).toFixed(1)}`,
    };
  });
  say(markdownTable([...harms, ...slow]));
  const power = `Errors 1 to 5 % are caught within 700 requests of each version in ${percent(within.caught)} of the rollouts (at least ${percent(within.low)}, 99 %); a fixed sample with a power of 80 % takes ${count(fixedSample({ stable: 0.01, canary: 0.05, slower: 1 }, level, 0.8) / 2)} of each.`;
  say(power);

  const planned: Row[] = [0.01, 0.1, 0.5].map((share) => {
    const need = stageNeed(DEFAULT_GATES, share)!;
    const pass = requestsUntil(4, { stable: 0.01, canary: 0.01, slower: 1 }, share, 100_000, () => new OurErrors(errorsOnly));
    const worse = { stable: 0.01, canary: 0.06, slower: 1 };
    const fail = requestsUntil(5, worse, share, 200_000, () => new Ours({ ...errorsOnly, alpha: level }, 1, undefined));
    return {
      "canary's share": percent(share),
      'to pass: planned': count(need.pass),
      'simulated median': count(pass.median),
      'to fail at +5 points: planned': count(need.fail),
      'simulated median ': count(fail.median),
    };
  });
  say(markdownTable(planned));
  if (values.record) {
    writeMeasured('gates', page(equal, [...harms, ...slow], power, planned));
  }
}

function page(equal: readonly Row[], worse: readonly Row[], power: string, planned: readonly Row[]): string {
  return `## Gates

${measuredBy('npm run bench:gates -- --record', [`${ROLLOUTS.toLocaleString('en-US')} simulated rollouts for each figure`])}

Equal versions, 0.5 % errors each, times log-normal; four stages at 10, 25, 50 and 50 % with a thousand requests each, looked at after
every request. A rollback is false here:

${markdownTable(equal)}

A canary that is worse, half of the requests: requests of both versions until that is seen, at the level of one of three tests of a
rollout (5 % in all). A fixed sample may be looked at once, and its size must be known before; for times it is the t-test of
logarithms, which knows the distribution.

${markdownTable(worse)}

${power}

What the planner says that a stage's error gate needs, and what it took in the middle of the simulations:

${markdownTable(planned)}`;
}

main();
