/** Events that controllers tell of. The same thing told again counts up the event that is there. */
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Addressed, Write } from './write.js';
import { createWrite, patchWrite } from './write.js';
import type { ClusterView } from './cluster-view.js';
import { contentHash } from './hash.js';

/** What an event says. */
export interface Told {
  /** Who tells, such as `deployment-controller`. */
  readonly by: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** An event about an object. */
export function eventWrite(view: ClusterView, about: Addressed, told: Told): Write {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  const { apiVersion, kind } = about;
  const place = namespace ?? 'default';
  const eventName = `${name.slice(0, 230)}.${contentHash([uid, told])}`;
  const now = formatTime(view.now);
  const known = view.get('events', `${place}/${eventName}`);
  if (known !== undefined) return patchWrite(known, { count: (known.count ?? 1) + 1, lastTimestamp: now });
  const write = createWrite({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace: place },
    involvedObject: { apiVersion, kind, name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) },
    type: told.type,
    reason: told.reason,
    message: told.message,
    source: { component: told.by },
    reportingComponent: told.by,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
  // An event is news, not state: where its namespace goes away nothing is lost.
  return { ...write, tolerates: ['Forbidden', 'NotFound', 'AlreadyExists'] };
}
