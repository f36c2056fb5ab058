import { limiter, messageOf, untilAborted } from '@virtual-kubelet/base';
import type { PullSecret } from '@virtual-kubelet/provider';
import { pullSecretsFor } from '@virtual-kubelet/provider-kit';
import type { BackendImage, ContainerBackend, RegistryAuth } from './backend.js';

/** Pulls images, each once at a time however many pods want it. */
export interface ImagePuller {
  /** @param signal ends the waiting; the pull itself goes on for others */
  pull(image: string, secrets: readonly PullSecret[], signal: AbortSignal): Promise<BackendImage>;
}

/** Makes a puller. @param life ends everything */
export function imagePuller(backend: ContainerBackend, most: number, life: AbortSignal): ImagePuller {
  const places = limiter(most);
  const running = new Map<string, Promise<BackendImage>>();

  const tryAll = async (image: string, auths: readonly RegistryAuth[]): Promise<BackendImage> => {
    const errors: unknown[] = [];
    for (const auth of auths.length === 0 ? [undefined] : auths) {
      try {
        return await backend.pullImage(image, auth, life);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    throw new Error([...new Set(errors.map(messageOf))].join('; '));
  };

  return {
    pull(image, secrets, signal) {
      const auths = pullSecretsFor(image, secrets);
      // Another user's credentials may see another image or none at all.
      const key = JSON.stringify([image, ...auths.map(({ username, password }) => [username, password.reveal()])]);
      const known = running.get(key);
      const pull = known ?? places.run(() => tryAll(image, auths), life);
      if (!known) {
        running.set(key, pull);
        pull
          .catch(() => undefined)
          .finally(() => running.delete(key))
          .catch(() => undefined);
      }
      return untilAborted(pull, signal);
    },
  };
}
