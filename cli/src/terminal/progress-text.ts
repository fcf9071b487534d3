import { percent } from '../../../lib/core/format-share';
import { Fraction } from '../../../lib/core/fraction';
import { EXIT } from '../core/errors';
import { managersText } from '../core/kubernetes/conflict';
import type { OwnedExtra } from '../core/kubernetes/extra-owners';
import type { DeploymentHealth } from '../core/kubernetes/health';
import { placeText } from '../core/plan/path';
import { nameOf } from '../core/resource';
import { troubleText } from '../core/rollout/decide';
import { type PairHealth, foreignIn } from '../core/rollout/pair-health';
import { formatElapsed } from '../core/text/format-duration';
import { plainValue } from '../core/text/plain-text';
import { showValue } from '../core/text/show-value';
import { type Evidence, type Verdict, secondsOf } from '../core/traffic/evidence';
import type { RunEvent, Subscriber } from '../driver/events';
import { lineText, shareLine, versionsTable } from './monitor-text';
import { tableText } from './table';
import type { Terminal } from './terminal';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Milliseconds between two lines about the state, if the output is not a terminal whose lines can change. */
const LINE_INTERVAL = 5_000;

const INDENT = '   ';

const STYLES = { pass: 'green', fail: 'red', inconclusive: 'yellow' } as const;

/** Prints the events of a run for people: permanent lines, and on a terminal a few lines below them that change. */
export class TextProgress implements Subscriber {
  private folder: string | undefined;
  /** Whether the lines that change are shown: not while a prompt is there. */
  private isMoving = true;
  private begunAt = performance.now();
  private isReady = true;
  private pairs: readonly PairHealth[] = [];
  private evidence: Evidence | undefined;
  private holdUntil: number | undefined;
  private lastLineAt = 0;
  /** The problems of pods that were printed since the last folder was applied; each is printed once. */
  private readonly troubles = new Set<string>();
  /** The owners of foreign endpoints that were printed, by pair; printed again only if other owners appear. */
  private readonly foreign = new Map<string, string>();

  constructor(private readonly terminal: Terminal) {}

  on(published: RunEvent): void {
    const event = plainValue(published);
    switch (event.type) {
      case 'begin':
        return this.begin(event);
      case 'applied':
        return this.applied(event);
      case 'state':
        return this.state(event);
      case 'arrived':
        return this.arrived(event);
      case 'waiting':
        return this.waiting(event);
      case 'restarted':
        return this.restarted(event);
      case 'question':
        return this.question(event);
      case 'verdict':
        return this.verdict(event.folder, event.verdict);
      case 'decision':
        return this.decided(event);
      case 'weight':
        return this.weight(event);
      case 'failure':
        return this.failed(event);
      case 'note':
        return this.say(this.terminal.paint('yellow', `   ${event.text}`));
      case 'end':
        return this.end(event);
      case 'left':
        return undefined;
    }
  }

  /** Removes the lines that change, so that something else can be printed; they return with the next folder. */
  pause(): void {
    this.isMoving = false;
    this.terminal.show(undefined);
  }

  private begin({ folder, direction }: EventOf<'begin'>): void {
    this.folder = folder;
    this.begunAt = performance.now();
    this.isReady = false;
    this.pause();
    this.isMoving = true;
    this.holdUntil = undefined;
    this.evidence = undefined;
    this.troubles.clear();
    this.say(this.terminal.paint('bold', `${direction === 'rollback' ? '<-' : '->'} ${folder}`));
  }

  private applied({ object, applied: { change, takenOver, removed } }: EventOf<'applied'>): void {
    if (change !== 'unchanged') {
      this.say(`   ${nameOf(object)} ${change}`);
    }
    for (const manager of new Set(takenOver.map((conflict) => conflict.manager))) {
      const fields = takenOver.filter((conflict) => conflict.manager === manager);
      const same = fields.filter(({ isOurs }) => isOurs).map(({ field }) => field);
      if (same.length > 0) {
        const which = same.length > 2 ? `${same.length} fields` : same.join(', ');
        this.say(this.terminal.paint('dim', `   took over ${which} from field manager ${manager}; the values stay the same`));
      }
      for (const { field, live } of fields.filter(({ isOurs }) => !isOurs)) {
        const before = live === undefined ? 'not set' : showValue(live, field);
        this.say(this.terminal.paint('yellow', `   took over ${field} from field manager ${manager} (forced); it was ${before}`));
      }
    }
    const setBy = ({ field, managers, live }: OwnedExtra) => `${field}: ${showValue(live, field)}, set by ${managersText(managers)}`;
    for (const extra of removed) {
      this.say(this.terminal.paint('yellow', `   took over and removed ${setBy(extra)}; the manifest does not have it`));
    }
  }

  private state({ position, pairs }: EventOf<'state'>): void {
    this.pairs = pairs;
    const tracks = tracksOf(pairs);
    for (const track of tracks) {
      for (const trouble of track.troubles) {
        const key = `${track.name} ${trouble.reason}`;
        if (!this.troubles.has(key)) {
          this.troubles.add(key);
          this.say(this.terminal.paint('yellow', `   ${troubleText(track, trouble)}`));
        }
      }
    }
    pairs.forEach((pair) => this.foreignEndpoints(pair));
    if (!this.isReady && this.folder !== undefined && placeText(position) === this.folder && tracks.every(({ isSettled }) => isSettled)) {
      this.isReady = true;
      const milliseconds = performance.now() - this.begunAt;
      const after = milliseconds < 500 ? '' : ` after ${formatElapsed(milliseconds)}`;
      this.say(this.terminal.paint('green', `   ready${after}: ${countsText(tracks)}`));
    }
    this.draw();
  }

  private weight({ weight: { pair, verdict, by, answers, tookMs = 0, to, why = '' } }: EventOf<'weight'>): void {
    const whose = this.pairs.length > 1 ? `${pair}: ` : '';
    if (verdict === 'in force') {
      const share = to === undefined ? 'the weight' : percent(Fraction.parse(to));
      const seen = `seen by ${by.join(', ')}, ${answers} answers`;
      return this.say(this.terminal.paint('green', `   ${whose}${share} is in force after ${formatElapsed(tookMs)}: ${seen}`));
    }
    const text =
      verdict === 'not proven' ? `the weight is ${why}; the run waits for --settle instead` : `the weight is not in force yet: ${why}`;
    this.say(this.terminal.paint('yellow', `   ${whose}${text}`));
  }

  private foreignEndpoints(pair: PairHealth): void {
    const owners = pair.foreign.map(({ owner }) => owner).join(' ');
    const text = foreignIn(pair);
    if (text !== undefined && this.foreign.get(pair.path) !== owners) {
      this.say(this.terminal.paint('yellow', `   ${text}`));
    }
    this.foreign.set(pair.path, owners);
  }

  private arrived({ folder, holdMs }: EventOf<'arrived'>): void {
    this.holdUntil = holdMs > 0 ? performance.now() + holdMs : undefined;
    if (holdMs > 0) {
      this.say(`   hold ${folder} for ${formatElapsed(holdMs)}`);
      this.isMoving = true;
    } else {
      this.pause();
    }
  }

  private waiting({ evidence }: EventOf<'waiting'>): void {
    this.evidence = evidence;
    if (this.terminal.isLive) {
      this.draw();
    } else if (performance.now() - this.lastLineAt > LINE_INTERVAL) {
      this.say(`   ${this.isReady && evidence ? evidenceLine(evidence) : this.stateText()}`);
    }
  }

  private restarted({ folder }: EventOf<'restarted'>): void {
    this.holdUntil = undefined;
    this.evidence = undefined;
    this.isReady = false;
    this.begunAt = performance.now();
    this.isMoving = true;
    const text = `   ${folder} is no longer ready; its measurements are discarded, and the hold starts again when all pods are ready`;
    this.say(this.terminal.paint('yellow', text));
  }

  private question({ folder, evidence, verdict }: EventOf<'question'>): void {
    this.pause();
    if (evidence) {
      this.say(this.table(evidence));
      if (evidence.share) {
        this.say(`   ${shareLine(evidence.share, undefined, this.terminal.paint)}`);
      }
    }
    if (verdict) {
      this.verdict(folder, verdict);
    }
  }

  private verdict(folder: string, { verdict, checks }: Verdict): void {
    this.say(`   ${this.terminal.paint(STYLES[verdict], `${folder}: ${verdict}`)}`);
    const rows = checks.map((check) => [this.terminal.paint(STYLES[check.verdict], check.verdict), check.name, check.why]);
    if (rows.length > 0) {
      this.say(tableText({ rows, width: this.terminal.width, indent: '     ', names: 2, endsInText: true }));
    }
  }

  /** Prints what cannot be read of a failure. The reason itself is in the sentence about the decision, and the rest is in the record. */
  private failed({ failure: { missing } }: EventOf<'failure'>): void {
    missing.forEach((text) => this.say(this.terminal.paint('yellow', `   ${text}`)));
  }

  private decided({ decision, by, why }: EventOf<'decision'>): void {
    this.pause();
    // To go on needs no line: the answer of the user, or the verdict, is above.
    if (decision === 'roll back') {
      this.say(this.terminal.paint('red', by === 'gates' ? '   rolling back' : `   rolling back: ${why}`));
    }
  }

  private end(event: EventOf<'end'>): void {
    this.pause();
    const { result, code, folder, why, next } = event;
    const words: Readonly<Record<typeof result, string>> = {
      promoted: 'promoted',
      'at-stage': `at ${folder ?? 'the stage'}`,
      'rolled-back': 'rolled back',
      paused: 'paused',
      'rollback-failed': 'rollback failed',
      interrupted: 'interrupted',
      refused: 'stopped',
    };
    const isNamed = folder === undefined || [words[result], why].some((text) => text.includes(folder));
    const place = isNamed ? '' : ` (the cluster is at ${folder})`;
    this.terminal.note(`${this.terminal.paint(code === EXIT.done ? 'green' : 'red', words[result])}: ${why}${place}`);
    next.forEach((line) => this.terminal.note(`  ${line}`));
  }

  private say(line: string): void {
    this.terminal.note(line);
    this.lastLineAt = performance.now();
  }

  private draw(): void {
    if (this.isMoving) {
      const table = this.isReady && this.evidence ? `${this.table(this.evidence)}\n` : '';
      this.terminal.show(`${table}   ${this.stateText()}`);
    }
  }

  private table(evidence: Evidence): string {
    const { paint, width = Infinity } = this.terminal;
    return versionsTable(evidence, paint, width - INDENT.length).replace(/^/gm, INDENT);
  }

  private stateText(): string {
    const left = this.holdUntil === undefined ? 0 : this.holdUntil - performance.now();
    const rest = left > 0 ? `; ${formatElapsed(Math.ceil(left / 1_000) * 1_000)} left` : '';
    return this.terminal.paint('dim', `${countsText(tracksOf(this.pairs))}${rest}`);
  }
}

function tracksOf(pairs: readonly PairHealth[]): readonly DeploymentHealth[] {
  return pairs.flatMap(({ stable, canary }) => [stable, canary]);
}

function evidenceLine(evidence: Evidence): string {
  return lineText({
    pair: '',
    evidence,
    seconds: secondsOf(evidence),
    sent: undefined,
    total: undefined,
    durationSeconds: undefined,
    expectation: undefined,
    readings: [],
  });
}

/** The ready and wanted pods of Deployments, in one line. */
export function countsText(tracks: readonly DeploymentHealth[]): string {
  const shown = tracks.slice(0, 6).map(({ name, ready, wanted, terminating }) => {
    const ending = terminating > 0 ? `, ${terminating} terminating` : '';
    return `${name} ${ready}/${wanted}${ending}`;
  });
  return `${shown.join('  ')}${tracks.length > 6 ? `  and ${tracks.length - 6} more` : ''}`;
}
