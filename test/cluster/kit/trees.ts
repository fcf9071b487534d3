import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Chart, Duration } from 'cdk8s';
import { EnvValue, ImagePullPolicy, Probe, ServiceType } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, type CanaryPairProps, DownwardApi, IstioVirtualService, PodSecurity, PreStop, Stages } from '../../../lib';
import type { PairEntry, PlanFile } from '../../../lib/core/plan-file';

/** Splits a file into documents as kubectl does. */
export function documentsIn(text: string): string[] {
  return text.split(/^---\n/m).filter((document) => document.trim() !== '');
}

/** The output folder of a synth. */
export class Tree {
  readonly plan: PlanFile;

  constructor(readonly folder: string) {
    this.plan = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as PlanFile;
  }

  /** The one pair of the tree. */
  get pair(): PairEntry {
    return this.plan.pairs[0]!;
  }

  get stable(): string {
    return this.pair.stable.deployment;
  }

  get canary(): string {
    return this.pair.canary!.deployment;
  }

  /** All folders that a rollout or a rollback applies. */
  get folders(): string[] {
    return [...new Set([...this.plan.order.advance, ...Object.values(this.plan.order.rollback).flat()])];
  }

  path(folder: string): string {
    return join(this.folder, folder);
  }

  /** A folder's documents, in the order in which kubectl applies them. */
  documents(folder: string): string[] {
    const files = readdirSync(this.path(folder)).sort();
    return files.flatMap((file) => documentsIn(readFileSync(join(this.path(folder), file), 'utf8')));
  }

  /** Copies the tree to another folder with a change to the text of its manifests, and updates the digests in the plan. */
  changed(change: (text: string) => string): Tree {
    const copy = join(mkdtempSync(join(tmpdir(), 'canary-cluster-')), 'dist');
    cpSync(this.folder, copy, { recursive: true });
    const files: Record<string, string> = { ...this.plan.files };
    for (const path of readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))) {
      const text = change(readFileSync(join(copy, path), 'utf8'));
      writeFileSync(join(copy, path), text);
      if (path in files) {
        files[path] = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      }
    }
    writeFileSync(join(copy, 'plan.json'), JSON.stringify({ ...this.plan, files }));
    return new Tree(copy);
  }
}

const DIST = resolve(__dirname, '..', '..', '..', 'dist');

export const committed = { pods: () => new Tree(DIST), istio: () => new Tree(join(DIST, 'istio')) };

/** The folders from which rollbacks start, hardest first: at the first ones stable has no pods, or the route sends it no requests. */
export const TURNED_BACK_FROM = ['promoted', 'stage-100', 'stage-50', 'stage-25', 'stage-10'] as const;

/** Synthesizes a tree into a folder of its own. */
export function synthesized(declare: (chart: Chart) => void): Tree {
  const outdir = join(mkdtempSync(join(tmpdir(), 'canary-cluster-')), 'dist');
  const app = new CanaryApp({ outdir, quiet: true });
  declare(new Chart(app, 'canary'));
  app.synth();
  return new Tree(outdir);
}

/** The tutorial's release, with changes for a test. */
export function tutorial(
  more: {
    readonly env?: Readonly<Record<string, string>>;
    readonly isRouted?: boolean;
    readonly pair?: Partial<CanaryPairProps>;
    /** Declares further constructs in the same chart. */
    readonly beside?: (chart: Chart) => void;
  } = {},
): Tree {
  const settings = Object.fromEntries(Object.entries(more.env ?? {}).map(([name, value]) => [name, EnvValue.fromValue(value)]));
  return synthesized((chart) => {
    const pair = new CanaryPair(chart, 'servicedemo', {
      stages: Stages.percent(10, 25, 50, 100),
      selectorLabels: { target: 'canary-pod' },
      service: { name: 'canary-svc', type: ServiceType.LOAD_BALANCER, ports: [{ name: 'web', port: 8080, targetPort: 80 }] },
      pod: {
        containerName: 'servicedemo',
        image: 'scubakiz/servicedemo:1.0',
        imagePullPolicy: ImagePullPolicy.ALWAYS,
        ports: [{ number: 80 }],
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        env: { ...DownwardApi.podIdentity(), ...settings },
        security: PodSecurity.IMAGE,
        readiness: Probe.fromHttpGet('/', { port: 80, periodSeconds: Duration.seconds(2) }),
        preStop: PreStop.sleep(Duration.seconds(5)),
        terminationGracePeriod: Duration.seconds(30),
      },
      stable: track('canary-1-dep', '1.0', 'yellow'),
      canary: track('canary-2-dep', '1.1', 'red'),
      accept: more.isRouted ? { 'load-balancer-bypasses-route': 'requests come from inside the mesh' } : undefined,
      ...more.pair,
    });
    if (more.isRouted) {
      const match = [{ headers: { 'user-group': { exact: 'beta-testers' } } }];
      new IstioVirtualService(chart, 'route', { pair, name: 'canary-vs', destinationRuleName: 'canary-dr', match });
    }
    more.beside?.(chart);
  });
}

/** The release after the tutorial's: the former canary is stable, and version 1.2 gets the free name. */
export const nextRelease = (isRouted: boolean, env?: Readonly<Record<string, string>>) =>
  tutorial({ isRouted, env, pair: { stable: track('canary-2-dep', '1.1', 'red'), canary: track('canary-1-dep', '1.2', 'blue', true) } });

/** One of the tutorial's tracks. */
export function track(name: string, version: string, colour: string, saysVersion = false) {
  return {
    name,
    version,
    podLabels: { color: colour },
    env: { IMAGE_COLOR: EnvValue.fromValue(colour), ...(saysVersion ? { DEMO_VERSION: EnvValue.fromValue(version) } : {}) },
  };
}
