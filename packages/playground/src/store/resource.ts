/** What this server knows about a resource that it serves. */
import type { ApiResource } from '@virtual-kubelet/kubernetes/internal';
import type { ObjectForm } from './form.js';
import type { KindRules } from './rules/kind-rules.js';
import type { Column } from './table/column.js';

/** A resource as this server serves it. */
export interface ServedResource extends ApiResource {
  readonly apiVersion: string;
  /** Where its objects are kept. Resources that are views of the same objects share it. */
  readonly storage: string;
  readonly rules: KindRules;
  /** What its objects look like; absent where the tables of the API have no type. */
  readonly form?: ObjectForm;
  /** The kind of its lists. */
  readonly listKind: string;
  /** The API has no type of its objects: they say themselves what they are, in requests and in lists. @default false */
  readonly isCustom?: boolean;
  /** What whoever asks for it is warned of. */
  readonly deprecation?: string;
  /** What tables show beside the name. @default what `table/columns.ts` has for it */
  readonly columns?: readonly Column[];
}
