/** PATCH with an apply configuration: merges it, finds conflicts, and takes away what the manager let go. */
import type { StatusCause } from '@virtual-kubelet/kubernetes';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import type { ObjectForm } from '../form.js';
import { field, isJson, text } from '../json.js';
import type { Json } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { required } from '../field-error.js';
import type { WriteOptions } from '../options.js';
import { applyConflict, badRequest, internalRefusal, invalid, unsupportedMediaType } from '../refusal.js';
import { SchemaError } from '../schema.js';
import { compare, fieldsOf } from './compare.js';
import type { FieldSet } from './field-set.js';
import type { Place } from './merge-shape.js';
import { difference, intersection, isEmptySet, members, noFields, pathText, union, without } from './field-set.js';
import type { Manager, Ownership, Writer } from './managers.js';
import { afterApply, isSameManager, ownable, ownersOf, withOwners } from './managers.js';
import { mergeConfiguration, removeFields } from './merge.js';

/** Applies the body of a request to an object, or to nothing where there is none. Throws a Refusal. */
export function applied(call: Call, options: WriteOptions, live?: StoredObject): DraftObject {
  const form = checkedForm(call, options);
  const { place } = form;
  const configuration = configurationOf(call, form);
  const writer = writerOf(call, 'Apply', options.fieldManager);
  const base = live ?? emptyObject(call);
  const owners = live === undefined ? [] : ownersOf(live);
  const fields = ownFields(call, fieldsOf(configuration, place));
  const merged = mergeConfiguration(base, configuration, place);
  const taken = conflicts({ base, merged, place, fields }, owners, writer.manager);
  if (taken.length > 0 && !options.force) throw conflictRefusal(taken);
  const takenFields = taken.reduce((all, one) => union(all, one.fields), noFields);
  const kept = keptBy(owners, writer.manager, fields);
  const gone = difference(ownedBy(owners, writer.manager), fields);
  const pruned = isEmptySet(gone) ? merged : removeFields(merged, { gone, kept }, place);
  return withOwners(pruned as DraftObject, afterApply(owners, { fields, taken: takenFields }, writer));
}

/** Who writes by a request. */
export function writerOf(call: Call, operation: Manager['operation'], name: string): Writer {
  const { resource, subresource = '' } = call.request;
  const manager = { name, operation, apiVersion: resource.apiVersion, subresource };
  return { manager, time: formatTime(call.context.now) };
}

function checkedForm(call: Call, options: WriteOptions): ObjectForm {
  const { resource } = call.request;
  const patchOptions = { group: 'meta.k8s.io', name: '', kind: 'PatchOptions' };
  if (options.fieldManager === '')
    throw invalid(patchOptions, '', [required('fieldManager', 'is required for apply patch')]);
  const { form } = resource;
  if (form === undefined) throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json']);
  return form;
}

/** The configuration in the form of its type, with only what was said. */
function configurationOf(call: Call, form: ObjectForm): Json {
  const { body, resource } = call.request;
  const [kind, apiVersion] = [text(body, 'kind'), text(body, 'apiVersion')];
  if (!isJson(body)) throw badRequest('an apply configuration is an object');
  if (kind !== resource.kind || apiVersion !== resource.apiVersion)
    throw badRequest(`invalid object type: ${apiVersion}, Kind=${kind}`);
  const managed = field(body.metadata, 'managedFields');
  if (Array.isArray(managed) && managed.length > 0) throw badRequest('metadata.managedFields must be nil');
  const { object, unknown } = saidOf(body, form);
  if (unknown.length > 0) throw undeclared(call, unknown);
  return object;
}

function saidOf(body: Json, form: ObjectForm): ReturnType<ObjectForm['said']> {
  try {
    return form.said(body);
  } catch (error) {
    if (error instanceof SchemaError) throw badRequest(error.message);
    throw error;
  }
}

function undeclared(call: Call, unknown: readonly string[]): Error {
  const paths = unknown.map((path) => `.${path}: field not declared in schema`).join(', ');
  return internalRefusal(`failed to create typed patch object (${call.request.name ?? ''}): ${paths}`);
}

function emptyObject(call: Call): Json {
  const { apiVersion, kind } = call.request.resource;
  return { apiVersion, kind, metadata: {} };
}

/** Status cannot be owned through the main resource, nor the spec through the status. */
function ownFields(call: Call, set: FieldSet): FieldSet {
  const { subresource, resource } = call.request;
  const hasStatus = resource.subresources.some((each) => each.name === 'status');
  if (subresource === 'status') return without(ownable(set), [['f:spec']]);
  return subresource === undefined && hasStatus ? without(ownable(set), [['f:status']]) : ownable(set);
}

interface Application {
  readonly base: Json;
  readonly merged: Json;
  readonly place: Place;
  readonly fields: FieldSet;
}

/** What others own and the configuration changes. */
function conflicts(application: Application, owners: readonly Ownership[], writer: Manager): readonly Ownership[] {
  const { base, merged, place, fields } = application;
  const changed = intersection(compare(base, merged, place).changed, fields);
  if (isEmptySet(changed)) return [];
  return owners
    .filter(({ manager }) => !isSameManager(manager, writer))
    .map((one) => ({ ...one, fields: intersection(one.fields, changed) }))
    .filter((one) => !isEmptySet(one.fields));
}

function ownedBy(owners: readonly Ownership[], writer: Manager): FieldSet {
  return owners.find(({ manager }) => isSameManager(manager, writer))?.fields ?? noFields;
}

function keptBy(owners: readonly Ownership[], writer: Manager, own: FieldSet): FieldSet {
  const others = owners.filter(({ manager }) => !isSameManager(manager, writer));
  return others.reduce((all, one) => union(all, one.fields), own);
}

function conflictRefusal(taken: readonly Ownership[]): Error {
  const found = taken.flatMap((one) =>
    members(one.fields)
      .map(pathText)
      .toSorted()
      .map((path) => ({ who: managerText(one), path })),
  );
  const causes: readonly StatusCause[] = found.map(({ who, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field: path,
  }));
  const [first] = found;
  if (first !== undefined && found.length === 1)
    return applyConflict(`Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`, causes);
  const lines = [...new Set(found.map(({ who }) => who))]
    .toSorted()
    .flatMap((who) => [
      `conflicts with ${who}:`,
      ...found.filter((one) => one.who === who).map(({ path }) => `- ${path}`),
    ]);
  return applyConflict(`Apply failed with ${found.length} conflicts: ${lines.join('\n')}`, causes);
}

function managerText({ manager }: Ownership): string {
  const { name, operation, apiVersion, subresource } = manager;
  const where = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${where}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}
