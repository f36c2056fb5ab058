import type { Clock, Logger } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { isForbidden, isNotFound, resources } from '@virtual-kubelet/client';
import type { HeldAuthorities } from '@virtual-kubelet/kubelet-api';
import { followedAuthorities } from '@virtual-kubelet/kubelet-api';

/** The API server publishes the authority of its clients here for extension servers (kubernetes/kubernetes:pkg/controlplane). */
const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
/** Authorities change with years; a look now and then is enough. Milliseconds. */
const interval = 300_000;

async function read(client: ApiClient, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const text = (await client.get(resources.configMaps, place, signal ? { signal } : {})).data?.['client-ca-file'];
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
  const first = await read(client);
  if (first === undefined) return undefined;
  return followedAuthorities(first, {
    clock,
    interval,
    read: (signal) => read(client, signal),
    failed: (error) => logger.warn('the client authorities in use stay', { error: messageOf(error) }),
  });
}
