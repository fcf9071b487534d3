import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, type AppProps } from 'cdk8s';
import { CLEANUP } from './core/folders';
import type { PlanFile } from './core/plan-file';
import type { Finding } from './core/finding';
import { joinDocuments } from './core/yaml';
import { Input } from './input/input';
import { selectedStage } from './staged-value';
import { Outdir } from './synth/outdir';
import { report } from './synth/report';
import { type SynthesisOptions, synthesize, synthesizeStage } from './synth/synthesis';
import { withoutStack } from './synth/uncaught';

/** Properties of a `CanaryApp`. */
export interface CanaryAppProps extends AppProps {
  /**
   * A folder below the output folder, for a second app beside another one: with `istio` the stages are in `dist/istio/stage-0`
   * and so on. Cannot be combined with `outdir`.
   *
   * @default - the output folder itself
   */
  readonly folder?: string;

  /**
   * Whether `synth` omits its report of the stages and the findings, which it otherwise writes to the standard error stream.
   *
   * @default false
   */
  readonly quiet?: boolean;
}

/**
 * A cdk8s app that writes every stage of its pairs: one folder of manifests per stage, and `plan.json` beside them.
 *
 * The tree is declared once and rendered once. An object in its charts that does not depend on the stage is the same in every
 * folder. The app checks everything before it writes the first file, and a synth that fails changes nothing.
 */
export class CanaryApp extends App {
  private readonly folder: string;
  private readonly quiet: boolean;
  private readonly recordsMetadata: boolean;

  /**
   * @param props where to write and how, as in any cdk8s app
   */
  public constructor(props: CanaryAppProps = {}) {
    const { folder, quiet, ...appProps } = checked(props);
    super({ ...appProps, outdir: outdirOf(props) });
    this.folder = folder ?? '';
    this.quiet = quiet ?? false;
    this.recordsMetadata = props.recordConstructMetadata ?? process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
  }

  /**
   * Writes every stage to the output folder.
   *
   * @throws with all errors of the app in one message, before anything is written
   */
  public override synth(): void {
    try {
      this.write();
    } catch (error) {
      throw withoutStack(error);
    }
  }

  private write(): void {
    if (isForStdout()) {
      this.writeChosenStage();
      return;
    }
    const outdir = new Outdir(this.outdir);
    const previous = outdir.previous();
    this.refuseClaimedOutdir();
    const synthesis = synthesize(this, { ...this.options(), previous: previous.plan });
    const plan = outdir.replace(synthesis.files, synthesis.folders, previous, synthesis.planWith);
    claims.set(path.resolve(this.outdir), this);
    this.tell(plan, synthesis.history);
  }

  /**
   * Returns the manifests of one stage, selected with `Stages.select(app, …)` or the variable `CDK8S_CANARY_STAGE`.
   *
   * @throws if no stage is selected, or if the app has errors
   */
  public override synthYaml(): string {
    try {
      return joinDocuments([...this.chosenStage().values()]);
    } catch (error) {
      throw withoutStack(error);
    }
  }

  /** The objects of the selected stage, by file; empty if the stage belongs to another app. */
  private chosenStage(): ReadonlyMap<string, string> {
    const stage = selectedStage(this) ?? process.env[STAGE_VARIABLE];
    if (stage === undefined) {
      throw new Error(
        `no stage is selected, but synthYaml and cdk8s synth --stdout write only one stage; set ${STAGE_VARIABLE}=${path.posix.join(this.folder, 'stage-10')}`,
      );
    }
    // The stages of an app with a folder are selected as `<folder>/<stage>`, so that a selection addresses one of several apps.
    const folder = path.posix.relative(this.folder, stage);
    const isOurs = this.folder === '' ? !stage.includes('/') || stage.startsWith('rollback/') : stage.startsWith(`${this.folder}/`);
    return isOurs
      ? synthesizeStage(this, folder, { ...this.options(), recordsMetadata: false, previous: undefined })
      : new Map<string, string>();
  }

  /** `cdk8s synth --stdout` prints all files that the app writes to a temporary folder, so write only the selected stage there. */
  private writeChosenStage(): void {
    for (const [file, content] of this.chosenStage()) {
      fs.mkdirSync(path.dirname(path.join(this.outdir, file)), { recursive: true });
      fs.writeFileSync(path.join(this.outdir, file), content);
    }
  }

  private options(): Omit<SynthesisOptions, 'previous'> {
    return { outputType: this.yamlOutputType, extension: this.outputFileExtension, recordsMetadata: this.recordsMetadata };
  }

  /** Two apps with the same output folder would each delete the other's files as the output of an earlier synth. */
  private refuseClaimedOutdir(): void {
    const other = claims.get(path.resolve(this.outdir));
    if (other && other !== this) {
      throw new Error(
        `outdir: got ${JSON.stringify(this.outdir)}, which another CanaryApp of this process wrote; must be a separate folder for each app; try folder: 'istio'`,
      );
    }
  }

  private tell(plan: PlanFile, history: readonly Finding[]): void {
    if (!this.quiet) {
      process.stderr.write(report(this.outdir, plan, history));
    }
  }
}

/** The app that wrote to each output folder in this process. */
const claims = new Map<string, CanaryApp>();

/** Selects the stage if only one is written, without a change of the code. */
const STAGE_VARIABLE = 'CDK8S_CANARY_STAGE';

const PROPS: Readonly<Record<keyof CanaryAppProps, true>> = {
  folder: true,
  outdir: true,
  outputFileExtension: true,
  quiet: true,
  recordConstructMetadata: true,
  resolvers: true,
  yamlOutputType: true,
};

function checked(props: CanaryAppProps): CanaryAppProps {
  const input = new Input();
  input.known('', props, PROPS);
  if (input.problems.length > 0) {
    throw new Error(`CanaryApp ${input.problems.join('; CanaryApp ')}`);
  }
  return props;
}

const STAGE_FOLDER = /^(stage-|promoted$|rollback\/)/;

function outdirOf({ folder, outdir }: CanaryAppProps): string {
  if (folder === undefined) {
    return outdir ?? process.env.CDK8S_OUTDIR ?? 'dist';
  }
  if (
    outdir !== undefined ||
    !/^[a-z0-9][a-z0-9._-]*$/.test(folder) ||
    STAGE_FOLDER.test(folder) ||
    ['rollback', CLEANUP].includes(folder)
  ) {
    throw new Error(
      `folder: got ${JSON.stringify(folder)}${outdir === undefined ? '' : ` with outdir ${JSON.stringify(outdir)}`}; must be a single folder name, without outdir, and not the name of the folder of a stage; try folder: 'istio'`,
    );
  }
  return path.join(process.env.CDK8S_OUTDIR ?? 'dist', folder);
}

/** `cdk8s synth --stdout` sets no flag for the app: recognize it by the new temporary folder that it passes as the output folder. */
function isForStdout(): boolean {
  const given = process.env.CDK8S_OUTDIR;
  return (
    given !== undefined && path.dirname(path.resolve(given)) === path.resolve(os.tmpdir()) && path.basename(given).startsWith('cdk8s-')
  );
}
