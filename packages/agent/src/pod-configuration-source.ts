import type { Clock, Logger, Random, Transport } from '@virtual-kubelet/base';
import type { ApiClient, ApiObject, Informer, InformerEvent, Resource } from '@virtual-kubelet/client';
import { createInformer } from '@virtual-kubelet/client';
import type { ConfigInformers, ConfigSource } from '@virtual-kubelet/node';
import { clusterSource } from '@virtual-kubelet/node';

/** How changes of ConfigMaps and Secrets are found: by looking again after a time, or by watching the namespaces of pods. */
export type ConfigRefresh = 'ttl' | 'watch';

/** What {@link sharedConfiguration} needs. */
export interface SharedConfigurationOptions {
  readonly client: ApiClient;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly refresh: ConfigRefresh;
  /** Ends everything. */
  readonly life: AbortSignal;
}

/** Where the nodes of a process read what pods refer to: each object once for all of them. */
export interface SharedConfiguration {
  readonly source: ConfigSource;
  readonly informers?: ConfigInformers;
}

/** Milliseconds an answer is used for: less than the time between two looks at a pod, so that a look finds what is new. */
const ttl = 45_000;

/** One watch and those it is kept open for. */
interface SharedInformer {
  readonly informer: Informer<ApiObject>;
  readonly end: AbortController;
  users: number;
}

function sharedInformers(options: Omit<SharedConfigurationOptions, 'refresh'>): ConfigInformers {
  const { client, transport, clock, random, logger, life } = options;
  const open = new Map<string, SharedInformer>();

  const place = (resource: Resource<ApiObject>, namespace: string): SharedInformer => {
    const parts = { client, transport, clock, random, logger };
    const informer = createInformer<ApiObject>({ resource, selection: { namespace }, ...parts });
    const made: SharedInformer = { informer, end: new AbortController(), users: 0 };
    informer.start(AbortSignal.any([made.end.signal, life]));
    return made;
  };

  return <T extends ApiObject>(resource: Resource<T>, namespace: string) => {
    const key = `${resource.plural}/${namespace}`;
    const shared = open.get(key) ?? place(resource, namespace);
    open.set(key, shared);
    const subscriptions: (() => void)[] = [];
    const leave = (): void => {
      for (const stop of subscriptions) stop();
      shared.users -= 1;
      if (shared.users > 0) return;
      open.delete(key);
      shared.end.abort(new DOMException('nobody needs the watch any more', 'AbortError'));
    };
    return {
      subscribe(listener: (event: InformerEvent<T>) => void) {
        // The informer was made for this resource, whose objects are of this type.
        const stop = shared.informer.subscribe((event) => listener(event as InformerEvent<T>));
        subscriptions.push(stop);
        return stop;
      },
      start(signal: AbortSignal) {
        shared.users += 1;
        signal.addEventListener('abort', leave, { once: true });
      },
    };
  };
}

/** Makes the one place all nodes of a process read from. Nothing is read before a pod needs it. */
export function sharedConfiguration(options: SharedConfigurationOptions): SharedConfiguration {
  const { refresh, ...parts } = options;
  const source = clusterSource({ ...parts, ttl });
  return refresh === 'watch' ? { source, informers: sharedInformers(parts) } : { source };
}
