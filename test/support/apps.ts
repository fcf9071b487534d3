import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Chart } from 'cdk8s';
import { loadAll } from 'js-yaml';
import { CanaryApp, type CanaryAppProps, type CanaryPairProps, Stages } from '../../lib';
import { PAIR_LABEL, TEMPLATE_ANNOTATION } from '../../lib/core/labels';
import type { PlanFile } from '../../lib/core/plan-file';
import { freshFolder } from './fresh-folder';

/** The content of every file below a folder, sorted by path. */
export function readTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

/** An object in a written manifest. */
export type Written = Record<string, any>;

/**
 * Objects by kind and name, without the digest of the pod template and the pair of a ConfigMap: only a `CanaryApp` renders all objects before
 * it decides about annotations and labels.
 */
export function byNameWithoutDigest(objects: readonly Written[]): Record<string, Written> {
  return Object.fromEntries(
    objects.map((object) => {
      const copy = structuredClone(object);
      delete copy.metadata.annotations?.[TEMPLATE_ANNOTATION];
      if (copy.metadata.labels?.[PAIR_LABEL] !== undefined) {
        const { [PAIR_LABEL]: _, ...labels } = copy.metadata.labels as Record<string, string>;
        copy.metadata.labels = Object.keys(labels).length > 0 ? labels : undefined;
      }
      return [`${object.kind} ${object.metadata.name}`, copy];
    }),
  );
}

/** The output of a synth. */
export class Output {
  readonly files: Record<string, string>;
  readonly plan: PlanFile;

  constructor(readonly outdir: string) {
    this.files = readTree(outdir);
    this.plan = JSON.parse(this.files['plan.json']!) as PlanFile;
  }

  /** The folders that hold manifests. */
  folders(): string[] {
    return [...new Set([...this.plan.order.advance, ...Object.values(this.plan.order.rollback).flat()])];
  }

  /** The objects of a folder, in the order in which kubectl applies them. */
  objects(folder: string): Written[] {
    return Object.entries(this.files)
      .filter(([path]) => path.startsWith(`${folder}/`))
      .flatMap(([, text]) => loadAll(text) as Written[]);
  }

  /** The only object of this kind, or of this kind and name, in a folder. */
  object(folder: string, kind: string, name?: string): Written {
    const found = this.objects(folder).filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
    if (found.length !== 1) {
      throw new Error(`${folder} has ${found.length} objects ${kind} ${name ?? ''}`);
    }
    return found[0]!;
  }
}

/** Synthesizes an app into a new folder, or into `props.outdir`. */
export function synthesize(declare: (app: CanaryApp) => void, props: CanaryAppProps = {}): Output {
  const outdir = props.outdir ?? join(freshFolder(), 'dist');
  const app = new CanaryApp({ quiet: true, outdir, ...props });
  declare(app);
  app.synth();
  return new Output(outdir);
}

/** The minimal properties of a pair. */
export function pairProps(more: Partial<CanaryPairProps> = {}): CanaryPairProps {
  return {
    pod: { image: 'shop:1.0', ports: [{ number: 8080 }] },
    service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
    stable: { name: 'shop-a', version: '1.0' },
    canary: { name: 'shop-b', version: '1.1', image: 'shop:1.1' },
    stages: Stages.percent(10, 50, 100),
    ...more,
  };
}

/** Declares an app with one chart. */
export function inChart(declare: (chart: Chart) => void): (app: CanaryApp) => void {
  return (app) => declare(new Chart(app, 'chart'));
}
