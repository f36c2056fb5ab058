/** Answers requests for OpenAPI documents. Each is made when it is first asked for. */
import { mediaRanges, takesJson } from '../accept.js';
import type { Document, DocumentAnswer } from '../answer.js';
import type { Json } from '../json.js';
import { noSuchPath, notAcceptable } from '../refusal.js';
import { swaggerDocument } from './v2.js';
import { swaggerProtobuf } from './v2-protobuf.js';
import { documentIndex, documentNames, groupVersionDocument } from './v3.js';

const json = 'application/json';
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** The same type as kubectl asks for it, which is no valid media type. */
const askedProtobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

const made = new Map<string, Document>();

/** Answers a request for `/openapi/v2`, `/openapi/v3` or what is below. Throws a Refusal. */
export function openApiAnswer(path: string, accept: string): DocumentAnswer {
  const mediaType = mediaTypeOf(path, accept);
  const key = `${path} ${mediaType}`;
  const content = made.get(key) ?? { bytes: rendered(path, mediaType) };
  made.set(key, content);
  return { is: 'document', mediaType, content };
}

function mediaTypeOf(path: string, accept: string): string {
  for (const range of mediaRanges(accept)) {
    if (takesJson(range)) return json;
    if (path === '/openapi/v2' && (range.type === protobuf || range.type === askedProtobuf)) return protobuf;
  }
  throw notAcceptable(path === '/openapi/v2' ? [json, askedProtobuf] : [json]);
}

function rendered(path: string, mediaType: string): string | Uint8Array {
  return mediaType === protobuf ? swaggerProtobuf() : JSON.stringify(jsonDocument(path));
}

function jsonDocument(path: string): Json {
  if (path === '/openapi/v2') return swaggerDocument();
  if (path === '/openapi/v3') return documentIndex();
  const name = path.slice('/openapi/v3/'.length);
  if (!documentNames.includes(name)) throw noSuchPath();
  return groupVersionDocument(name);
}
