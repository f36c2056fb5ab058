/**
 * Making and removing pods with the events that controllers tell of it on the owner, in the words of
 * kubernetes/kubernetes:pkg/controller/controller_utils.go. StatefulSets have words of their own.
 */
import type { ClusterView } from './cluster-view.js';
import type { StoredPod } from './kinds.js';
import { eventWrite } from './events.js';
import type { Addressed, Write } from './write.js';
import { removeWrite } from './write.js';

/** Who tells, and on which object. */
export interface Teller {
  /** Such as `daemonset-controller`. */
  readonly by: string;
  readonly owner: Addressed;
  readonly view: ClusterView;
}

/** The creation of a pod, told when it was done and when it was refused. */
export function toldCreation(write: Write, { by, owner, view }: Teller): Write {
  return {
    ...write,
    done: ({ metadata: { name } }) => [
      eventWrite(view, owner, { by, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` }),
    ],
    refused: (status) => [toldRefusal(status.message, { by, owner, view })],
  };
}

/** What is told of a pod that could not be made. */
export function toldRefusal(why: string = '', { by, owner, view }: Teller): Write {
  return eventWrite(view, owner, { by, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${why}` });
}

/** The removal of a pod, told when it was done. */
export function toldRemoval(pod: StoredPod, { by, owner, view }: Teller): Write {
  const message = `Deleted pod: ${pod.metadata.name}`;
  return {
    ...removeWrite(pod),
    done: () => [eventWrite(view, owner, { by, type: 'Normal', reason: 'SuccessfulDelete', message })],
  };
}
