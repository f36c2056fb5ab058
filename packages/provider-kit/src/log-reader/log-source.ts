import type { LogDecoder } from './log-decoder.js';
import type { LogPiece } from './log-piece.js';

/** What of a log is wanted; hints for sources that can leave out the rest. Nobody has to follow them. */
export interface LogRequest {
  readonly follow: boolean;
  readonly tailLines?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
}

/** What there is of a log, and what comes. */
export interface LogFlow<T> {
  /** Ends at the present end of the log. */
  readonly history: AsyncIterable<T>;
  /** Goes on exactly where `history` ended, until the container does; wanted with `follow`. */
  readonly live?: AsyncIterable<T>;
}

/** A platform that streams bytes. */
export interface BytesSource {
  readonly kind: 'bytes';
  readonly decoder: () => LogDecoder;
  open(request: LogRequest, signal: AbortSignal): LogFlow<Uint8Array>;
}

/** A platform that gives lines with their times and streams. */
export interface LinesSource {
  readonly kind: 'lines';
  open(request: LogRequest, signal: AbortSignal): LogFlow<readonly LogPiece[]>;
}

/** Bytes wanted of a log. */
export interface LogRange {
  /** Position of the first byte, counted from the start of the log. */
  readonly from: number;
  /** Most bytes wanted. */
  readonly length: number;
}

/** Bytes of a log. */
export interface LogRead {
  /** From the position asked for; empty at the present end. */
  readonly bytes: Uint8Array;
  /** Nobody writes any more. To be found out before the bytes are read, so that none are missed. */
  readonly ended: boolean;
  /** Names the log among those at this place. When it differs, the log began anew: the bytes are dropped and reading begins at 0. */
  readonly incarnation?: string;
}

/** A platform that gives text from a position: files, and interfaces with an offset. Followed by polling. */
export interface PositionSource {
  readonly kind: 'positions';
  readonly decoder: () => LogDecoder;
  read(range: LogRange, signal: AbortSignal): Promise<LogRead>;
  /** Bytes there are now. Makes tails cheap, and shows that a log was cut short. */
  size?(signal: AbortSignal): Promise<number>;
  /** Most bytes of one read. @default 256 KiB */
  readonly chunkBytes?: number;
}

/** The log, or its latest part, as a platform gives it in one answer. */
export interface LogSnapshot {
  readonly bytes: Uint8Array;
  /** Nobody writes any more. To be found out before the bytes are read, so that none are missed. */
  readonly ended: boolean;
}

/**
 * A platform that gives nothing but its latest text. Followed by polling; what is new is found by the lines' times where
 * the decoder reads them, otherwise by overlap, which counts lines that say the same as the same.
 */
export interface SnapshotSource {
  readonly kind: 'snapshots';
  readonly decoder: () => LogDecoder;
  /** While a log is followed, `sinceTime` is the time of the last line seen, and its lines must be among the answer's. */
  read(request: LogRequest, signal: AbortSignal): Promise<LogSnapshot>;
}

/** Lines after a cursor. */
export interface LogPage {
  readonly pieces: readonly LogPiece[];
  /** Where to go on. The cursor asked for: there is no more at present. */
  readonly next: string;
  /** Nobody writes any more. To be found out before the lines are read, so that none are missed. */
  readonly ended: boolean;
}

/** A platform that gives lines page by page, each naming the next, as log services do. Followed by polling. */
export interface PageSource {
  readonly kind: 'pages';
  /** The first page is asked for without a cursor. It may begin where the request says instead of at the start of the log. */
  read(cursor: string | undefined, request: LogRequest, signal: AbortSignal): Promise<LogPage>;
}

/** Where a log comes from. */
export type LogSource = BytesSource | LinesSource | PageSource | PositionSource | SnapshotSource;
