import type { Clock } from '@virtual-kubelet/base';
import type { Duplex } from 'node:stream';
import { dataHead } from '../spdy/frame.js';
import { signOf } from '../websocket/web-socket.js';

/** Two probes must fail within a second: the first is answered by a reset, the second meets it. */
const probeInterval = 400;

/** Follows the frames that pass, without looking into them. */
export interface FrameFollower {
  pass(chunk: Uint8Array): void;
  /** Whether a frame may begin here. */
  readonly isBetween: boolean;
}

/** What a relay must know of a protocol. */
interface Framing {
  /** Length of the frame that begins with these bytes, its head included; undefined when that takes more of them. */
  lengthOf(start: Buffer): number | undefined;
  /** A frame that says nothing and that nobody answers. */
  readonly nothing: Buffer;
}

const headOfSpdy = 8;

const spdy: Framing = {
  lengthOf: (start) => (start.length < headOfSpdy ? undefined : headOfSpdy + start.readUIntBE(5, 3)),
  // For a stream that nobody opens: the end of one that has gone may always be under way.
  nothing: dataHead(0x7fffffff, 0, false),
};

const webSocket: Framing = {
  lengthOf(start) {
    if (start.length < 2) return undefined;
    const short = start.readUInt8(1) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (start.length < head) return undefined;
    if (short === 126) return head + start.readUInt16BE(2);
    return head + (short === 127 ? start.readUInt32BE(2) * 2 ** 32 + start.readUInt32BE(6) : short);
  },
  nothing: signOf('server', 'pong'),
};

function framingOf(protocol: string): Framing | undefined {
  if (/^websocket$/i.test(protocol)) return webSocket;
  return /^spdy\/3\.1$/i.test(protocol) ? spdy : undefined;
}

const noBytes = Buffer.alloc(0);

function follow({ lengthOf }: Framing): FrameFollower {
  let start: Buffer = noBytes;
  let left = 0;
  return {
    get isBetween() {
      return left === 0 && start.length === 0;
    },
    pass(chunk) {
      for (let at = 0; at < chunk.length;) {
        const taken = Math.min(left, chunk.length - at);
        left -= taken;
        at += taken;
        if (left > 0 || at === chunk.length) return;
        // One byte more is looked at until the length is known: a head is short.
        start = Buffer.concat([start, chunk.subarray(at, at + 1)]);
        at += 1;
        const length = lengthOf(start);
        if (length === undefined) continue;
        left = length - start.length;
        start = noBytes;
      }
    },
  };
}

/** The two sides of a relay, from the client's view. */
export interface Probed {
  readonly client: Duplex;
  readonly server: Duplex;
  /** What the server sent together with its answer. */
  readonly head: Uint8Array;
  /** As in the header `Upgrade`. */
  readonly protocol: string;
}

/**
 * Lets a relay learn that its client has gone while nothing more is read from it, because the server reads nothing: only a
 * write that fails tells then, and the server may have nothing to say. Does nothing for a protocol it does not know.
 */
export function probeClient({ client, server, head, protocol }: Probed, clock: Clock, over: AbortSignal): void {
  const framing = framingOf(protocol);
  if (!framing) return;
  const frames = follow(framing);
  let isProbing = false;
  const probe = async (): Promise<void> => {
    await clock.sleep(probeInterval, over);
    while (client.isPaused()) {
      if (frames.isBetween && client.writableLength === 0) client.write(framing.nothing);
      await clock.sleep(probeInterval, over);
    }
  };
  frames.pass(head);
  server.on('data', (chunk: Buffer) => frames.pass(chunk));
  client.on('pause', () => {
    if (isProbing) return;
    isProbing = true;
    probe()
      .catch(() => undefined)
      .finally(() => (isProbing = false));
  });
}
