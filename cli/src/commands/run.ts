import { Command, Option } from 'commander';
import { PROMOTED, STAGE_0 } from '../../../lib/core/folders';
import type { Mode } from '../core/rollout/decide';
import { holdTimesAt } from '../core/rollout/hold-times';
import { CliError, EXIT, UsageError } from '../core/errors';
import { stageNamed } from '../core/plan/path';
import { ask } from '../terminal/ask';
import type { Terminal } from '../terminal/terminal';
import { cleanup } from './cleanup';
import { duration, number } from './common';
import { pairNamed, withProbe } from './probe-options';
import { type TrafficCommandOptions, trafficRequest, withTraffic } from './traffic-options';
import type { Publish } from '../driver/events';
import { type StageObserver, noObserver } from '../driver/observer';
import type { Session } from '../driver/session';
import type { TrafficRequest } from '../monitor/traffic-source';
import { TrafficObserver } from '../driver/traffic-observer';
import { RecordKeeper } from '../html-report/record-keeper';
import { type DriveCommandOptions, type DriveOptions, drive, firstTarget } from './drive';
import { SynthOutput } from '../synth-output/synth-output';
import { dryRun } from './dry-run';
import { withDriving } from './rollout';

interface RunOptions extends DriveCommandOptions, TrafficCommandOptions {
  readonly watch: boolean;
  readonly errorLimit?: number;
  readonly hold?: number;
  readonly longestHold?: number;
  readonly auto?: boolean;
  readonly yes?: boolean;
  readonly until: string;
  readonly cleanup?: boolean;
  readonly onFailure: 'rollback' | 'hold';
  /** The folder for records; false if no record is kept. */
  readonly record: string | false;
}

export function runCommand(terminal: Terminal, finish: (code: number) => void): Command {
  const command = new Command('run').description(
    'run the whole rollout: hold and measure each stage, show the results, then prompt or let the gates decide',
  );
  return withTraffic(withProbe(withDriving(command)))
    .addOption(
      new Option(
        '--hold <duration>',
        'how long to hold each stage before a decision (default: 30s; with --auto, longer if the gates are expected to need it)',
      ).argParser(duration),
    )
    .addOption(
      new Option(
        '--longest-hold <duration>',
        "how long to hold a stage at most while the gates are inconclusive (default: the plan's, else the longer of 10m and three times --hold)",
      ).argParser(duration),
    )
    .option('--auto', 'let the gates decide: advance on a pass, roll back on a fail, pause if they stay inconclusive')
    .option('-y, --yes', 'advance without a prompt; a canary that does not become ready is still rolled back')
    .option('--until <stage>', 'the stage to stop at', PROMOTED)
    .option('--cleanup', 'after the promotion, delete Deployments that no longer receive traffic')
    .option('--no-watch', 'measure no traffic; prompts show no results')
    .addOption(new Option('--error-limit <rate>', 'the highest error rate that the canary may have, such as 0.01').argParser(number(0, 1)))
    .option('--record <folder>', 'the folder for records; each run writes run.json and run.html to its own subfolder', 'canary-runs')
    .option('--no-record', 'write no record')
    .option('--create', 'allow a start where nothing of the plan exists yet')
    .addOption(new Option('--on-failure <what>', 'what to do if the canary fails').choices(['rollback', 'hold']).default('rollback'))
    .addHelpText(
      'after',
      `
The run starts at the current stage of the cluster, so you can run it again at any time. It rolls back if you answer no, if a
gate fails (with --auto), if the canary crash-loops or its image cannot be pulled, or if you press Ctrl-C twice.

Examples:
  kubectl canary run                          prompt at each stage, after 30 s
  kubectl canary run --version-pattern Yellow=1.0 --version-pattern Red=1.1
                                              for versions that are named in the response body
  kubectl canary run --hold 5m --rate 50 --auto
                                              let the gates decide
  kubectl canary run --auto --traffic istio --prometheus http://localhost:9090
                                              let the gates decide on the requests of all clients
  kubectl canary run --yes --until stage-50   no prompts, for a script`,
    )
    .action(async (options: RunOptions) => finish(await run(options, command, terminal)));
}

async function run(options: RunOptions, command: Command, terminal: Terminal): Promise<number> {
  if (options.auto && options.yes) {
    throw new UsageError('--auto, --yes: got both; must be one of them');
  }
  const mode: Mode = options.auto ? 'auto' : options.yes ? 'yes' : 'ask';
  if (mode === 'ask' && !terminal.canAsk && !options.dryRun) {
    throw new UsageError('no terminal to prompt on; pass --yes or --auto');
  }
  const goal: DriveOptions['goal'] = (session, position) => {
    const last = stageNamed(session.objects.plan, options.until);
    const target = firstTarget(session, position);
    const { advance } = session.objects.plan.order;
    if (advance.indexOf(target) > advance.indexOf(last)) {
      throw new CliError(`--until: cannot go back to ${last}: the next stage is ${target}`, EXIT.refused, [
        `kubectl canary rollback   goes back to ${STAGE_0}, with all traffic on stable`,
      ]);
    }
    return { direction: 'advance', target, last };
  };
  const traffic = trafficOf(options, command);
  if (options.dryRun) {
    return dryRun(options, terminal, 'advance', (session, position) => ({
      ...goal(session, position),
      target: stageNamed(session.objects.plan, options.until),
    }));
  }
  const { plan } = SynthOutput.open(options.dir);
  const { hold, longestHold } = options;
  // If others send the requests, this command does not know the rate; the plan may.
  const rate = traffic.counted ? undefined : options.rate;
  const keeper = options.record === false ? undefined : new RecordKeeper(options.record, (text) => terminal.note(text));
  const code = await drive(options, terminal, {
    name: 'run',
    direction: 'advance',
    cleansUp: options.cleanup,
    record: (record) => keeper?.keep(record),
    after: async () => {
      const folder = await keeper?.end();
      if (folder !== undefined) {
        terminal.note(`the record of this run is in ${folder}`);
      }
    },
    mode,
    holdTimes: (folder) => holdTimesAt(plan, folder, { hold, longestHold, mode, rate }),
    rollsBack: options.onFailure === 'rollback',
    goal,
    observer: (session, publish) => observerOf(options, traffic, session, publish, terminal),
  });
  return code === EXIT.done && options.cleanup && options.until === PROMOTED
    ? cleanup({ ...options, yes: true, dryRun: undefined }, terminal)
    : code;
}

async function observerOf(
  options: RunOptions,
  request: TrafficRequest,
  session: Session,
  publish: Publish,
  terminal: Terminal,
): Promise<StageObserver> {
  const traffic = await trafficObserverOf(options, request, session, publish);
  return {
    ...noObserver,
    ...(traffic && {
      watch: (folder) => traffic.watch(folder),
      evidence: () => traffic.evidence(),
      judge: () => traffic.judge(),
      unwatch: () => traffic.unwatch(),
    }),
    ask: async (folder, next, signal) => {
      const answer = await ask(terminal, `${folder}: go on to ${next}?`, signal);
      if (answer === 'interrupted') {
        process.emit('SIGINT', 'SIGINT');
        return undefined;
      }
      return answer === undefined ? undefined : answer ? 'go on' : 'roll back';
    },
  };
}

/** @throws UsageError if it is not clear from the options what to measure */
function trafficOf(options: RunOptions, command: Command): TrafficRequest {
  if (!options.watch && options.traffic !== 'probe') {
    throw new UsageError(`--no-watch, --traffic: got both; must be one of them`);
  }
  if (options.prometheus !== undefined && options.traffic === 'probe') {
    throw new UsageError('--prometheus: nothing to query; pass --traffic istio, ingress-nginx or queries');
  }
  return trafficRequest(options, command, {}, true);
}

/** Prepares the measurement of the traffic; returns undefined if nothing is to be measured. */
async function trafficObserverOf(
  options: RunOptions,
  traffic: TrafficRequest,
  session: Session,
  publish: Publish,
): Promise<TrafficObserver | undefined> {
  if (options.auto && !options.watch) {
    throw new UsageError('--auto, --no-watch: got both; must be one of them, because the gates decide on measured traffic');
  }
  // If there are several pairs, one must be named. A person who decides may use another source instead.
  const isClear = session.pairs.length === 1 || options.pair !== undefined;
  if (!options.watch || options.hold === 0) {
    return undefined;
  }
  if (!isClear && !options.auto) {
    const names = session.pairs.map(({ path }) => path).join(', ');
    publish({ type: 'note', text: `no traffic is measured: the plan has several pairs (${names}); pass --pair to measure one of them` });
    return undefined;
  }
  const pair = pairNamed(session.release, options.pair);
  const observer = new TrafficObserver(session, { traffic, kubectl: options, pair, errorLimit: options.errorLimit }, (text) =>
    publish({ type: 'note', text }),
  );
  if (options.auto) {
    await observer.check();
  }
  return observer;
}
