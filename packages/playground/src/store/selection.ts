/** Which objects a list or watch is about. */
import { matchesFields, matchesLabels } from '@virtual-kubelet/kubernetes';
import type { StoredObject } from './object.js';
import type { Selectors } from './options.js';
import type { ServedResource } from './resource.js';

/** Whether an object belongs. */
export type Selection = (object: StoredObject) => boolean;

/** Where to look, with what selectors. */
export interface SelectionOptions extends Selectors {
  readonly resource: ServedResource;
  readonly namespace?: string;
  /** Set where a path names one object, as the legacy watch paths do. */
  readonly name?: string;
}

/** The test for a selection. */
export function selection(options: SelectionOptions): Selection {
  const { labels, fields, namespace, name, resource } = options;
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    matchesFields(fields, (field) => fieldOf(resource, object, field)) &&
    matchesLabels(labels, object.metadata.labels);
}

function fieldOf(resource: ServedResource, object: StoredObject, name: string): string {
  if (name === 'metadata.name') return object.metadata.name;
  if (name === 'metadata.namespace') return object.metadata.namespace ?? '';
  return resource.rules.fields?.get(name)?.(object) ?? '';
}
