import { plainText } from '../core/text/plain-text';
import { type Measured, type NamedQuery, type QueryContext, fillQuery, valueOfAnswer } from '../core/prometheus/promql';
import { BadAnswer, type PrometheusServer, askPrometheus } from './prometheus-server';
import { type MetricsReading, type MetricsRow, type SideMetrics, type Track, readBoth } from './side-metrics';

export interface PrometheusOptions {
  readonly server: PrometheusServer;
  readonly queries: readonly NamedQuery[];
  /** Returns the current values of the placeholders. */
  readonly context: (track: Track) => QueryContext;
}

/** The most bytes that are read of a response, which holds one number. */
const LARGEST_ANSWER = 1024 * 1024;

/** Metrics that a Prometheus server computes, by track. */
export class PrometheusMetrics implements SideMetrics {
  constructor(private readonly options: PrometheusOptions) {}

  async read(): Promise<MetricsReading> {
    const rows: MetricsRow[] = [];
    for (const query of this.options.queries) {
      rows.push(await this.row(query));
    }
    return { source: `Prometheus at ${this.options.server.url.host}`, rows };
  }

  private async row(query: NamedQuery): Promise<MetricsRow> {
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
    try {
      return valueOfAnswer(await askPrometheus(this.options.server, query, LARGEST_ANSWER));
    } catch (error) {
      if (error instanceof BadAnswer) {
        return { why: error.message };
      }
      throw error;
    }
  }
}
