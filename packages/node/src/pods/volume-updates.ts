import type { Logger } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContentVolume, Provider } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import { givenOf } from '../configuration/index.js';
import type { GivenVolume, PodConfiguration } from '../configuration/index.js';
import type { PodTable } from './pod-table.js';
import type { ProviderCalls } from './provider-calls.js';

/** What volume updates work with. */
export interface VolumeUpdateOptions {
  readonly provider: Provider;
  readonly calls: ProviderCalls;
  readonly configuration: PodConfiguration;
  readonly table: PodTable;
  readonly pod: (uid: string) => Pod | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Volumes whose files differ from what the provider was given last. */
export function changedVolumes(
  before: readonly GivenVolume[] | undefined,
  after: readonly ContentVolume[],
): readonly ContentVolume[] {
  const revisions = new Map(before?.map(({ name, revision }) => [name, revision]));
  return after.filter((volume) => revisions.get(volume.name) !== volume.revision);
}

/** What it has now: a volume that cannot be made at the moment is kept as it is. */
function merged(before: readonly GivenVolume[], after: readonly ContentVolume[]): readonly GivenVolume[] {
  return [...new Map([...before, ...givenOf(after)].map((volume) => [volume.name, volume])).values()];
}

async function refresh(options: VolumeUpdateOptions, uid: string): Promise<void> {
  const { provider, calls, configuration, table, signal } = options;
  const pod = options.pod(uid);
  const known = table.get(uid);
  if (!pod || known?.workload !== 'present' || !provider.updateVolumes) return;
  const { volumes } = await configuration.resolveVolumes(pod, signal);
  const changed = changedVolumes(known.given, volumes);
  if (changed.length > 0) {
    const call = { name: 'updateVolumes', key: `${uid}/volumes`, pod: podName(known.ref), signal };
    await calls(call, async (context) => provider.updateVolumes?.(known.ref, changed, context));
  }
  table.change(uid, (now) => ({ ...now, given: merged(now.given ?? [], volumes) }));
  configuration.watch(pod, givenOf(volumes));
}

/** Hands changed volume contents of running pods to the provider; a failure is tried again at the next change or renewal. */
export function volumeUpdates(options: VolumeUpdateOptions): (uid: string) => void {
  return (uid) => {
    refresh(options, uid).catch((error: unknown) => {
      if (options.signal.aborted) return;
      options.logger.warn('volumes could not be updated, trying again later', { pod: uid, error: messageOf(error) });
    });
  };
}
