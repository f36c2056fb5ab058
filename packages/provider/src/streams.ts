import type { CallContext } from './call-context.js';
import type { PodRef } from './pod-ref.js';

/** Takes bytes at the pace of the receiver. Ownership of the chunk passes: the caller must not touch it again. */
export interface Sink {
  /** Resolves when the next chunk may be written: that is the back-pressure. Rejects when the receiver is gone. */
  write(chunk: Uint8Array): Promise<void>;
}

/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Streams of an exec or attach. The end of `stdin` is a half-close: output goes on. */
export interface ExecStreams {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: Sink;
  /** Never present with `tty`: a terminal has one output. */
  readonly stderr?: Sink;
  /** Present with `tty`. */
  readonly resize?: AsyncIterable<TerminalSize>;
  readonly tty: boolean;
}

/** How a command ended. */
export interface ExitStatus {
  readonly exitCode: number;
}

/** Which part of a container's log to give, as the provider has to honour it. */
export interface LogOptions {
  readonly follow: boolean;
  /** Of the run before the present one. */
  readonly previous: boolean;
  /** Each line begins with its time, RFC 3339. */
  readonly timestamps: boolean;
  /** Last lines; absent: all. */
  readonly tailLines?: number;
  /** RFC 3339; the node turns `sinceSeconds` into this. */
  readonly sinceTime?: string;
  /** The most bytes to give, times included. */
  readonly limitBytes?: number;
  readonly stream: 'All' | 'Stdout' | 'Stderr';
}

/** A two-way byte connection into a pod. */
export interface PodConnection {
  readonly readable: AsyncIterable<Uint8Array>;
  readonly writable: Sink;
  /** Half-close: no more bytes from our side. */
  closeWrite(): Promise<void>;
}

/** A container in a pod. */
export interface ContainerRef {
  readonly pod: PodRef;
  readonly container: string;
}

/** `kubectl logs`. */
export interface LogProvider {
  /**
   * Bytes of the log, lines ended by newlines. Ends with the log, or follows until `context.signal` aborts. The
   * options are the provider's to honour, the node filters nothing: `readLog` of provider-kit does it for whatever a
   * platform gives. The reader is done with a chunk when it asks for the next: its memory may be used again.
   */
  getContainerLogs(container: ContainerRef, options: LogOptions, context: CallContext): AsyncIterable<Uint8Array>;
}

/** `kubectl exec`. */
export interface ExecProvider {
  /** Runs a command in a container. `context.signal` aborts when the client is gone: end the command. */
  exec(container: ContainerRef, command: readonly string[], call: ExecCall): Promise<ExitStatus>;
}

/** Streams and context of an exec or attach. */
export interface ExecCall {
  readonly streams: ExecStreams;
  readonly context: CallContext;
}

/** `kubectl attach`. */
export interface AttachProvider {
  /** Connects to the container's first process until it ends or the client goes. */
  attach(container: ContainerRef, call: ExecCall): Promise<ExitStatus>;
}

/** `kubectl port-forward`. */
export interface PortForwardProvider {
  /** Opens one connection to a port of the pod: never to another host. */
  portForward(pod: PodRef, port: number, context: CallContext): Promise<PodConnection>;
}
