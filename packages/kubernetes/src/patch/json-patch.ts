/**
 * JSON Patch (RFC 6902): a list of operations, applied all or not at all. Where the API server is more lenient than
 * the RFC, so is this: `replace` may create a field, a missing field tests equal to null, a missing value is null,
 * and negative indices count from the end.
 */
import { deepEqual } from '../equality.js';
import { isJsonObject, objectOf, ownField } from './json.js';
import { PatchError } from './patch-error.js';

/** The API server takes no longer patches. */
const maxOperations = 10_000;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value: unknown;
}

/** Applies a patch; neither document nor patch is changed. Throws {@link PatchError}. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new PatchError(400, '', 'a JSON patch is a list of operations');
  if (patch.length > maxOperations)
    throw new PatchError(413, '', `a JSON patch has at most ${maxOperations} operations`);
  return patch.map(toOperation).reduce(applyOperation, document);
}

function toOperation(value: unknown): Operation {
  if (!isJsonObject(value)) throw new PatchError(400, '', 'an operation is an object');
  const { op, path, from } = value;
  if (typeof op !== 'string' || typeof path !== 'string') throw new PatchError(422, '', 'an operation has op and path');
  return {
    op,
    path,
    ...(typeof from === 'string' ? { from } : {}),
    value: ownField(value, 'value'),
  };
}

function applyOperation(document: unknown, operation: Operation): unknown {
  const { path } = operation;
  switch (operation.op) {
    case 'add':
      return edit(document, path, { set: valueOf(operation) });
    case 'replace':
      return edit(document, path, { set: valueOf(operation), isReplacement: true });
    case 'remove':
      return edit(document, path, 'remove');
    case 'copy':
      return edit(document, path, { set: read(document, fromOf(operation)) });
    case 'move':
      return move(document, fromOf(operation), path);
    case 'test':
      return test(document, path, valueOf(operation));
    default:
      throw new PatchError(422, path, `${JSON.stringify(operation.op)} is not an operation`);
  }
}

function valueOf(operation: Operation): unknown {
  return operation.value ?? null;
}

function fromOf(operation: Operation): string {
  if (operation.from === undefined) throw new PatchError(422, operation.path, `${operation.op} needs from`);
  return operation.from;
}

function move(document: unknown, from: string, path: string): unknown {
  if (path.startsWith(`${from}/`)) throw new PatchError(422, path, 'nothing can be moved into itself');
  const value = read(document, from);
  return edit(edit(document, from, 'remove'), path, { set: value });
}

function test(document: unknown, path: string, expected: unknown): unknown {
  const steps = stepsOf(path);
  const parent = steps.slice(0, -1).reduce((value, step) => child(value, step, path), document);
  const last = steps.at(-1);
  const actual =
    last === undefined ? document : isJsonObject(parent) ? ownField(parent, last) : child(parent, last, path);
  if (!deepEqual(actual ?? null, expected)) throw new PatchError(422, path, 'the test failed');
  return document;
}

/** The steps of a JSON pointer (RFC 6901). */
function stepsOf(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new PatchError(422, pointer, 'a path begins with a slash');
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of stepsOf(pointer)) value = child(value, step, pointer);
  return value;
}

function child(parent: unknown, step: string, pointer: string): unknown {
  if (Array.isArray(parent)) return parent[indexOf(step, parent.length - 1, pointer)];
  if (!isJsonObject(parent) || !Object.hasOwn(parent, step)) throw missing(pointer);
  return parent[step];
}

function indexOf(step: string, last: number, pointer: string): number {
  const written = /^(?:0|-?[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  const index = written < 0 ? written + last + 1 : written;
  if (!(index >= 0 && index <= last)) throw missing(pointer);
  return index;
}

function missing(pointer: string): PatchError {
  return new PatchError(422, pointer, 'there is nothing at this path');
}

type Edit = 'remove' | { readonly set: unknown; readonly isReplacement?: true };

/** Copies what lies on the way and shares the rest. */
function edit(document: unknown, pointer: string, change: Edit): unknown {
  return editAt(document, { steps: stepsOf(pointer), pointer, change });
}

interface Target {
  readonly steps: readonly string[];
  readonly pointer: string;
  readonly change: Edit;
}

function editAt(value: unknown, target: Target): unknown {
  const { change, pointer } = target;
  const [step, ...steps] = target.steps;
  if (step === undefined) return change === 'remove' ? null : change.set;
  if (steps.length > 0) {
    const inner = editAt(child(value, step, pointer), { ...target, steps });
    return Array.isArray(value)
      ? value.with(indexOf(step, value.length - 1, pointer), inner)
      : { ...(value as object), ...objectOf([[step, inner]]) };
  }
  if (Array.isArray(value)) return editList(value, step, target);
  if (!isJsonObject(value)) throw missing(pointer);
  return editObject(value, step, target);
}

function editList(list: readonly unknown[], step: string, { change, pointer }: Target): unknown {
  if (change === 'remove') return list.toSpliced(indexOf(step, list.length - 1, pointer), 1);
  if (change.isReplacement) return list.with(indexOf(step, list.length - 1, pointer), change.set);
  const index = step === '-' ? list.length : indexOf(step, list.length, pointer);
  return list.toSpliced(index, 0, change.set);
}

function editObject(object: Readonly<Record<string, unknown>>, step: string, { change, pointer }: Target): unknown {
  if (change !== 'remove') return { ...object, ...objectOf([[step, change.set]]) };
  if (!Object.hasOwn(object, step)) throw missing(pointer);
  return objectOf(Object.entries(object).filter(([key]) => key !== step));
}
