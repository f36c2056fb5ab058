/** In which form a client wants objects: whole, metadata only, or as rows of a table. */
import type { MediaRange } from './accept.js';
import { mediaRanges, takesJson } from './accept.js';
import type { Answer } from './answer.js';
import type { Json } from './json.js';
import { field, isJson, list, json, text } from './json.js';
import { notAcceptable } from './refusal.js';
import type { Representation, ResourceRequest } from './request.js';
import type { IncludeObject, TableOptions } from './table/table.js';
import { tableOf } from './table/table.js';
import type { Message, Watch } from './watch.js';

/** Reads an Accept header: the first form that this server can make, in the client's order. Throws a Refusal. */
export function representationOf(accept: string): Representation {
  for (const range of mediaRanges(accept)) {
    const found = formOf(range);
    if (found !== undefined) return found;
  }
  throw notAcceptable(['application/json']);
}

function formOf(range: MediaRange): Representation | undefined {
  if (!takesJson(range)) return undefined;
  const as = range.parameter('as');
  if (as === undefined) return 'object';
  if (range.parameter('v') !== 'v1') return undefined;
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  return as === 'Table' ? 'table' : undefined;
}

/** An answer in the form its request wants. Failures and texts have one form only. */
export function represented(answer: Answer, request: ResourceRequest, now: number): Answer {
  const { representation = 'object' } = request;
  if (representation === 'object') return answer;
  const form = representation === 'metadata' ? { partial: partialObject } : tableForm(request);
  if (answer.is === 'watch') return { is: 'watch', watch: representedWatch(answer.watch, form, now) };
  if (answer.is !== 'object' || answer.code >= 400) return answer;
  const body = answer.body as Json;
  if (text(body, 'kind') === 'Status') return answer;
  return { ...answer, body: 'partial' in form ? partial(body) : tableOf(body, { ...form.table, now }) };
}

type Form =
  | { readonly partial: (object: Json) => Json }
  | { readonly table: Pick<TableOptions, 'resource' | 'include'> };

function tableForm({ query, resource }: ResourceRequest): Form {
  const asked = query.get('includeObject');
  const include: IncludeObject = asked === 'None' || asked === 'Object' ? asked : 'Metadata';
  return { table: { resource, include } };
}

const apiVersion = 'meta.k8s.io/v1';

function partial(body: Json): Json {
  if (field(body, 'items') === undefined) return partialObject(body);
  const items = list(body, 'items').filter(isJson).map(partialObject);
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata: json(body, 'metadata'), items };
}

function partialObject(object: Json): Json {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: json(object, 'metadata') };
}

function representedWatch(watch: Watch, form: Form, opened: number): Watch {
  let isContinued = false;

  function convert(message: Message, now: number): Message {
    if (message.type === 'ERROR') return message;
    if ('partial' in form) return { ...message, object: form.partial(message.object) };
    // What carries only a version has no row, but says so in the same form.
    if (message.type === 'BOOKMARK') return { ...message, object: emptyTable(message.object) };
    const object = tableOf(message.object, { ...form.table, now, isContinued });
    isContinued = true;
    return { ...message, object };
  }

  return {
    ...watch,
    take: (limit, now = opened) => watch.take(limit).map((message) => convert(message, now)),
    bookmark: () => {
      const message = watch.bookmark();
      return message === undefined ? undefined : convert(message, opened);
    },
  };
}

function emptyTable(bookmark: Json): Json {
  return { kind: 'Table', apiVersion, metadata: json(bookmark, 'metadata'), columnDefinitions: [], rows: [] };
}
