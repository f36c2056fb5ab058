/** Which columns a resource has. */
import type { Json } from '../json.js';
import { text } from '../json.js';
import type { ServedResource } from '../resource.js';
import type { Column } from './column.js';
import { column, createdAt } from './column.js';
import { configColumns } from './config-columns.js';
import { definitionColumns } from './definition-columns.js';
import { eventColumns } from './event-columns.js';
import { networkColumns } from './network-columns.js';
import { nodeColumns } from './node-columns.js';
import { podColumns } from './pod-columns.js';
import { workloadColumns } from './workload-columns.js';

const table: ReadonlyMap<string, readonly Column[]> = new Map([
  ...configColumns,
  ...networkColumns,
  ...workloadColumns,
  ['apiextensions.k8s.io/customresourcedefinitions', definitionColumns],
  ['nodes', nodeColumns],
  ['pods', podColumns],
]);

const nameColumn = column('Name', (object) => text(object, 'metadata', 'name'));

/** The columns of a resource, the name among them; kinds that nothing is known of show when they were made. */
export function columnsOf(resource: ServedResource): readonly Column[] {
  const { group, name, storage } = resource;
  if (storage === 'events') return eventColumns;
  const own = resource.columns ?? table.get(group === '' ? name : `${group}/${name}`);
  if (own === undefined) return [nameColumn, createdAt];
  return [nameColumn, ...own];
}

/** The columns of an object of another kind than its resource's, as a Scale is. */
export const plainColumns: readonly Column[] = [nameColumn, createdAt];

/** Whether an object is of the kind whose columns a resource has. */
export function isOfKind(object: Json, resource: ServedResource): boolean {
  const kind = text(object, 'kind');
  return kind === '' || kind === resource.kind;
}
