/** Writes answers to a connection: whole ones at once, watches as they come and no faster than they are read. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { MessageSender } from '@virtual-kubelet/streams';
import type { Message } from '../store/watch.js';
import type { WireAnswer } from '../wire.js';
import { encodeMessages, lineOf, watchHeaders } from '../wire.js';

/** Writes a whole answer. */
export function writeAnswer(response: ServerResponse, answer: WireAnswer): void {
  const length = answer.status === 304 ? {} : { 'content-length': answer.body.length };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  response.end(answer.body);
}

/** Writes a watch until it ends; the head goes out at once, so that clients know it is open. */
export async function writeWatch(
  response: ServerResponse,
  messages: AsyncIterable<readonly Message[]>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, watchHeaders);
  response.flushHeaders();
  for await (const group of messages) {
    if (!response.write(encodeMessages(group))) await drained(response, signal);
    if (signal.aborted) break;
  }
  response.end();
}

/** Sends a watch as one message for each line, until it ends. */
export async function sendWatch(sender: MessageSender, messages: AsyncIterable<readonly Message[]>): Promise<void> {
  try {
    for await (const group of messages) {
      for (const message of group) sender.send(lineOf(message));
      await sender.ready();
    }
  } catch (error) {
    if (!sender.gone.aborted) throw error;
  }
  await sender.close();
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal });
  } catch {
    // The reader is gone: the caller sees it by the signal.
  }
}
