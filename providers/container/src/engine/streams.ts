/** Exec and attach: a raw connection to the engine joined with the streams of a user. */
import { once } from 'node:events';
import type { ExecStreams, Sink, TerminalSize } from '@virtual-kubelet/provider';
import type { RawConnection } from './engine-client.js';
import { outputFrames } from './frames.js';

/** Tells the engine that the terminal has another size. */
export type Resize = (size: TerminalSize) => Promise<void>;

async function* bytesOf({ socket, head }: RawConnection): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head;
  yield* socket as AsyncIterable<Uint8Array>;
}

async function readInto(connection: RawConnection, { stdout, stderr, tty }: ExecStreams): Promise<void> {
  const write = async (sink: Sink | undefined, bytes: Uint8Array): Promise<void> => sink?.write(bytes);
  if (tty) {
    for await (const chunk of bytesOf(connection)) await write(stdout, chunk);
    return;
  }
  for await (const { stream, bytes } of outputFrames(bytesOf(connection)))
    await write(stream === 'stderr' ? stderr : stdout, bytes);
}

/** The end of the input is a half-close: output goes on. */
async function writeFrom({ socket }: RawConnection, stdin: AsyncIterable<Uint8Array>, ends: boolean): Promise<void> {
  for await (const chunk of stdin) {
    if (socket.destroyed) return;
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  if (ends) socket.end();
}

async function follow(sizes: AsyncIterable<TerminalSize>, resize: Resize): Promise<void> {
  // The engine may know the terminal a moment later than the user sent its size; a lost size is no reason to fail.
  for await (const size of sizes) await resize(size).catch(() => undefined);
}

/** How a connection is joined. */
export interface JoinOptions {
  readonly resize: Resize;
  readonly signal: AbortSignal;
  /** The engine is not told that the input ended. @default false */
  readonly keepsInput?: boolean;
}

/** Moves bytes both ways until the output ends or the signal aborts, which closes the connection. */
export async function join(connection: RawConnection, streams: ExecStreams, options: JoinOptions): Promise<void> {
  const { socket } = connection;
  const { signal, resize, keepsInput = false } = options;
  const stop = (): void => void socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  // Both may outlive the output: whoever types is not asked to stop.
  if (streams.stdin) writeFrom(connection, streams.stdin, !keepsInput).catch(() => undefined);
  if (streams.resize) follow(streams.resize, resize).catch(() => undefined);
  try {
    await readInto(connection, streams);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}
