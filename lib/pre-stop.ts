import type { Duration } from 'cdk8s';
import { secondsOf, show } from './input/input';

/**
 * The preStop hook of a container: it runs after the termination starts and before SIGTERM.
 *
 * Kubernetes removes a terminating pod from the Service's endpoints and stops it at the same time, so for a moment requests still reach
 * a process that is shutting down. A short wait before SIGTERM prevents lost requests.
 */
export class PreStop {
  /**
   * The kubelet waits, so the image needs no command for it. On by default from Kubernetes 1.30, stable in 1.34.
   *
   * @param duration whole seconds, at least 1 s and less than the termination grace period
   * @throws if the duration is not of whole seconds or is below 1 s
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
   * Runs a command in the container, for clusters before 1.30: `PreStop.exec(['sleep', '10'])`. If the image does not have the
   * command, the hook fails and the container gets SIGTERM without a wait.
   *
   * @throws if the command is not a list of at least one string
   */
  public static exec(command: string[]): PreStop {
    if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== 'string')) {
      throw new Error(`PreStop.exec: got ${show(command)}; must be a list of at least one string; try PreStop.exec(['sleep', '10'])`);
    }
    return new PreStop({ exec: { command: [...command] } }, 0);
  }

  /** No hook, for a server that itself keeps serving for a while after SIGTERM. */
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

  /** The seconds that the hook takes; 0 if there is no hook or its duration is unknown. @internal */
  public _seconds(): number {
    return this.seconds;
  }
}
