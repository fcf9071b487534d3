import { type Remark, error } from '../core/finding';
import type { JsonObject } from '../core/yaml';
import { manifestsOf, titleOf } from '../rendered/manifests';
import { podLabelsIn } from '../rendered/pod-templates';
import { namespaceOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';
import { wayOver } from './foreign-controllers';

/** The pods of one pod template of an app. */
interface PodSource {
  readonly template: Template;
  /** The object that makes the pods. */
  readonly maker: JsonObject;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** Everything in an app that has pods, indexed by label, so that a pair looks at few of thousands. */
export class PodSources {
  private readonly byLabel = new Map<string, PodSource[]>();

  constructor(templates: readonly Template[]) {
    for (const template of templates) {
      for (const json of manifestsOf(template)) {
        for (const labels of podLabelsIn(json)) {
          const source = { template, maker: json, labels };
          Object.entries(labels).forEach((label) => this.add(keyOf(namespaceOf(json), label), source));
        }
      }
    }
  }

  /** The sources whose pods a selector selects, in the order of the app. */
  selectedBy(namespace: string, selector: Readonly<Record<string, string>>): PodSource[] {
    const entries = Object.entries(selector);
    const candidates = entries.map((label) => this.byLabel.get(keyOf(namespace, label)) ?? []).sort((a, b) => a.length - b.length);
    return (candidates[0] ?? []).filter(({ labels }) => entries.every(([key, value]) => labels[key] === value));
  }

  private add(key: string, source: PodSource): void {
    const sources = this.byLabel.get(key) ?? [];
    sources.push(source);
    this.byLabel.set(key, sources);
  }
}

function keyOf(namespace: string, [key, value]: readonly [string, unknown]): string {
  return [namespace, key, String(value)].join('\u0000');
}

/** The number of objects that one finding names. */
const MOST_NAMES = 3;

/**
 * Checks that a Service selects the pods of its pair's tracks and no others. Requests to other pods reach neither version, and the shares
 * of the plan are wrong.
 *
 * @param tracks the rendered Deployments of the pair
 */
export function checkForeignPods(
  service: string,
  namespace: string,
  selector: Readonly<Record<string, string>>,
  tracks: readonly Template[],
  sources: PodSources,
): Remark[] {
  const foreign = sources.selectedBy(namespace, selector).filter(({ template }) => !tracks.includes(template));
  if (foreign.length === 0) {
    return [];
  }
  const named = foreign.slice(0, MOST_NAMES).map(({ maker, template }) => `${titleOf(maker)} (${template.construct.node.path})`);
  const more = foreign.length > MOST_NAMES ? ` and ${foreign.length - MOST_NAMES} more` : '';
  const [way = 'give those pods other labels, or set selectorLabels to labels that only the tracks have'] = foreign.flatMap(
    ({ maker }) => wayOver(maker) ?? [],
  );
  return [
    error(
      'foreign-pods',
      `Service ${service} also selects the pods of ${named.join(', ')}${more}, so a part of the requests reaches neither track; ${way}`,
    ),
  ];
}
