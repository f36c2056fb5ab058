import type { ByteQueue } from './byte-queue.js';
import type { Outbox } from './outbox.js';
import type { RemoteCommandOutcome, RemoteCommandSession, TerminalSize } from './remote-command.js';
import { statusText } from './status.js';

/** What a dialect provides for a session. */
export interface RemoteCommandParts {
  readonly protocol: string;
  readonly gone: AbortSignal;
  readonly stdin?: ByteQueue | undefined;
  readonly stdout?: Outbox | undefined;
  readonly stderr?: Outbox | undefined;
  readonly error: Outbox;
  readonly resize?: AsyncIterable<TerminalSize> | undefined;
  /** Ends the streams and then the connection, after all was said. */
  finish(): Promise<void>;
}

async function tell(parts: RemoteCommandParts, outcome: RemoteCommandOutcome): Promise<void> {
  await Promise.all([parts.stdout?.flushed(), parts.stderr?.flushed()]);
  const text = statusText(parts.protocol, outcome);
  if (text !== '') await parts.error.write(Buffer.from(text));
}

async function end(parts: RemoteCommandParts, outcome: RemoteCommandOutcome): Promise<void> {
  // A client that is gone cannot be told; that is no error of the command.
  await tell(parts, outcome).catch(() => undefined);
  await parts.finish();
}

/** Makes the session that all dialects share. */
export function remoteCommandSession(parts: RemoteCommandParts): RemoteCommandSession {
  const { protocol, gone, stdin, stdout, stderr, resize } = parts;
  let ended: Promise<void> | undefined;
  return {
    protocol,
    gone,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(resize && { resize }),
    end(outcome) {
      ended ??= end(parts, outcome);
      return ended;
    },
  };
}
