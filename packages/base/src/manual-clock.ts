import type { Clock, Deadline } from './clock.js';
import { timeoutError } from './clock.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers fire in the order they are due, equal ones in
 * the order they were set, and every promise job runs dry between two timers.
 */
export class ManualClock implements Clock {
  #now = 0;
  #epoch: number;
  #order = 0;
  #timers: Timer[] = [];

  /** @param epoch wall time at the start, milliseconds since 1970. Default: 2026-01-01T00:00:00Z. */
  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.#after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  deadline(ms: number, parent?: AbortSignal): Deadline {
    const controller = new AbortController();
    const follow = (): void => controller.abort(parent?.reason);
    const cancel = this.#after(ms, () => controller.abort(timeoutError(ms)));
    const release = (): void => {
      cancel();
      parent?.removeEventListener('abort', follow);
    };
    controller.signal.addEventListener('abort', release, { once: true });
    if (parent?.aborted) follow();
    else parent?.addEventListener('abort', follow, { once: true });
    return { signal: controller.signal, release };
  }

  turn(): Promise<void> {
    return Promise.resolve();
  }

  /** Number of timers not yet fired or cancelled: a leak detector for tests. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Monotonic time of the next timer, or undefined when none is set. */
  get nextDue(): number | undefined {
    return this.#earliest()?.due;
  }

  /** Moves time forward, firing every timer that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let timer = this.#earliest(); timer && timer.due <= end; timer = this.#earliest()) {
      this.#now = Math.max(this.#now, timer.due);
      this.#remove(timer);
      timer.fire();
      await this.settle();
    }
    this.#now = end;
  }

  /** Moves the wall clock only, as an NTP step or a wrong battery does. */
  jumpWall(ms: number): void {
    this.#epoch += ms;
  }

  /** Lets every promise job that is ready now run to its end, without moving time. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #after(ms: number, fire: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(ms, 0), order: this.#order++, fire };
    this.#timers.push(timer);
    return () => this.#remove(timer);
  }

  #earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const t of this.#timers) {
      if (!first || t.due < first.due || (t.due === first.due && t.order < first.order)) first = t;
    }
    return first;
  }

  #remove(timer: Timer): void {
    const at = this.#timers.indexOf(timer);
    if (at >= 0) this.#timers.splice(at, 1);
  }
}
