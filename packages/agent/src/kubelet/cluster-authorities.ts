import type { Clock, Logger } from '@virtual-kubelet/base';
import { lifetime, messageOf } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { isForbidden, isNotFound, resources } from '@virtual-kubelet/client';
import type { ClientAuthorities } from '@virtual-kubelet/kubelet-api';

/** Authorities that can be let go of. */
export interface HeldAuthorities extends ClientAuthorities {
  close(): void;
}

/** The API server publishes the authority of its clients here for extension servers (kubernetes/kubernetes:pkg/controlplane). */
const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
/** Authorities change with years; a look now and then is enough. Milliseconds. */
const interval = 300_000;

async function read(client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const text = (await client.get(resources.configMaps, place, { signal })).data?.['client-ca-file'];
    return text?.includes('-----BEGIN CERTIFICATE-----') === true ? text : undefined;
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * The client authorities of the cluster, read now and looked at again now and then; undefined where the cluster does not
 * publish them or the agent may not read them: client certificates count for nothing then.
 */
export async function clusterAuthorities(
  client: ApiClient,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<HeldAuthorities | undefined> {
  const life = lifetime();
  const first = await read(client, life.signal);
  if (first === undefined) return undefined;
  let pem = first;
  const listeners = new Set<() => void>();
  const look = async (): Promise<void> => {
    const now = await read(client, life.signal);
    if (now === undefined || now === pem) return;
    pem = now;
    for (const listener of listeners) listener();
  };
  const follow = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(interval, life.signal);
      await look().catch((error: unknown) => {
        if (!life.signal.aborted) logger.warn('the client authorities in use stay', { error: messageOf(error) });
      });
    }
  };
  // Ends only with its signal.
  follow().catch(() => undefined);
  return {
    get pem() {
      return pem;
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: () => life.abort(new DOMException('the authorities are not needed any more', 'AbortError')),
  };
}
