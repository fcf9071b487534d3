import { plainText } from '../core/plain-text';
import { Measured, NamedQuery, QueryContext, fillQuery, valueOfAnswer } from '../core/promql';
import { fetchText } from './fetch-text';
import { Source, SourceReading, SourceRow, Track, readBoth } from './source';

export interface PrometheusOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly queries: readonly NamedQuery[];
  readonly timeout: number;
  /** What the placeholders stand for now. */
  readonly context: (track: Track) => QueryContext;
}

/** Bytes of an answer that are read at most: one number is asked for. */
const LARGEST_ANSWER = 1024 * 1024;

/** Numbers that a Prometheus server computes, by track. */
export class PrometheusSource implements Source {
  constructor(private readonly options: PrometheusOptions) {}

  async read(): Promise<SourceReading> {
    const rows: SourceRow[] = [];
    for (const query of this.options.queries) {
      rows.push(await this.row(query));
    }
    return { source: `Prometheus at ${this.options.url.host}`, rows };
  }

  private async row(query: NamedQuery): Promise<SourceRow> {
    const { name, unit } = query;
    const found = await readBoth((track) => this.ask(fillQuery(query[track], this.options.context(track))));
    if ('why' in found) {
      return { name, unit, stable: undefined, canary: undefined, why: found.why };
    }
    const whys = (['stable', 'canary'] as const).flatMap((track) => {
      const measured = found[track];
      return measured.value === undefined ? [`${track}: ${plainText(measured.why)}`] : [];
    });
    return { name, unit, stable: found.stable.value, canary: found.canary.value, ...(whys.length > 0 ? { why: whys.join('; ') } : {}) };
  }

  private async ask(query: string): Promise<Measured> {
    const { url, headers, timeout } = this.options;
    const address = new URL(`${url.pathname.replace(/\/$/, '')}/api/v1/query?${new URLSearchParams({ query }).toString()}`, url);
    const { status, text } = await fetchText({ url: address, headers }, { timeout, largest: LARGEST_ANSWER });
    try {
      return valueOfAnswer(JSON.parse(text));
    } catch {
      return { why: `an answer with status ${status} that is no JSON` };
    }
  }
}
