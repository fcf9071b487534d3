import type { Conflict } from '../core/kubernetes/conflict';
import type { OwnedExtra } from '../core/kubernetes/extra-owners';
import { withoutSecrets } from '../core/text/hidden-values';
import type { RunEvent, Subscriber } from '../driver/events';
import type { Terminal } from './terminal';

/** Prints the events of a run for programs, one JSON object per line. */
export class JsonProgress implements Subscriber {
  private lastState = '';

  constructor(private readonly terminal: Terminal) {}

  on(event: RunEvent): void {
    switch (event.type) {
      case 'begin':
        return this.line({ type: 'begin', folder: event.folder, direction: event.direction });
      case 'applied': {
        const { change, takenOver, removed } = event.applied;
        const fields = { takenOver: takenOver.map(withHidden), removed: removed.map(withoutPath) };
        const lists = (['takenOver', 'removed'] as const).filter((name) => fields[name].length > 0);
        return this.line({
          type: 'applied',
          object: event.object,
          change,
          ...Object.fromEntries(lists.map((name) => [name, fields[name]])),
        });
      }
      case 'state': {
        const text = JSON.stringify(event);
        if (text !== this.lastState) {
          this.lastState = text;
          this.line(event);
        }
        return undefined;
      }
      case 'arrived':
        return this.line({ type: 'arrived', folder: event.folder, holdSeconds: event.holdMs / 1_000 });
      case 'question':
      case 'verdict':
        return event.verdict && this.line({ type: 'verdict', folder: event.folder, ...event.verdict });
      case 'decision': {
        const { decision, by, why } = event;
        // An option that goes on without a question is no news.
        return by === 'option' && decision === 'go on' ? undefined : this.line({ type: 'decision', decision, by, why });
      }
      case 'weight':
        return this.line({ type: 'weight', ...event.weight });
      case 'note':
      case 'failure':
      case 'restarted':
      case 'end':
        return this.line(event);
      case 'waiting':
      case 'left':
        // The evidence is in the verdict and in the record.
        return undefined;
    }
  }

  private line(event: object): void {
    this.terminal.print(JSON.stringify({ at: new Date().toISOString(), ...event }));
  }
}

/** An extra field without its path in parts, which the text of the field repeats. */
function withoutPath({ field, live, managers }: OwnedExtra): Omit<OwnedExtra, 'path' | 'isForeign'> {
  return { field, live: withoutSecrets(live, field), managers };
}

function withHidden(conflict: Conflict): Conflict {
  const { field, live, wanted } = conflict;
  return { ...conflict, live: withoutSecrets(live, field), wanted: withoutSecrets(wanted, field) };
}
