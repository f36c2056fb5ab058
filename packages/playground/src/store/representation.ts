/** In which form a client wants objects: whole, metadata only, or as rows of a table. */
import type { Answer } from './answer.js';
import type { Json } from './json.js';
import { field, json, list, text } from './json.js';
import type { Message, Watch } from './watch.js';

/** The form of an answer. */
export type Representation = 'object' | 'metadata';

/** Reads an Accept header: the first form that this server can make, in the client's order. */
export function representationOf(accept: string): Representation {
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim());
    const as = parameters.find((each) => each.startsWith('as='))?.slice('as='.length);
    const isJsonType = type === 'application/json';
    if (!isJsonType) continue;
    if (as === undefined) return 'object';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  return 'object';
}

/** An answer in the form wanted. Failures and texts have one form only. */
export function represented(answer: Answer, representation: Representation): Answer {
  if (representation === 'object') return answer;
  if (answer.is === 'watch') return { is: 'watch', watch: representedWatch(answer.watch) };
  if (answer.is === 'text' || answer.code >= 400) return answer;
  return { ...answer, body: partial(answer.body as Json) };
}

const apiVersion = 'meta.k8s.io/v1';

function partial(body: Json): Json {
  if (text(body, 'kind') === 'Status') return body;
  if (field(body, 'items') === undefined) return partialObject(body);
  const items = list(body, 'items').map((item) => partialObject(json({ item }, 'item')));
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata: json(body, 'metadata'), items };
}

function partialObject(object: Json): Json {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: json(object, 'metadata') };
}

function representedWatch(watch: Watch): Watch {
  const convert = (message: Message): Message =>
    message.type === 'ERROR' ? message : { ...message, object: partialObject(message.object) };
  return {
    ...watch,
    take: (limit) => watch.take(limit).map(convert),
    bookmark: () => {
      const message = watch.bookmark();
      return message === undefined ? undefined : convert(message);
    },
  };
}
