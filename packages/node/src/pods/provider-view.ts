import type { Clock } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ListedPod, PodListing, PodObservation, PodRef, Provider } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import type { EventText } from '../events/event-recorder.js';
import { eventOf, untold } from './happenings.js';
import type { KnownPod } from './known-pod.js';
import { listingSays, withMissing, withObservation } from './observe.js';
import type { PodTable } from './pod-table.js';
import type { ProviderCalls } from './provider-calls.js';

/** What takes in the provider's view works with. */
export interface ProviderViewOptions {
  readonly node: string;
  readonly provider: Provider;
  readonly calls: ProviderCalls;
  readonly clock: Clock;
  readonly table: PodTable;
  readonly pod: (uid: string) => Pod | undefined;
  /** Something about the pod is different now. */
  readonly changed: (uid: string) => void;
  /** Something happened to the pod that its user may want to know. */
  readonly tell: (pod: Pod, event: EventText) => void;
  /** A workload was seen that can change. */
  readonly seen: (uid: string) => void;
}

/** Takes in what the provider says: by notification, poll or listing. */
export interface ProviderView {
  /** A notification: true from now on, so that polls begun before it are dropped. */
  notified(observation: PodObservation): void;
  /** A notification that the workload was not found: nothing is believed before the node has looked itself. */
  missing(ref: PodRef): void;
  poll(known: KnownPod, signal: AbortSignal): Promise<void>;
  /** Lists everything once. Resolves to whether absence from the listing means something for all pods. */
  list(signal: AbortSignal): Promise<boolean>;
}

function tagsOf({ cluster, node }: ListedPod): { cluster?: string; node?: string } {
  return { ...(cluster === undefined ? {} : { cluster }), ...(node === undefined ? {} : { node }) };
}

/** Takes in one report; false when it is no news. */
function observe(options: ProviderViewOptions, observation: PodObservation, began: number): boolean {
  const { table } = options;
  const { uid } = observation.ref;
  const pod = options.pod(uid);
  if (!pod && !table.get(uid)) return false;
  const before = table.ensure(observation.ref);
  const after = table.change(uid, (known) => withObservation(known, observation, { began, ...(pod ? { pod } : {}) }));
  if (after === before) return false;
  const news = pod ? untold(before.observation, observation, before.handed !== undefined) : [];
  for (const happening of news) if (pod) options.tell(pod, eventOf(pod, happening));
  options.changed(uid);
  return true;
}

function takeListed(options: ProviderViewOptions, listed: ListedPod, began: number): void {
  const { table } = options;
  const { uid } = listed.ref;
  if (!table.get(uid) && !options.pod(uid)) {
    table.ensure(listed.ref);
    table.change(uid, (known) => ({ ...known, foreign: tagsOf(listed) }));
  }
  observe(options, listed, began);
  options.seen(uid);
}

/** One report that the workload was not found. The queue looks once more; it knows what the platform's reads are worth. */
function takeNotFound(options: ProviderViewOptions, uid: string, began: number): void {
  const missing = options.table.change(uid, (now) =>
    began < now.actedAt || now.workload !== 'present' ? now : { ...now, workload: 'unknown' },
  );
  if (missing?.workload === 'unknown') options.changed(uid);
}

function takeMissing(options: ProviderViewOptions, listing: PodListing, began: number): void {
  const listed = new Map(listing.pods.map((pod) => [pod.ref.uid, pod]));
  for (const known of [...options.table.values()]) {
    const { uid } = known.ref;
    if (listingSays(listing, listed.get(uid), known) !== 'missing' || began < known.actedAt) continue;
    const after = options.table.change(uid, (now) => withMissing(now, options.pod(uid)));
    if (after !== known) options.changed(uid);
  }
}

/** Makes the view of one node's provider. */
export function providerView(options: ProviderViewOptions): ProviderView {
  const { provider, calls, clock, table } = options;
  return {
    notified(observation) {
      const now = clock.monotonic();
      if (observe(options, observation, now))
        table.change(observation.ref.uid, (known) => ({ ...known, actedAt: now }));
    },
    missing: (ref) => takeNotFound(options, ref.uid, clock.monotonic()),
    async poll(known, signal) {
      const { uid } = known.ref;
      const began = clock.monotonic();
      const call = { name: 'getPodStatus', key: `${uid}/poll`, pod: podName(known.ref), signal };
      const found = await calls(call, (context) => provider.getPodStatus(known.ref, context));
      if (found) observe(options, found, began);
      else takeNotFound(options, uid, began);
    },
    async list(signal) {
      const began = clock.monotonic();
      const listing = await calls({ name: 'getPods', key: `${options.node}/list`, signal }, (context) =>
        provider.getPods(context),
      );
      for (const listed of listing.pods) takeListed(options, listed, began);
      takeMissing(options, listing, began);
      return listing.complete === 'all';
    },
  };
}
