/** How patches treat the fields of the API: look-ups in the generated merge table. */
import { kindTypes, mergeTable } from './generated/merge.js';

/**
 * What differs from the default treatment of a field. By default objects merge key by key, and lists and
 * scalars are replaced as a whole.
 */
export interface MergeField {
  /** Object type of the field, or of its elements, where that type has entries of its own. */
  readonly type?: string;
  /** The field is a list (`type` names its elements) or a map (`type` names its values). */
  readonly shape?: 'list' | 'map';
  /** Strategic merge patch: the words of `x-kubernetes-patch-strategy`. */
  readonly strategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  /** Strategic merge patch: the field that identifies an element of a list of objects. */
  readonly mergeKey?: string;
  /** Server-side apply: how a list is owned. Absent means atomic. */
  readonly listType?: 'set' | 'map';
  /** Server-side apply: the fields that identify an element where `listType` is `map`. */
  readonly mapKeys?: readonly string[];
  /** Server-side apply: the object or map is owned as one value. */
  readonly atomic?: true;
}

/** Fields of one type by name. */
export type MergeFields = Readonly<Record<string, MergeField>>;

/** The type name behind an object, for example `apps/v1`, `Deployment`; undefined for kinds not built in. */
export function typeOfKind(apiVersion: string, kind: string): string | undefined {
  const key = `${apiVersion} ${kind}`;
  return Object.hasOwn(kindTypes, key) ? kindTypes[key] : undefined;
}

/** The merge facts of a field; undefined where the default treatment applies. */
export function mergeFieldOf(type: string | undefined, field: string): MergeField | undefined {
  if (type === undefined || !Object.hasOwn(mergeTable, type)) return undefined;
  const fields = mergeTable[type];
  return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
}
