import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { SessionSettings } from '../accept-options.js';
import { streamError } from '../errors.js';
import { inflow } from '../inflow.js';
import type { Inflow } from '../inflow.js';
import { linkOf } from '../link.js';

/** A WebSocket as the channel protocols use it: messages both ways, one end. */
export interface MessageConnection {
  readonly gone: AbortSignal;
  readonly flow: Inflow;
  send(message: Buffer | string): void;
  /** Resolves when more may be sent, undefined when that is now; rejects when the other side is gone. */
  ready(): Promise<void> | undefined;
  /** Closes with code 1000 behind all messages so far; resolves when they are with the operating system or lost. */
  close(): Promise<void>;
  /** Ends the connection at once. */
  lost(reason: Error): void;
}

/** What one side does with messages. */
export interface MessageHandlers {
  readonly settings: SessionSettings;
  onMessage(message: Buffer): void;
}

/** Waiting output above which pings are not answered any more, in bytes: only the flooded do not read answers. */
const answerBacklog = 1024 * 1024;

/** The code of a normal end: with any other, kubectl reports an error whatever the status said. */
const normal = 1000;

/** One message as one buffer. */
export function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/**
 * Answers pings while the other side reads the answers. The library would answer them whatever waits already.
 * @param onPing called with each ping
 */
export function answerPings(ws: WebSocket, socket: Duplex, onPing: () => void): void {
  ws.on('ping', (data: Buffer) => {
    onPing();
    if (socket.writableLength <= answerBacklog && ws.readyState === ws.OPEN) ws.pong(data);
  });
}

/** Speaks messages over a WebSocket whose raw socket is `socket`. */
export function messageConnection(ws: WebSocket, socket: Duplex, handlers: MessageHandlers): MessageConnection {
  const { settings, onMessage } = handlers;
  const link = linkOf(socket, settings, { keepAlive: () => ws.ping(), probe: () => ws.pong() });
  const flow = inflow(settings.limits, (paused) => {
    if (paused) ws.pause();
    else ws.resume();
    link.pausing(paused);
  });
  let closing: Promise<void> | undefined;
  const closeOnce = async (): Promise<void> => {
    flow.release();
    ws.close(normal);
    await new Promise<void>((resolve) => {
      link.gone.addEventListener('abort', () => resolve());
      // Nothing to send: its callback comes when all before it was sent.
      socket.write('', () => resolve());
    });
    link.linger().catch(() => undefined);
  };
  ws.on('message', (data) => {
    link.heard('data');
    if (!closing) onMessage(bytesOf(data));
  });
  ws.on('pong', () => link.heard('answer'));
  ws.on('close', () => link.lost(streamError('VK_STREAMS_PEER_GONE', { why: 'it closed the WebSocket' })));
  ws.on('error', (cause) => link.lost(streamError('VK_STREAMS_PROTOCOL', { why: cause.message }, cause)));
  answerPings(ws, socket, () => link.heard('ping'));
  return {
    gone: link.gone,
    flow,
    lost: link.lost,
    ready() {
      if (ws.readyState === ws.OPEN) return link.ready();
      // Messages are dropped from here on; a writer that never waited would not let the last events in.
      return Promise.reject(
        link.gone.reason ?? streamError('VK_STREAMS_PEER_GONE', { why: 'it closes the WebSocket' }),
      );
    },
    send: (message) => link.batch(() => ws.send(message, { binary: typeof message !== 'string' })),
    close() {
      closing ??= closeOnce();
      return closing;
    },
  };
}
