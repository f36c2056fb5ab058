/** Answers as values. */
import type { Status } from '@virtual-kubelet/kubernetes';
import type { Json } from './json.js';
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

/** What a request is answered with. */
export type Answer = ObjectAnswer | WatchAnswer | TextAnswer;

/** An answer with an object, and texts of warnings where there are any. */
export function answer(code: number, body: Json | Status, warnings: readonly string[] = []): ObjectAnswer {
  return { is: 'object', code, body, ...(warnings.length === 0 ? {} : { warnings }) };
}
