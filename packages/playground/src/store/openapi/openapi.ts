/** Answers requests for OpenAPI documents. Each is made when it is first asked for. */
import { mediaRanges, takesJson } from '../accept.js';
import type { Document, DocumentAnswer } from '../answer.js';
import type { Json } from '../json.js';
import { noSuchPath, notAcceptable } from '../refusal.js';
import type { ServedResource } from '../resource.js';
import type { Served } from '../served.js';
import { swaggerDocument } from './v2.js';
import { swaggerProtobuf } from './v2-protobuf.js';
import { documentIndex, documentNames, groupVersionDocument } from './v3.js';

const json = 'application/json';
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** The same type as kubectl asks for it, which is no valid media type. */
const askedProtobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** Answers a request for `/openapi/v2`, `/openapi/v3` or what is below. Throws a Refusal. */
export function openApiAnswer(served: Served, path: string, accept: string): DocumentAnswer {
  const mediaType = mediaTypeOf(path, accept);
  const make = (): Document => ({ bytes: rendered(served.resources, path, mediaType) });
  return { is: 'document', mediaType, content: served.document(`${path} ${mediaType}`, make) };
}

function mediaTypeOf(path: string, accept: string): string {
  for (const range of mediaRanges(accept)) {
    if (takesJson(range)) return json;
    if (path === '/openapi/v2' && (range.type === protobuf || range.type === askedProtobuf)) return protobuf;
  }
  throw notAcceptable(path === '/openapi/v2' ? [json, askedProtobuf] : [json]);
}

type Resources = readonly ServedResource[];

function rendered(resources: Resources, path: string, mediaType: string): string | Uint8Array {
  return mediaType === protobuf ? swaggerProtobuf(resources) : JSON.stringify(jsonDocument(resources, path));
}

function jsonDocument(resources: Resources, path: string): Json {
  if (path === '/openapi/v2') return swaggerDocument(resources);
  if (path === '/openapi/v3') return documentIndex(resources);
  const name = path.slice('/openapi/v3/'.length);
  if (!documentNames(resources).includes(name)) throw noSuchPath();
  return groupVersionDocument(resources, name);
}
