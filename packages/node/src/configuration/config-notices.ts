/** Tells at once when a ConfigMap or Secret that pods refer to changed: a watch for each kind and namespace in use. */
import type { ApiObject, Informer, Resource } from '@virtual-kubelet/client';
import { resources } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ConsumedInputs } from '@virtual-kubelet/provider';
import type { ConfigObject } from './config-source.js';
import { podRefOf } from './read-snapshot.js';
import { referencesOf } from './references.js';

/** Makes an informer for the objects of one kind in one namespace, not yet started. */
export type ConfigInformers = <T extends ApiObject>(
  resource: Resource<T>,
  namespace: string,
) => Pick<Informer<T>, 'start' | 'subscribe'>;

/** What {@link configNotices} needs. */
export interface ConfigNoticesOptions {
  readonly informers: ConfigInformers;
  readonly consumes: ConsumedInputs;
  /** The object was added, changed or deleted; these pods refer to it. */
  readonly changed: (object: ConfigObject, uids: readonly string[]) => void;
}

/** Follows the objects pods refer to. */
export interface ConfigNotices {
  follow(pod: Pod): void;
  forget(uid: string): void;
  /** Ends all watches. */
  close(): void;
}

type Kind = ConfigObject['kind'];

interface Followed {
  readonly namespace: string;
  /** Names by kind. */
  readonly names: Readonly<Record<Kind, ReadonlySet<string>>>;
}

/** One watch and the pods it is for. */
interface Place {
  readonly uids: Set<string>;
  readonly end: AbortController;
}

const kinds: readonly Kind[] = ['ConfigMap', 'Secret'];

/** Makes notices about nothing yet. */
export function configNotices(options: ConfigNoticesOptions): ConfigNotices {
  const { informers, consumes, changed } = options;
  const pods = new Map<string, Followed>();
  const places = new Map<string, Place>();

  const tell = (object: ConfigObject): void => {
    const { kind, namespace, name } = object;
    const all = places.get(`${kind}/${namespace}`)?.uids ?? [];
    const uids = [...all].filter((uid) => pods.get(uid)?.names[kind].has(name));
    if (uids.length > 0) changed(object, uids);
  };

  const start = <T extends ApiObject>(
    resource: Resource<T>,
    at: { kind: Kind; namespace: string; signal: AbortSignal },
  ): void => {
    const { kind, namespace, signal } = at;
    const informer = informers(resource, namespace);
    informer.subscribe(({ object }) => tell({ kind, namespace, name: object.metadata?.name ?? '' }));
    informer.start(signal);
  };

  const open = (kind: Kind, namespace: string): Place => {
    const place: Place = { uids: new Set(), end: new AbortController() };
    places.set(`${kind}/${namespace}`, place);
    const at = { kind, namespace, signal: place.end.signal };
    if (kind === 'Secret') start(resources.secrets, at);
    else start(resources.configMaps, at);
    return place;
  };

  const leave = (key: string, uid: string): void => {
    const place = places.get(key);
    place?.uids.delete(uid);
    if (place?.uids.size !== 0) return;
    places.delete(key);
    place.end.abort();
  };

  return {
    follow(pod) {
      const { namespace, uid } = podRefOf(pod);
      const references = referencesOf(pod, consumes);
      const namesOf = (kind: Kind): ReadonlySet<string> =>
        new Set(references.flatMap((reference) => (reference.kind === kind ? reference.name : [])));
      const names = { ConfigMap: namesOf('ConfigMap'), Secret: namesOf('Secret') };
      pods.set(uid, { namespace, names });
      for (const kind of kinds) {
        const key = `${kind}/${namespace}`;
        if (names[kind].size === 0) leave(key, uid);
        else (places.get(key) ?? open(kind, namespace)).uids.add(uid);
      }
    },
    forget(uid) {
      const followed = pods.get(uid);
      if (!followed) return;
      pods.delete(uid);
      for (const kind of kinds) leave(`${kind}/${followed.namespace}`, uid);
    },
    close() {
      pods.clear();
      for (const { end } of places.values()) end.abort();
      places.clear();
    },
  };
}
