import { Duration } from 'cdk8s';

/**
 * What a container does between being told to go and getting SIGTERM.
 *
 * A pod that is taken away leaves the Service's endpoints and is stopped at the same time, so for a moment requests
 * still reach a process that is already going. Waiting a little first is what makes a step lose nothing.
 */
export class PreStop {
  /**
   * The kubelet waits; the image needs nothing. On by default from Kubernetes 1.30, stable in 1.34.
   *
   * @param duration whole seconds, at least 1 s and less than the termination grace period
   */
  public static sleep(duration: Duration): PreStop {
    return new PreStop({ sleep: { seconds: duration.toSeconds() } }, duration.toSeconds());
  }

  /**
   * Runs a command in the container, for clusters before 1.30: `PreStop.exec(['sleep', '10'])`. The image must have the
   * command; where it does not, the hook fails and nothing drains.
   */
  public static exec(command: string[]): PreStop {
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
