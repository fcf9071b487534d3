import { Duration } from 'cdk8s';
import { secondsOf, show } from './input/input';

/**
 * What a container does after its termination starts and before it gets SIGTERM.
 *
 * A pod that is taken away leaves the Service's endpoints and is stopped at the same time, so for a moment requests
 * still reach a process that is already going. Waiting a little first is what makes a step lose nothing.
 */
export class PreStop {
  /**
   * The kubelet waits; the image needs nothing. On by default from Kubernetes 1.30, stable in 1.34.
   *
   * @param duration whole seconds, at least 1 s and less than the termination grace period
   * @throws if it is not such a duration
   */
  public static sleep(duration: Duration): PreStop {
    const seconds = secondsOf(duration);
    if (seconds === undefined || seconds < 1) {
      throw new Error(
        `PreStop.sleep: got ${show(duration)}; must be a duration of whole seconds, at least 1 s; try PreStop.sleep(Duration.seconds(10))`,
      );
    }
    return new PreStop({ sleep: { seconds } }, seconds);
  }

  /**
   * Runs a command in the container, for clusters before 1.30: `PreStop.exec(['sleep', '10'])`. The image must have the
   * command; where it does not, the hook fails and nothing drains.
   *
   * @throws if it is not a list of at least one word
   */
  public static exec(command: string[]): PreStop {
    if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== 'string')) {
      throw new Error(`PreStop.exec: got ${show(command)}; must be a list of at least one word; try PreStop.exec(['sleep', '10'])`);
    }
    return new PreStop({ exec: { command: [...command] } }, 0);
  }

  /** No hook: for a server that keeps serving for a while after SIGTERM by itself. */
  public static none(): PreStop {
    return new PreStop(undefined, 0);
  }

  private readonly handler: object | undefined;
  private readonly seconds: number;

  private constructor(handler: object | undefined, seconds: number) {
    this.handler = handler;
    this.seconds = seconds;
  }

  /** @internal */
  public _toJson(): object | undefined {
    return this.handler;
  }

  /** How long it takes, as far as that is known. @internal */
  public _seconds(): number {
    return this.seconds;
  }
}
