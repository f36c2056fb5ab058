import type { ByteSink, RemoteCommandOutcome, TerminalSize } from '../remote-command.js';

/** Bytes to the remote command, with an end. */
export interface RemoteInput extends ByteSink {
  /** No more bytes: the command reads the end of its input, in dialects that can say so. */
  close(): Promise<void>;
}

/** A remote command as its client sees it. */
export interface RemoteCommandClient {
  /** Subprotocol agreed on; empty when the server named none. */
  readonly protocol: string;
  readonly stdin?: RemoteInput;
  readonly stdout?: AsyncIterable<Uint8Array>;
  readonly stderr?: AsyncIterable<Uint8Array>;
  /** Tells the size of the terminal; without one nothing is sent. */
  resize(size: TerminalSize): Promise<void>;
  /** How the command ended. Rejects with a coded error when the connection ended without a word about it. */
  readonly outcome: Promise<RemoteCommandOutcome>;
  /** Aborts when the connection has ended, for whatever reason. */
  readonly gone: AbortSignal;
  /** Leaves with a goodbye. */
  close(): Promise<void>;
  /** Vanishes without a word, as a client that is killed. */
  destroy(): void;
}

/** One document of the resize channel, with the field names of Go. */
export function resizeDocument({ width, height }: TerminalSize): Buffer {
  return Buffer.from(`${JSON.stringify({ Width: width, Height: height })}\n`);
}

/** Longest status that is read, in bytes. */
const statusLimit = 64 * 1024;

/** Reads the error channel to its end. */
export async function readStatus(channel: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const bytes of channel) if (text.length < statusLimit) text += Buffer.from(bytes).toString();
  return text;
}
