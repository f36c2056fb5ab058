import type { Patch } from './api.js';
import { queryString } from './resource-path.js';

/** A patch as it is sent. */
export interface PatchRequest {
  readonly contentType: string;
  readonly query: string;
  readonly body: string;
  /** Whether applying it twice does no harm. */
  readonly repeatable: boolean;
}

/** JSON is YAML, and API servers take server-side apply in no other JSON type. */
const contentTypes: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The UID or version in the patch makes sure that it meets the object it was made for. */
function hasPrecondition(body: unknown): boolean {
  const metadata = member(body, 'metadata');
  return ['uid', 'resourceVersion'].some((name) => typeof member(metadata, name) === 'string');
}

function isRepeatable(patch: Patch): boolean {
  if (patch.type === 'apply') return true;
  if (patch.type === 'json') return patch.body.some((step) => member(step, 'op') === 'test');
  return hasPrecondition(patch.body);
}

/** Writes a patch with its content type and parameters. */
export function patchRequest(patch: Patch): PatchRequest {
  const { fieldManager, force } = patch.type === 'apply' ? patch : {};
  return {
    contentType: contentTypes[patch.type],
    query: queryString({ fieldManager, force }),
    body: JSON.stringify(patch.body),
    repeatable: isRepeatable(patch),
  };
}
