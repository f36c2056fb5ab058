/** Answers as bytes. */
import { createHash } from 'node:crypto';
import type { Document, DocumentAnswer, ObjectAnswer, TextAnswer } from './store/answer.js';
import { text } from './store/json.js';
import type { Message } from './store/watch.js';

const encoder = new TextEncoder();

/**
 * Objects are shared and never change, so each is written once for its writer and all watches that tell of it. That all
 * happens soon after the write: older texts are forgotten, for they take as much memory as the objects.
 */
let written = new Map<object, string>();
let writtenBefore = new Map<object, string>();
let size = 0;
/** Characters of texts that are kept, twice. */
const limit = 1_000_000;

function jsonText(value: object): string {
  const known = written.get(value) ?? writtenBefore.get(value);
  if (known !== undefined) return known;
  const made = JSON.stringify(value);
  size += made.length;
  if (size > limit) {
    size = made.length;
    writtenBefore = written;
    written = new Map();
  }
  written.set(value, made);
  return made;
}

/** Lines of a watch. */
export function encodeMessages(messages: readonly Message[]): Uint8Array {
  return encoder.encode(messages.map(lineOf).join(''));
}

/** One line of a watch, with its end. */
export function lineOf({ type, object }: Message): string {
  return `{"type":"${type}","object":${jsonText(object)}}\n`;
}

/** An answer that is whole. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Headers of a watch. */
export const watchHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'cache-control': 'no-cache, private',
};

/** Writes an answer with its headers. `known` is the If-None-Match header: the ETags a client has already. */
export function encodeAnswer(answer: ObjectAnswer | TextAnswer | DocumentAnswer, known = ''): WireAnswer {
  if (answer.is === 'document') return encodeDocument(answer, known);
  if (answer.is === 'text')
    return {
      status: answer.code,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: encoder.encode(answer.text),
    };
  const retry = retryAfter(answer);
  const headers = {
    ...watchHeaders,
    ...(retry === undefined ? {} : { 'retry-after': String(retry) }),
    ...(answer.warnings === undefined
      ? {}
      : { warning: answer.warnings.map((each) => `299 - ${JSON.stringify(each)}`).join(', ') }),
  };
  return { status: answer.code, headers, body: encoder.encode(`${bodyText(answer)}\n`) };
}

/** Only objects are told of by watches, too. */
function bodyText({ body }: ObjectAnswer): string {
  return text(body, 'metadata', 'uid') === '' ? JSON.stringify(body) : jsonText(body);
}

interface EncodedDocument {
  readonly etag: string;
  readonly body: Uint8Array;
}

const documents = new WeakMap<Document, EncodedDocument>();

function encodeDocument({ content, mediaType }: DocumentAnswer, known: string): WireAnswer {
  const { etag, body } = documents.get(content) ?? encodedDocument(content);
  const headers = { 'content-type': mediaType, etag, vary: 'Accept', 'cache-control': 'no-cache, private' };
  const isKnown = known.split(',').some((each) => each.trim() === etag);
  return isKnown ? { status: 304, headers, body: new Uint8Array() } : { status: 200, headers, body };
}

function encodedDocument(content: Document): EncodedDocument {
  const body = typeof content.bytes === 'string' ? encoder.encode(content.bytes) : content.bytes;
  const etag = `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`;
  const made = { etag, body };
  documents.set(content, made);
  return made;
}

function retryAfter(answer: ObjectAnswer): number | undefined {
  if (answer.code < 400 || text(answer.body, 'kind') !== 'Status') return undefined;
  const details = (answer.body as { details?: { retryAfterSeconds?: number } }).details;
  return details?.retryAfterSeconds;
}
