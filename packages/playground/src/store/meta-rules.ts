/** Rules of metadata that hold for every kind. */
import type { ObjectMeta } from '@virtual-kubelet/kubernetes';
import { formatTime, isDnsSubdomain, isLabelValue, isQualifiedName } from '@virtual-kubelet/kubernetes';
import type { ApplyContext } from './call.js';
import type { FieldError } from './field-error.js';
import { forbiddenField, invalidValue, required } from './field-error.js';
import type { DraftObject, StoredObject } from './object.js';
import { withMeta } from './object.js';
import type { ServedResource } from './resource.js';

const nameCharacters = 'bcdfghjklmnpqrstvwxz2456789';
const longestGeneratedBase = 58;

/** A name from `generateName`: the base, cut where needed, and five characters. */
export function generatedName(base: string, context: ApplyContext): string {
  const pick = (): string => nameCharacters[Math.floor(context.random() * nameCharacters.length)] ?? 'x';
  return base.slice(0, longestGeneratedBase) + Array.from({ length: 5 }, pick).join('');
}

/** Fills what the server decides about a new object. */
export function completeMeta(draft: DraftObject, resource: ServedResource, context: ApplyContext): DraftObject {
  const { name, generateName = '' } = draft.metadata;
  const isGenerated = (name === undefined || name === '') && generateName !== '';
  return withMeta(draft, {
    ...(isGenerated ? { name: generatedName(generateName, context) } : {}),
    uid: context.uuid(),
    creationTimestamp: formatTime(context.now),
    ...(resource.rules.hasGeneration === true ? { generation: 1 } : {}),
    resourceVersion: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
  });
}

/** Puts back what only the server changes, for an update. */
export function keepMeta(draft: DraftObject, old: StoredObject): DraftObject {
  const { metadata } = old;
  const deletion = {
    deletionTimestamp: metadata.deletionTimestamp ?? draft.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: draft.metadata.deletionGracePeriodSeconds ?? metadata.deletionGracePeriodSeconds,
  };
  return withMeta(draft, {
    namespace: draft.metadata.namespace ?? metadata.namespace,
    uid: draft.metadata.uid || metadata.uid,
    creationTimestamp: metadata.creationTimestamp,
    generation: metadata.generation,
    generateName: metadata.generateName,
    resourceVersion: metadata.resourceVersion,
    ...deletion,
    selfLink: undefined,
  });
}

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** Why a name is not a DNS-1123 subdomain; undefined where it is. */
export function subdomainFault(name: string): string | undefined {
  return isDnsSubdomain(name) ? undefined : subdomainRule;
}

/** What is wrong with the metadata of an object. */
export function metaErrors(meta: ObjectMeta, resource: ServedResource): readonly FieldError[] {
  return [...nameErrors(meta, resource), ...mapErrors(meta), ...ownerErrors(meta), ...finalizerErrors(meta, resource)];
}

function nameErrors(meta: ObjectMeta, resource: ServedResource): readonly FieldError[] {
  const { name = '', generateName = '', namespace = '' } = meta;
  const check = resource.rules.checkName ?? subdomainFault;
  const errors: FieldError[] = [];
  if (name === '' && generateName === '') return [required('metadata.name', 'name or generateName is required')];
  const fault = check(name);
  if (fault !== undefined) errors.push(invalidValue('metadata.name', name, fault));
  if (resource.namespaced && namespace === '') errors.push(required('metadata.namespace'));
  return errors;
}

function mapErrors(meta: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(meta.labels ?? {})) {
    if (!isQualifiedName(key))
      errors.push(
        invalidValue('metadata.labels', key, 'name part must consist of alphanumeric characters, "-", "_" or "."'),
      );
    if (typeof value === 'string' && !isLabelValue(value))
      errors.push(
        invalidValue(
          'metadata.labels',
          value,
          'a valid label must be an empty string or consist of alphanumeric characters, "-", "_" or "."',
        ),
      );
  }
  for (const key of Object.keys(meta.annotations ?? {}))
    if (!isQualifiedName(key.toLowerCase()))
      errors.push(
        invalidValue('metadata.annotations', key, 'name part must consist of alphanumeric characters, "-", "_" or "."'),
      );
  const size = Object.entries(meta.annotations ?? {}).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (size > mostAnnotations)
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'metadata.annotations',
      detail: `may not be more than ${mostAnnotations} bytes`,
    });
  return errors;
}

/** Characters of all annotations of an object; `kubectl apply` keeps whole manifests in one. */
const mostAnnotations = 256 * 1024;

function ownerErrors(meta: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  const owners = meta.ownerReferences ?? [];
  owners.forEach((owner, index) => {
    const path = `metadata.ownerReferences[${index}]`;
    if (!owner.apiVersion)
      errors.push(invalidValue(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    if (!owner.kind) errors.push(invalidValue(`${path}.kind`, owner.kind ?? '', 'must not be empty'));
    if (!owner.name) errors.push(invalidValue(`${path}.name`, owner.name ?? '', 'must not be empty'));
    if (!owner.uid) errors.push(required(`${path}.uid`, 'must not be empty'));
  });
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length > 1)
    errors.push(invalidValue('metadata.ownerReferences', owners, 'only one reference can have Controller set to true'));
  return errors;
}

const plainFinalizers: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerErrors(meta: ObjectMeta, { rules }: ServedResource): readonly FieldError[] {
  const isPlain = (one: string): boolean => rules.takesAnyFinalizer === true || plainFinalizers.has(one);
  const isFine = (one: string): boolean => isQualifiedName(one) && (one.includes('/') || isPlain(one));
  return (meta.finalizers ?? []).flatMap((one, index) =>
    isFine(one)
      ? []
      : [invalidValue(`metadata.finalizers[${index}]`, one, 'is not a standard finalizer and has no domain')],
  );
}

const immutable = 'field is immutable';
const fixedFields = ['name', 'namespace', 'uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

/** What is wrong with a change of metadata. */
export function metaChangeErrors(meta: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const name of fixedFields)
    if ((meta[name] ?? '') !== (old[name] ?? '')) errors.push(invalidValue(`metadata.${name}`, meta[name], immutable));
  const added = (meta.finalizers ?? []).filter((one) => !(old.finalizers ?? []).includes(one));
  if (old.deletionTimestamp !== undefined && added.length > 0)
    errors.push(
      forbiddenField(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${goList(added)}`,
      ),
    );
  return errors;
}

function goList(values: readonly string[]): string {
  return `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
}
