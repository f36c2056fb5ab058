import type { Clock } from '@virtual-kubelet/base';
import { limiter, messageOf, untilAborted } from '@virtual-kubelet/base';
import type { PullSecret } from '@virtual-kubelet/provider';
import { pullSecretsFor } from '@virtual-kubelet/provider-kit';
import type { BackendImage, ContainerBackend, PullProgress, RegistryAuth } from '../backend.js';

/** What a pull came to. */
export interface Pulled {
  readonly image: BackendImage;
  /** Milliseconds the engine worked on it, without the wait for its turn. */
  readonly took: number;
}

/** A pull under way. */
export interface RunningPull {
  readonly done: Promise<Pulled>;
  /** What the engine said last; undefined before it said anything, as long as it waits for its turn. */
  progress(): PullProgress | undefined;
}

/** Pulls images, each once at a time however many pods want it. */
export interface ImagePuller {
  /** @param signal ends the waiting; the pull itself goes on for others */
  pull(image: string, secrets: readonly PullSecret[], signal: AbortSignal): RunningPull;
}

/** What a puller works with. */
export interface ImagePullerOptions {
  readonly backend: Pick<ContainerBackend, 'pullImage'>;
  readonly clock: Clock;
  /** Pulls at the same time. */
  readonly most: number;
  /** Ends everything. */
  readonly life: AbortSignal;
}

/** Makes a puller. */
export function imagePuller({ backend, clock, most, life }: ImagePullerOptions): ImagePuller {
  const places = limiter(most);
  const running = new Map<string, RunningPull>();

  const tryAll = async (
    image: string,
    auths: readonly RegistryAuth[],
    progress: (seen: PullProgress) => void,
  ): Promise<BackendImage> => {
    const errors: unknown[] = [];
    for (const auth of auths.length === 0 ? [undefined] : auths) {
      try {
        return await backend.pullImage(image, { progress, ...(auth ? { auth } : {}) }, life);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    throw new Error([...new Set(errors.map(messageOf))].join('; '));
  };

  const begin = (image: string, auths: readonly RegistryAuth[]): RunningPull => {
    let seen: PullProgress | undefined;
    const done = places.run(async (): Promise<Pulled> => {
      const began = clock.monotonic();
      const found = await tryAll(image, auths, (now) => (seen = now));
      return { image: found, took: clock.monotonic() - began };
    }, life);
    return { done, progress: () => seen };
  };

  return {
    pull(image, secrets, signal) {
      const auths = pullSecretsFor(image, secrets);
      // Another user's credentials may see another image or none at all.
      const key = JSON.stringify([image, ...auths.map(({ username, password }) => [username, password.reveal()])]);
      const known = running.get(key);
      const pull = known ?? begin(image, auths);
      if (!known) {
        running.set(key, pull);
        pull.done
          .catch(() => undefined)
          .finally(() => running.delete(key))
          .catch(() => undefined);
      }
      return { ...pull, done: untilAborted(pull.done, signal) };
    },
  };
}
