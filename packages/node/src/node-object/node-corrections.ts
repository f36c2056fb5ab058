/** The three writes that put a Node right, each apart: what is refused for one must not hold up the others. */
import type { Patch } from '@virtual-kubelet/client';
import type { Node } from '@virtual-kubelet/kubernetes';
import { isUnsupported } from './api-failure.js';
import { fieldManager } from './managed-fields.js';
import { metadataDifference } from './node-metadata.js';
import { specDifference, specPatch } from './node-spec.js';
import { statusDifference, statusPatch } from './node-status.js';
import type { WantedNode } from './wanted-node.js';

/** One kind of write. */
export interface Correction {
  readonly area: 'metadata' | 'spec' | 'status';
  /** As in "cannot write the status of node x". */
  readonly action: string;
  /** What differs, free of times; undefined when nothing does. */
  readonly difference: (seen: Node) => unknown;
  /** It is written when a heartbeat is due, too. */
  readonly isHeartbeat: boolean;
  /** Sends it; the Node as it is then. */
  readonly send: (seen: Node, signal: AbortSignal) => Promise<Node>;
}

/** What corrections need. */
export interface CorrectionOptions {
  readonly wanted: () => WantedNode;
  /** A node's own credential may not change its taints after creation. */
  readonly mayChangeSpec: boolean;
  readonly isHeartbeatDue: () => boolean;
  /** Wall time, milliseconds. */
  readonly wall: () => number;
  readonly patch: (body: Patch, signal: AbortSignal) => Promise<Node>;
  readonly patchStatus: (body: Patch, signal: AbortSignal) => Promise<Node>;
}

/** In the order in which a found Node is put right: it shall not be ready before it has its labels and taints. */
export function nodeCorrections(options: CorrectionOptions): readonly Correction[] {
  return [metadataCorrection(options), specCorrection(options), statusCorrection(options)];
}

function metadataCorrection({ wanted, patch }: CorrectionOptions): Correction {
  return {
    area: 'metadata',
    action: 'set labels and annotations of',
    difference: (seen) => metadataDifference(seen, wanted().desired),
    isHeartbeat: false,
    async send(seen, signal) {
      const { apply, remove } = metadataDifference(seen, wanted().desired) ?? {};
      const applied = apply ? await applyOrMerge(apply, patch, signal) : seen;
      return remove ? patch({ type: 'merge', body: remove }, signal) : applied;
    },
  };
}

/** Small API servers know no apply. A merge of the same body says the same, but does not record whose the fields are. */
async function applyOrMerge(body: unknown, patch: CorrectionOptions['patch'], signal: AbortSignal): Promise<Node> {
  try {
    return await patch({ type: 'apply', body, fieldManager, force: true }, signal);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return patch({ type: 'merge', body }, signal);
  }
}

function specCorrection({ wanted, mayChangeSpec, patch }: CorrectionOptions): Correction {
  return {
    area: 'spec',
    action: 'set taints of',
    difference: (seen) => (mayChangeSpec ? specDifference(seen, wanted().spec) : undefined),
    isHeartbeat: false,
    async send(seen, signal) {
      const difference = specDifference(seen, wanted().spec);
      return difference ? patch({ type: 'merge', body: specPatch(seen, difference) }, signal) : seen;
    },
  };
}

function statusCorrection({ wanted, isHeartbeatDue, wall, patchStatus }: CorrectionOptions): Correction {
  return {
    area: 'status',
    action: 'write the status of',
    difference: (seen) => statusDifference(seen, wanted().status),
    isHeartbeat: true,
    async send(seen, signal) {
      const body = statusPatch(seen, wanted().status, { now: wall(), heartbeat: isHeartbeatDue() });
      return body ? patchStatus({ type: 'strategic', body }, signal) : seen;
    },
  };
}
