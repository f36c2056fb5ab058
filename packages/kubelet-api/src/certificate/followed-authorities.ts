import type { ClientAuthorities } from '../kubelet-api-options.js';
import type { WatchOptions } from './watched-texts.js';
import { watchTexts } from './watched-texts.js';

/** Authorities that can be let go of. */
export interface HeldAuthorities extends ClientAuthorities {
  close(): void;
}

/** Where authorities come from. */
export interface FollowOptions extends Pick<WatchOptions, 'clock' | 'interval' | 'failed'> {
  /** Gives PEM; undefined when there is none to be had: those in use stay. Rejects for what is none. */
  readonly read: (signal: AbortSignal) => Promise<string | undefined>;
}

/** Client authorities that are read again now and then. */
export function followedAuthorities(first: string, { read, ...how }: FollowOptions): HeldAuthorities {
  let pem = first;
  const listeners = new Set<() => void>();
  const watched = watchTexts({
    ...how,
    first: [first],
    async read(signal) {
      const text = await read(signal);
      return text === undefined ? undefined : [text];
    },
    changed([text = '']) {
      pem = text;
      for (const listener of listeners) listener();
    },
  });
  return {
    get pem() {
      return pem;
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: () => watched.close(),
  };
}
