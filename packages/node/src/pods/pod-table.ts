import type { PodRef } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import type { KnownPod } from './known-pod.js';
import { unknownPod } from './known-pod.js';

/** The node's memory of its pods, by UID. Entries are values: a change replaces the entry. */
export interface PodTable {
  get(uid: string): KnownPod | undefined;
  /** The entry of a pod, made when there is none. */
  ensure(ref: PodRef): KnownPod;
  /** Sets the entry of a pod. */
  put(known: KnownPod): void;
  /** Replaces the entry by what `next` makes of it; does nothing when there is none. */
  change(uid: string, next: (known: KnownPod) => KnownPod): KnownPod | undefined;
  delete(uid: string): void;
  values(): Iterable<KnownPod>;
  /** Other pods of the same name, in the order they became known. */
  namesakes(ref: PodRef): readonly KnownPod[];
  readonly size: number;
}

/** Makes an empty {@link PodTable}. */
export function podTable(): PodTable {
  const byUid = new Map<string, KnownPod>();
  const uidsByName = new Map<string, readonly string[]>();
  const put = (known: KnownPod): void => {
    const { ref } = known;
    byUid.set(ref.uid, known);
    const name = podName(ref);
    const uids = uidsByName.get(name) ?? [];
    if (!uids.includes(ref.uid)) uidsByName.set(name, [...uids, ref.uid]);
  };
  return {
    get: (uid) => byUid.get(uid),
    ensure(ref) {
      const found = byUid.get(ref.uid);
      if (found) return found;
      const made = unknownPod(ref);
      put(made);
      return made;
    },
    put,
    change(uid, next) {
      const known = byUid.get(uid);
      if (!known) return undefined;
      const changed = next(known);
      byUid.set(uid, changed);
      return changed;
    },
    delete(uid) {
      const known = byUid.get(uid);
      if (!known) return;
      byUid.delete(uid);
      const name = podName(known.ref);
      const uids = uidsByName.get(name)?.filter((other) => other !== uid) ?? [];
      if (uids.length > 0) uidsByName.set(name, uids);
      else uidsByName.delete(name);
    },
    values: () => byUid.values(),
    namesakes(ref) {
      const uids = uidsByName.get(podName(ref));
      if (!uids || uids.length < 2) return [];
      return uids.filter((uid) => uid !== ref.uid).flatMap((uid) => byUid.get(uid) ?? []);
    },
    get size() {
      return byUid.size;
    },
  };
}
