/** Who owns which fields of an object: `metadata.managedFields` read, changed and written. */
import type { ManagedFieldsEntry } from '@virtual-kubelet/kubernetes';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import { isJson } from '../json.js';
import type { DraftObject } from '../object.js';
import { withMeta } from '../object.js';
import type { FieldSet } from './field-set.js';
import { difference, isEmptySet, noFields, union, without } from './field-set.js';
import type { Comparison } from './compare.js';
import { touched } from './compare.js';

/** Somebody who writes fields. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** Empty for the main resource. */
  readonly subresource: string;
}

/** What a manager owns, since when. */
export interface Ownership {
  readonly manager: Manager;
  readonly fields: FieldSet;
  readonly time?: string;
}

/** Fields that belong to the server and to nobody else. */
const serverFields: readonly (readonly string[])[] = [
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'creationTimestamp',
    'deletionGracePeriodSeconds',
    'deletionTimestamp',
    'generateName',
    'generation',
    'managedFields',
    'name',
    'namespace',
    'resourceVersion',
    'selfLink',
    'uid',
  ].map((name) => ['f:metadata', `f:${name}`]),
];

/** A set without what only the server writes. */
export function ownable(set: FieldSet): FieldSet {
  return without(set, serverFields);
}

/** Reads the owners of an object. */
export function ownersOf(object: {
  readonly metadata: { readonly managedFields?: readonly ManagedFieldsEntry[] };
}): readonly Ownership[] {
  return (object.metadata.managedFields ?? []).map((entry) => ({
    manager: {
      name: entry.manager ?? '',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
    },
    fields: isJson(entry.fieldsV1) ? entry.fieldsV1 : noFields,
    ...(entry.time === undefined ? {} : { time: entry.time }),
  }));
}

/** Writes the owners of an object; those that own nothing are left out. */
export function withOwners<T extends DraftObject>(object: T, owners: readonly Ownership[]): T {
  const entries = owners.filter(({ fields }) => !isEmptySet(fields)).map(entryOf);
  return withMeta(object, { managedFields: entries.length === 0 ? undefined : entries });
}

function entryOf({ manager, fields, time }: Ownership): ManagedFieldsEntry {
  const { name, operation, apiVersion, subresource } = manager;
  return {
    manager: name,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === '' ? {} : { subresource }),
  };
}

/** Whether two are the same manager. */
export function isSameManager(a: Manager, b: Manager): boolean {
  return deepEqual(a, b);
}

/** Who wrote, and when. */
export interface Writer {
  readonly manager: Manager;
  readonly time: string;
}

/** The owners after an update: the writer takes what it changed, and nobody keeps what is gone. */
export function afterUpdate(
  owners: readonly Ownership[],
  comparison: Comparison,
  writer: Writer,
): readonly Ownership[] {
  const lost = ownable(touched(comparison));
  if (isEmptySet(lost)) return owners;
  const own = owners.find(({ manager }) => isSameManager(manager, writer.manager));
  const others = owners.filter((one) => one !== own).map((one) => lessened(one, lost));
  const fields = union(difference(own?.fields ?? noFields, lost), ownable(comparison.changed));
  return [...others, { manager: writer.manager, fields, time: writer.time }];
}

/** The owners after an apply: the writer owns exactly what it said; what it took by force others lose. */
export function afterApply(owners: readonly Ownership[], change: AppliedChange, writer: Writer): readonly Ownership[] {
  const own = owners.find(({ manager }) => isSameManager(manager, writer.manager));
  const others = owners.filter((one) => one !== own).map((one) => lessened(one, change.taken));
  const isKept = own !== undefined && deepEqual(own.fields, change.fields);
  const time = isKept ? (own.time ?? writer.time) : writer.time;
  return [...others, { manager: writer.manager, fields: change.fields, time }];
}

/** What an apply says, and what of it others owned with another value. */
export interface AppliedChange {
  readonly fields: FieldSet;
  readonly taken: FieldSet;
}

function lessened(one: Ownership, lost: FieldSet): Ownership {
  return { ...one, fields: difference(one.fields, lost) };
}
