/** Answers as values. */
import type { Status } from '@virtual-kubelet/kubernetes';
import type { Json } from './json.js';
import type { KubeletAddress } from './kubelet/location.js';
import type { Watch } from './watch.js';

/** A whole answer. */
export interface ObjectAnswer {
  readonly is: 'object';
  /** HTTP status. */
  readonly code: number;
  readonly body: Json | Status;
  /** Texts for `Warning` headers. */
  readonly warnings?: readonly string[];
}

/** An answer that goes on: the watch yields messages as they come. */
export interface WatchAnswer {
  readonly is: 'watch';
  readonly watch: Watch;
}

/** Plain text, as `/healthz` answers. */
export interface TextAnswer {
  readonly is: 'text';
  readonly code: number;
  readonly text: string;
}

/** A document about the server itself, which clients keep: it goes with an ETag. */
export interface DocumentAnswer {
  readonly is: 'document';
  /** Its Content-Type. */
  readonly mediaType: string;
  /** The same value as long as the document is the same. */
  readonly content: Document;
}

/** The text or the bytes of a document. */
export interface Document {
  readonly bytes: string | Uint8Array;
}

/** The kubelet of a node answers: the request goes on to it. */
export interface KubeletAnswer extends KubeletAddress {
  readonly is: 'kubelet';
  /** Path with query, in the words of the kubelet. */
  readonly path: string;
  /** What messages name, as `pods/log web`. */
  readonly subject: string;
  /** The kubelet's failures are passed on as they are, not as a Status. */
  readonly isRaw: boolean;
}

/** A kubelet to ask. */
export interface KubeletSource extends KubeletAddress {
  readonly node: string;
  readonly path: string;
}

/** Kubelets know the answer together: each is asked for a JSON document. */
export interface MetricsAnswer {
  readonly is: 'metrics';
  readonly sources: readonly KubeletSource[];
  /** The answer, from what each node's kubelet said; those that did not answer are left out. */
  combine(documents: ReadonlyMap<string, unknown>): ObjectAnswer;
}

/** What a request is answered with. */
export type Answer = ObjectAnswer | WatchAnswer | TextAnswer | DocumentAnswer | KubeletAnswer | MetricsAnswer;

/** An answer with an object, and texts of warnings where there are any. */
export function answer(code: number, body: Json | Status, warnings: readonly string[] = []): ObjectAnswer {
  return { is: 'object', code, body, ...(warnings.length === 0 ? {} : { warnings }) };
}
