import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, AppProps, YamlOutputType } from 'cdk8s';
import { joinDocuments } from './core/yaml';
import { selectedStage } from './lens';
import { Outdir } from './synth/outdir';
import { report } from './synth/report';
import { Synthesis, synthesize, synthesizeStage } from './synth/synthesis';

/** Properties of a `CanaryApp`. */
export interface CanaryAppProps extends AppProps {
  /**
   * A folder below the output folder, for an app beside another one: with `istio` the stages are in `dist/istio/stage-0`
   * and so on. Not together with `outdir`.
   *
   * @default - the output folder itself
   */
  readonly folder?: string;

  /**
   * Whether `synth` keeps what it has to tell (the stages, the findings) to itself instead of writing it to the standard
   * error stream.
   *
   * @default false
   */
  readonly quiet?: boolean;
}

/**
 * A cdk8s app that writes every stage of its pairs: one folder of manifests a stage, `plan.json` beside them.
 *
 * The tree is declared once and rendered once. Everything in its charts that does not depend on the stage comes out in
 * every folder, the same. Everything is checked before the first file is written, and a synth that fails changes nothing.
 */
export class CanaryApp extends App {
  private readonly folder: string;
  private readonly quiet: boolean;
  private readonly recordsMetadata: boolean;

  /**
   * @param props where to write, and how; as in any cdk8s app
   */
  public constructor(props: CanaryAppProps = {}) {
    const { folder, quiet, ...appProps } = props;
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
    if (isStdoutOfCdk8sCli(this.outdir)) {
      this.writeOneStage();
      return;
    }
    const outdir = new Outdir(this.outdir);
    this.claimOutdir();
    const previous = outdir.previous();
    const synthesis = synthesize(this, { ...this.options(), previous: previous.plan });
    outdir.replace(synthesis.files, synthesis.folders, `${JSON.stringify(synthesis.plan, undefined, 2)}\n`, previous);
    this.tell(synthesis);
  }

  /**
   * The manifests of one stage, which `Stages.select(app, …)` chose.
   *
   * @throws if no stage was chosen, or if the app has errors
   */
  public override synthYaml(): string {
    const files = synthesizeStage(this, this.chosenStage(), { ...this.options(), previous: undefined });
    return joinDocuments([...files.values()]);
  }

  private options(): { outputType: YamlOutputType; extension: string } {
    return { outputType: this.yamlOutputType, extension: this.outputFileExtension };
  }

  private tell({ plan, history }: Synthesis): void {
    if (!this.quiet) {
      process.stderr.write(report(this.outdir, plan, history));
    }
  }
}
