/** What one kind does differently from all others. Every rule is a pure function; absent ones mean the general rule. */
import type { FieldError } from '../field-error.js';
import type { Json } from '../json.js';
import type { Call } from '../call.js';
import type { DraftObject, StoredObject } from '../object.js';

/** The rules of a kind. */
export interface KindRules {
  /** Why a name is not allowed, in words; undefined where it is. Default: DNS-1123 subdomain. */
  readonly checkName?: (name: string) => string | undefined;
  /** Names of finalizers need no domain. @default false */
  readonly takesAnyFinalizer?: boolean;
  /** Fills fields that were left out. Applied to every draft of a create or update. */
  readonly defaults?: (draft: DraftObject) => DraftObject;
  /** Completes a new object, after defaults. Default: status is dropped where it is a subresource. */
  readonly create?: (draft: DraftObject, call: Call) => DraftObject;
  /** Puts back what an update of the main resource may not change. Default: status where it is a subresource. */
  readonly update?: (draft: DraftObject, old: StoredObject, call: Call) => DraftObject;
  /** Puts back what an update of `/status` may not change. Default: everything but metadata and status. */
  readonly updateStatus?: (draft: DraftObject, old: StoredObject, call: Call) => DraftObject;
  /** What is wrong with an object. */
  readonly validate?: (draft: DraftObject) => readonly FieldError[];
  /** What is wrong with a new object, beside {@link KindRules.validate}. */
  readonly validateCreate?: (draft: DraftObject) => readonly FieldError[];
  /** What is wrong with a change of the main resource, beside {@link KindRules.validate}. */
  readonly validateUpdate?: (draft: DraftObject, old: StoredObject) => readonly FieldError[];
  /** What is wrong with a change of `/status`. */
  readonly validateStatus?: (draft: DraftObject, old: StoredObject) => readonly FieldError[];
  /** Refuses a create for reasons outside the object, by throwing; and lets admission change it. */
  readonly admit?: (draft: DraftObject, call: Call) => DraftObject;
  /** Fields a field selector may name, beside name and namespace. */
  readonly fields?: ReadonlyMap<string, (object: StoredObject) => string>;
  /** The object carries `metadata.generation`, which counts changes of everything but metadata and status. */
  readonly hasGeneration?: boolean;
  /** Labels count as a change for the generation. @default false */
  readonly countsLabels?: boolean;
  /** The status counts as a change for the generation. @default false */
  readonly countsStatus?: boolean;
  /** PUT without resourceVersion is allowed. @default true */
  readonly allowsUnconditionalUpdate?: boolean;
  /** PUT of an object that is not there creates it. @default false */
  readonly createsOnUpdate?: boolean;
  /** Seconds between the request to delete and the end; absent where the kind has no graceful deletion. */
  readonly grace?: (object: StoredObject, asked: number | undefined) => number;
  /** DELETE answers with the object, not with a Status. @default false */
  readonly returnsDeleted?: boolean;
  /** Completes a DELETE before general rules: may refuse by throwing. */
  readonly beforeDelete?: (object: StoredObject, call: Call) => void;
  /** Finalizers outside metadata: the object stays while it has any. */
  readonly hasOwnFinalizers?: (object: DraftObject) => boolean;
  /** Changes the object when its deletion begins. */
  readonly markDeleted?: (object: DraftObject) => DraftObject;
  /** Subresources other than `status`. */
  readonly subresources?: Readonly<Record<string, Subresource>>;
  /** For what is answered but never kept, such as a review: makes the answer of a create. */
  readonly answer?: (draft: DraftObject, call: Call) => Json;
  /** Objects are kept in another form than this resource serves; both default to no change. */
  readonly toStored?: (draft: DraftObject) => DraftObject;
  readonly fromStored?: (object: StoredObject) => StoredObject;
  /** The last step of a write, after all checks. */
  readonly beforeStored?: (draft: DraftObject) => DraftObject;
  /** What the writer of an object should know of it. */
  readonly warnings?: (draft: DraftObject) => readonly string[];
}

/** How a subresource behaves: as a view of the object that may change part of it, or as an action. */
export type Subresource =
  | {
      readonly is: 'view';
      /** What a GET returns. Default: the object. */
      readonly read?: (object: StoredObject) => Json;
      /** The object that a changed view makes. */
      readonly write: (draft: DraftObject, old: StoredObject, call: Call) => DraftObject;
      /** What is wrong with the change. */
      readonly validate?: (draft: DraftObject, old: StoredObject) => readonly FieldError[];
    }
  | {
      readonly is: 'action';
      /** Answers a POST. */
      readonly act: (body: Json, call: Call) => { readonly code: number; readonly body: Json };
    };
