/** Steps that scenarios of pods are made of. */
import { paths, pod } from './objects.js';
import type { Step } from './scenario.js';
import { patchTypes } from './scenario.js';

const { pods } = paths;

/** Creates a pod with a whole body. */
export function create(title: string, body: unknown): Step {
  return { title, method: 'POST', path: pods, body };
}

/** Creates a pod named by the title, with fields of the spec changed. */
export function spec(title: string, changes: Readonly<Record<string, unknown>>): Step {
  return create(title, pod(title.replaceAll(/[^a-z0-9]+/g, '-'), changes));
}

/** Patches a pod, or what `path` says of it such as `create/status`. */
export function patch(title: string, path: string, body: unknown): Step {
  return { title, method: 'PATCH', path: `${pods}/${path}`, type: patchTypes.strategic, body };
}

/** The same patch in another form. */
export function as(type: keyof typeof patchTypes, step: Step): Step {
  return { ...step, type: patchTypes[type] };
}
