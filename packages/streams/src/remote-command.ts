/** Takes bytes at the pace of the receiver. Ownership of the chunk passes. */
export interface ByteSink {
  /** Resolves when the next chunk may be written: that is the back-pressure. Rejects when the receiver is gone. */
  write(chunk: Uint8Array): Promise<void>;
}

/** Width and height of a terminal, in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Which streams the request asked for; a terminal has no stderr of its own. */
export interface RemoteCommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** How a remote command ended: with an exit code of its own, or because it could not be run. */
export type RemoteCommandOutcome = { readonly exitCode: number } | { readonly error: string };

/** A remote command as its server sees it, whatever the dialect on the wire. */
export interface RemoteCommandSession {
  /** Subprotocol agreed on, such as `v5.channel.k8s.io`. */
  readonly protocol: string;
  /** Ends when the client half-closes (dialects that can) or goes. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: ByteSink;
  readonly stderr?: ByteSink;
  /** Present with a terminal. */
  readonly resize?: AsyncIterable<TerminalSize>;
  /** Aborts when the client is gone or too long idle. */
  readonly gone: AbortSignal;
  /** Tells the client how it ended, in the words of the dialect, after all output was delivered, and closes. */
  end(outcome: RemoteCommandOutcome): Promise<void>;
}
