import type { Informer, InformerEvent } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodSource } from '@virtual-kubelet/node';

/** The pods of one node. */
export interface NodePods extends PodSource {
  list(): readonly Pod[];
}

/** Gives each node of the process its part of one shared watch. */
export interface PodSources {
  /** The pods bound to a node. The same object for the same name. */
  forNode(node: string): NodePods;
  /** Stops telling a node that was removed. */
  drop(node: string): void;
}

type Listener = (event: InformerEvent<Pod>) => void;

/** Splits an informer over the pods of many nodes by the node they are bound to. A pod never moves to another node. */
export function podSources(informer: Informer<Pod>): PodSources {
  const listeners = new Map<string, Set<Listener>>();
  const bound = new Map<string, Map<string, Pod>>();

  const keep = (event: InformerEvent<Pod>): void => {
    const node = event.object.spec?.nodeName ?? '';
    const uid = event.object.metadata?.uid ?? '';
    const pods = bound.get(node) ?? new Map<string, Pod>();
    bound.set(node, pods);
    if (event.type === 'deleted') pods.delete(uid);
    else pods.set(uid, event.object);
    for (const listener of listeners.get(node) ?? []) listener(event);
  };
  informer.subscribe(keep);

  return {
    forNode: (node) => ({
      byUid(uid) {
        return bound.get(node)?.get(uid);
      },
      byName(namespace, name) {
        const pod = informer.byName(namespace, name);
        return pod?.spec?.nodeName === node ? pod : undefined;
      },
      list: () => [...(bound.get(node)?.values() ?? [])],
      synced: (signal) => informer.synced(signal),
      observeWrite: (uid, version, effect) => informer.observeWrite(uid, version, effect),
      subscribe(listener) {
        const own = listeners.get(node) ?? new Set();
        listeners.set(node, own.add(listener));
        for (const object of bound.get(node)?.values() ?? []) listener({ type: 'added', object });
        return () => own.delete(listener);
      },
    }),
    drop(node) {
      listeners.delete(node);
      bound.delete(node);
    },
  };
}
