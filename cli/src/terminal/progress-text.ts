import type { Applied } from '../cluster/apply';
import type { Direction, PairHealth } from '../core/rollout/decide';
import { troubleText } from '../core/rollout/decide';
import type { DeploymentHealth } from '../core/kubernetes/health';
import type { Evidence, Verdict } from '../core/traffic/evidence';
import type { Position } from '../core/rollout/position';
import { ObjectRef, nameOf } from '../core/resource';
import { placeText } from '../core/plan/path';
import type { Progress } from './progress';
import { Fraction } from '../../../lib/core/fraction';
import { percent } from '../../../lib/core/format-share';
import { lineText, versionsTable } from './monitor-text';
import { Terminal, columns, plain } from './terminal';

/** How often a line is written where no line can change. */
const QUIET = 5_000;

/** Progress for people: lines that stay, and on a terminal below them a few that change. */
export class TextProgress implements Progress {
  private folder: string | undefined;
  /** Whether lines may move below those that stay: not while something is asked there. */
  private moves = true;
  private begun = performance.now();
  private isReady = true;
  private health: readonly PairHealth[] = [];
  private latest: Evidence | undefined;
  private holdUntil: number | undefined;
  private lastLine = 0;
  private troubles = new Set<string>();

  constructor(private readonly terminal: Terminal) {}

  begin(folder: string, direction: Direction): void {
    this.folder = folder;
    this.begun = performance.now();
    this.isReady = false;
    this.stand();
    this.moves = true;
    this.holdUntil = undefined;
    this.latest = undefined;
    this.troubles.clear();
    this.say(this.terminal.paint('bold', `${direction === 'rollback' ? '<-' : '->'} ${folder}`));
  }

  applied(object: ObjectRef, { change, takenOver }: Applied): void {
    if (change !== 'unchanged') {
      this.say(`   ${nameOf(object)} ${change}`);
    }
    for (const manager of new Set(takenOver.map((conflict) => conflict.manager))) {
      const fields = takenOver.filter((conflict) => conflict.manager === manager);
      const ours = fields.filter(({ isOurs }) => isOurs).map(({ field }) => field);
      if (ours.length > 0) {
        const which = ours.length > 2 ? `${ours.length} fields` : ours.join(', ');
        this.say(this.terminal.paint('dim', `   took over ${which} of ${plain(manager)}; the values were ours`));
      }
      for (const { field, live } of fields.filter(({ isOurs }) => !isOurs)) {
        this.say(
          this.terminal.paint(
            'yellow',
            `   took over ${field} of ${plain(manager)} by force: it was ${plain(JSON.stringify(live) ?? 'not set')}`,
          ),
        );
      }
    }
  }

  show(position: Position, pairs: readonly PairHealth[]): void {
    this.health = pairs;
    const tracks = pairs.flatMap(({ stable, canary }) => [stable, canary]);
    for (const track of tracks) {
      for (const trouble of track.troubles) {
        const text = plain(troubleText(track, trouble));
        const key = `${track.name} ${trouble.reason}`;
        if (!this.troubles.has(key)) {
          this.troubles.add(key);
          this.say(this.terminal.paint('yellow', `   ${text}`));
        }
      }
    }
    if (!this.isReady && this.folder !== undefined && placeText(position) === this.folder && tracks.every(({ isSettled }) => isSettled)) {
      this.isReady = true;
      const seconds = Math.round((performance.now() - this.begun) / 1_000);
      this.say(
        this.terminal.paint('green', `   ready${seconds === 0 ? '' : ` after ${durationText(seconds * 1_000)}`}: ${countsText(tracks)}`),
      );
    }
    this.draw();
  }

  arrived(folder: string, hold: number): void {
    this.holdUntil = hold > 0 ? performance.now() + hold : undefined;
    if (hold > 0) {
      this.say(`   ${folder} holds for ${durationText(hold)}`);
    }
    this.moves = hold > 0;
    if (!this.moves) {
      this.stand();
    }
  }

  tick(evidence: Evidence | undefined): void {
    this.latest = evidence;
    if (this.terminal.isLive) {
      this.draw();
    } else if (performance.now() - this.lastLine > QUIET) {
      this.say(`   ${this.isReady && evidence ? evidenceLine(evidence) : this.stateText()}`);
    }
  }

  verdict(folder: string, { verdict, checks }: Verdict): void {
    const styles = { pass: 'green', fail: 'red', inconclusive: 'yellow' } as const;
    this.say(`   ${this.terminal.paint(styles[verdict], `${folder}: ${verdict}`)}`);
    const [first, ...others] = checks.map((check) => [this.terminal.paint(styles[check.verdict], check.verdict), check.name, check.why]);
    if (first) {
      this.say(columns(first, others, '     '));
    }
  }

  decided(decision: 'go on' | 'roll back', by: string, why: string): void {
    this.stand();
    // What a person answered stands there, and so do the checks.
    if (decision === 'roll back') {
      this.say(this.terminal.paint('red', by === 'gates' ? '   rolling back' : `   rolling back: ${plain(why)}`));
    }
  }

  evidence(evidence: Evidence | undefined): void {
    this.stand();
    if (evidence) {
      this.say(indented(versionsTable(evidence, this.terminal.paint)));
      const words = shareWords(evidence);
      if (words !== undefined) {
        this.say(`   ${words}`);
      }
    }
  }

  note(text: string): void {
    this.say(this.terminal.paint('yellow', `   ${plain(text)}`));
  }

  restarted(folder: string): void {
    this.holdUntil = undefined;
    this.latest = undefined;
    this.isReady = false;
    this.begun = performance.now();
    this.moves = true;
    this.say(
      this.terminal.paint(
        'yellow',
        `   ${folder}: not all pods are ready; what was measured is set aside, and it holds anew when they are`,
      ),
    );
  }

  pause(): void {
    this.stand();
  }

  /** Nothing moves, until something is begun. */
  private stand(): void {
    this.moves = false;
    this.terminal.show(undefined);
  }

  private say(line: string): void {
    this.terminal.note(line);
    this.lastLine = performance.now();
  }

  private draw(): void {
    if (this.moves) {
      const table = this.isReady && this.latest ? `${indented(versionsTable(this.latest, this.terminal.paint))}\n` : '';
      this.terminal.show(`${table}   ${this.stateText()}`);
    }
  }

  private stateText(): string {
    const left = this.holdUntil === undefined ? 0 : Math.ceil((this.holdUntil - performance.now()) / 1_000);
    const tracks = this.health.flatMap(({ stable, canary }) => [stable, canary]);
    return this.terminal.paint('dim', `${countsText(tracks)}${left > 0 ? `; ${durationText(left * 1_000)} left` : ''}`);
  }
}

function indented(text: string): string {
  return text.replace(/^/gm, '   ');
}

function evidenceLine(evidence: Evidence): string {
  const sent = evidence.versions.reduce((sum, { requests }) => sum + requests, evidence.unknown.requests);
  const seconds = (Date.parse(evidence.until) - Date.parse(evidence.from)) / 1_000;
  return lineText({
    pair: '',
    evidence,
    seconds,
    sent,
    total: undefined,
    durationSeconds: undefined,
    expectation: undefined,
    readings: [],
  });
}

/** What is to be said of a share; undefined where there is nothing. */
function shareWords({ share }: Evidence): string | undefined {
  if (!share) {
    return undefined;
  }
  const seen = `${(share.seen * 100).toFixed(1)} %`;
  return `the canary should have ${percent(Fraction.parse(share.expected))} and has ${seen}: ${share.agrees ? 'it agrees' : 'it does not agree'}`;
}

/** The pods of some Deployments, in a line. */
export function countsText(tracks: readonly DeploymentHealth[]): string {
  const shown = tracks.slice(0, 6).map(({ name, ready, wanted, terminating }) => {
    const going = terminating > 0 ? `, ${terminating} ending` : '';
    return `${name} ${ready}/${wanted}${going}`;
  });
  return `${shown.join('  ')}${tracks.length > 6 ? `  and ${tracks.length - 6} more` : ''}`;
}

export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** Progress for programs: an object in each line. */
export class JsonProgress implements Progress {
  private last = '';

  constructor(private readonly terminal: Terminal) {}

  begin(folder: string, direction: Direction): void {
    this.line({ type: 'begin', folder, direction });
  }

  applied(object: ObjectRef, { change, takenOver }: Applied): void {
    this.line({ type: 'applied', object, change, ...(takenOver.length > 0 ? { takenOver } : {}) });
  }

  show(position: Position, pairs: readonly PairHealth[]): void {
    const state = { type: 'state', position, pairs };
    const text = JSON.stringify(state);
    if (text !== this.last) {
      this.last = text;
      this.line(state);
    }
  }

  arrived(folder: string, hold: number): void {
    this.line({ type: 'arrived', folder, holdSeconds: hold / 1_000 });
  }

  tick(): void {
    // Whatever changes is told when it does.
  }

  verdict(folder: string, verdict: Verdict): void {
    this.line({ type: 'verdict', folder, ...verdict });
  }

  decided(decision: 'go on' | 'roll back', by: string, why: string): void {
    this.line({ type: 'decision', decision, by, why });
  }

  evidence(): void {
    // It is in the record, and in the verdict.
  }

  note(text: string): void {
    this.line({ type: 'note', text });
  }

  restarted(folder: string): void {
    this.line({ type: 'restarted', folder });
  }

  pause(): void {
    // Nothing moves.
  }

  private line(event: object): void {
    this.terminal.print(JSON.stringify({ at: new Date().toISOString(), ...event }));
  }
}
