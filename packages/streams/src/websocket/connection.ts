import { isUtf8 } from 'node:buffer';
import type { SessionSettings } from '../accept-options.js';
import { streamError } from '../errors.js';
import { inflow } from '../inflow.js';
import type { Inflow } from '../inflow.js';
import { linkOf } from '../link.js';
import type { Link } from '../link.js';
import type { ChannelCodec } from './channel-codec.js';
import { closeCode, frameOf, opcode } from './frame.js';
import { messageBytes } from './message-bytes.js';
import { Violation } from './violation.js';
import { listenTo, partFrom, sendGoodbye, signOf } from './web-socket.js';
import type { WebSocketEnd } from './web-socket.js';

/** A WebSocket as the channel protocols use it: messages both ways, one end. */
export interface MessageConnection {
  readonly gone: AbortSignal;
  readonly flow: Inflow;
  send(channel: number, bytes: Uint8Array): void;
  /** Sends a text that belongs to no channel. */
  sendText(text: string): void;
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
  readonly codec: ChannelCodec;
  /** Bytes of a channel as they come; `last` ends a message. */
  onBytes(channel: number, bytes: Buffer, last: boolean): void;
  /** The other side says goodbye with this code. */
  onGoodbye?(code: number | undefined): void;
}

/** Takes messages apart. Where a message can be read in pieces, its pieces are handed on as they come. */
function channelReader({ codec, onBytes }: MessageHandlers) {
  const whole = messageBytes();
  let channel: number | undefined;
  const gather = (bytes: Buffer, { isText, last }: { isText: boolean; last: boolean }): void => {
    whole.add(bytes);
    if (!last) return;
    const message = whole.take();
    if (isText && !isUtf8(message)) throw new Violation('a text that is none', closeCode.notText);
    const decoded = codec.decode(message);
    if (decoded) onBytes(decoded.channel, decoded.bytes, true);
  };
  return (bytes: Buffer, about: { isText: boolean; last: boolean }): void => {
    if (about.isText || codec.isText) return gather(bytes, about);
    const isFirst = channel === undefined && bytes.length > 0;
    if (isFirst) channel = bytes.readUInt8(0);
    if (channel !== undefined) onBytes(channel, isFirst ? bytes.subarray(1) : bytes, about.last);
    if (about.last) channel = undefined;
  };
}

function said(link: Link): Error {
  return (
    (link.gone.reason as Error | undefined) ?? streamError('VK_STREAMS_PEER_GONE', { why: 'it closes the WebSocket' })
  );
}

/** Speaks messages over a WebSocket. Listens when the present turn has ended, so that its user can make ready. */
export function messageConnection(end: WebSocketEnd, handlers: MessageHandlers): MessageConnection {
  const { socket, role } = end;
  const { settings, codec } = handlers;
  const link = linkOf({ socket }, settings, {
    keepAlive: () => link.sendUnframed(signOf(role, 'ping')),
    probe: () => link.sendUnframed(signOf(role, 'pong')),
  });
  const flow = inflow(settings.limits, (paused) => {
    if (paused) socket.pause();
    else socket.resume();
    link.pausing(paused);
  });
  let closing: Promise<void> | undefined;
  let parted = false;
  const closeOnce = async (): Promise<void> => {
    flow.release();
    sendGoodbye(link, role);
    await link.flushed();
    link.linger().catch(() => undefined);
  };
  const read = channelReader(handlers);
  const listener = {
    piece(bytes: Buffer, about: { isText: boolean; last: boolean }): void {
      link.heard('data');
      if (!closing) read(bytes, about);
    },
    sign: (what: 'ping' | 'answer'): void => link.heard(what),
    goodbye(code: number | undefined): void {
      parted = true;
      handlers.onGoodbye?.(code);
      flow.release();
      partFrom(link, role, closing !== undefined).catch(() => undefined);
    },
  };
  process.nextTick(() => listenTo(end, link, { limit: settings.limits.message, listener }));
  return {
    gone: link.gone,
    flow,
    lost: link.lost,
    ready: () => (parted || closing ? Promise.reject(said(link)) : link.ready()),
    send(channel, bytes) {
      if (!parted && !closing) link.send(...codec.encode(role, channel, bytes));
    },
    sendText(text) {
      if (!parted && !closing) link.send(frameOf({ code: opcode.text, role }, Buffer.from(text)));
    },
    close() {
      closing ??= closeOnce();
      return closing;
    },
  };
}
