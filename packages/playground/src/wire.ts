/** Answers as bytes. */
import type { ObjectAnswer, TextAnswer } from './store/answer.js';
import { text } from './store/json.js';
import type { Message } from './store/watch.js';

const encoder = new TextEncoder();

/** Objects are shared and never change, so each is written once however many watches tell of it. */
const written = new WeakMap<object, string>();

function jsonText(value: object): string {
  const known = written.get(value);
  if (known !== undefined) return known;
  const made = JSON.stringify(value);
  written.set(value, made);
  return made;
}

/** Lines of a watch. */
export function encodeMessages(messages: readonly Message[]): Uint8Array {
  const lines = messages.map(({ type, object }) => `{"type":"${type}","object":${jsonText(object)}}\n`);
  return encoder.encode(lines.join(''));
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

/** Writes an answer with its headers. */
export function encodeAnswer(answer: ObjectAnswer | TextAnswer): WireAnswer {
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
  return { status: answer.code, headers, body: encoder.encode(`${JSON.stringify(answer.body)}\n`) };
}

function retryAfter(answer: ObjectAnswer): number | undefined {
  if (answer.code < 400 || text(answer.body, 'kind') !== 'Status') return undefined;
  const details = (answer.body as { details?: { retryAfterSeconds?: number } }).details;
  return details?.retryAfterSeconds;
}
