import { lifetime } from '@virtual-kubelet/base';

/** SIGINT and SIGTERM as a promise and a signal; the second one ends the process at once. */
export interface StopSignals {
  readonly first: Promise<void>;
  readonly signal: AbortSignal;
  /** Undefined when the promise fails because of {@link signal}. */
  unlessStopped<T>(promise: Promise<T>): Promise<T | undefined>;
  release(): void;
}

/** Exit status after the second signal: 128 and the number of SIGINT. */
const impatient = 130;

/** Takes over the stop signals of the process. */
export function stopSignals(): StopSignals {
  const controller = lifetime();
  let stop = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(impatient);
    controller.abort(new DOMException('the program is stopping', 'AbortError'));
    stop();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    first,
    signal: controller.signal,
    async unlessStopped(promise) {
      try {
        return await promise;
      } catch (error) {
        if (error !== controller.signal.reason) throw error;
        return undefined;
      }
    },
    release: () => void process.off('SIGINT', handle).off('SIGTERM', handle),
  };
}
