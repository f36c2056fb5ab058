/**
 * Logs for providers: the options of `kubectl logs` over whatever a platform gives. Choose the source that fits, a
 * decoder for its text, and give both to {@link readLog}.
 *
 * `log-source.ts` has the kinds of source, `log-piece.ts` what all of them become, `log-writer.ts` the options.
 * It does not choose the run of a container (`previous`), since only the provider knows where that one's log is.
 */
export { criDecoder, jsonLinesDecoder, textDecoder, timedTextDecoder } from './decoders.js';
export type { LogDecoder } from './log-decoder.js';
export type { LogReading } from './log-flow.js';
export type { LogPiece } from './log-piece.js';
export type {
  BytesSource,
  LinesSource,
  LogFlow,
  LogPage,
  LogRange,
  LogRead,
  LogRequest,
  LogSnapshot,
  LogSource,
  PageSource,
  PositionSource,
  SnapshotSource,
} from './log-source.js';
export { logTime, parseLogTime } from './log-time.js';
export type { LogTime } from './log-time.js';
export { mergedSource } from './merged-source.js';
export type { PollPace } from './polling.js';
export { readLog } from './read-log.js';
