/** Objects as a meta.k8s.io/v1 Table: what kubectl prints. */
import type { Json } from '../json.js';
import { change, field, isJson, json, list, text } from '../json.js';
import type { ServedResource } from '../resource.js';
import type { Column } from './column.js';
import { columnsOf, isOfKind, plainColumns } from './columns.js';
import { completion } from './pod-columns.js';

/** What a row carries of its object, as the query parameter `includeObject` says. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** How a table is made. */
export interface TableOptions {
  readonly resource: ServedResource;
  readonly include: IncludeObject;
  /** Wall time in milliseconds, for ages. */
  readonly now: number;
  /** Leave the columns out, as in every line of a watch but the first. @default false */
  readonly isContinued?: boolean;
}

const metaVersion = 'meta.k8s.io/v1';

/** A list, or one object, as a table. */
export function tableOf(body: Json, options: TableOptions): Json {
  const { resource } = options;
  const isList = field(body, 'items') !== undefined;
  const objects = isList ? list(body, 'items').filter(isJson) : [body];
  const columns = isList || isOfKind(body, resource) ? columnsOf(resource) : plainColumns;
  const { resourceVersion, continue: next, remainingItemCount } = json(body, 'metadata');
  const more = { continue: next === '' ? undefined : next, remainingItemCount };
  const metadata = isList ? { resourceVersion, ...more } : { resourceVersion };
  return {
    kind: 'Table',
    apiVersion: metaVersion,
    metadata: change({}, metadata),
    columnDefinitions: options.isContinued === true ? [] : columns.map(definition),
    rows: objects.map((object) => rowOf(object, columns, options)),
  };
}

function definition({ name, type, isWide, priority = isWide ? 1 : 0 }: Column): Json {
  return { name, type, format: name === 'Name' ? 'name' : '', description: '', priority };
}

function rowOf(object: Json, columns: readonly Column[], options: TableOptions): Json {
  const { include, resource, now } = options;
  const done = resource.storage === 'pods' ? completion(object) : undefined;
  return {
    cells: columns.map((column) => column.cell(object, now)),
    ...(done === undefined ? {} : { conditions: [done] }),
    object: included(object, include, resource),
  };
}

function included(object: Json, include: IncludeObject, resource: ServedResource): Json | null {
  if (include === 'None') return null;
  const kind = text(object, 'kind') || resource.kind;
  const apiVersion = text(object, 'apiVersion') || resource.apiVersion;
  if (include === 'Object') return { kind, apiVersion, ...object };
  return { kind: 'PartialObjectMetadata', apiVersion: metaVersion, metadata: json(object, 'metadata') };
}
