import type { Clock } from '@virtual-kubelet/base';
import type { LogDecoder } from './log-decoder.js';
import type { LogPiece } from './log-piece.js';
import type { BytesSource, LinesSource, LogFlow, LogRequest, LogSource } from './log-source.js';
import { pageFlow } from './page-flow.js';
import type { PollPace } from './polling.js';
import { poller } from './polling.js';
import type { Reading } from './position-flow.js';
import { positionFlow } from './position-flow.js';
import { snapshotFlow } from './snapshot-flow.js';
import { tailed } from './tail.js';

/** What reading a log needs beside the source. */
export interface LogReading {
  readonly clock: Clock;
  /** Ends the reading: quietly, since nobody waits for the rest. */
  readonly signal: AbortSignal;
  /**
   * Chunks are lent: their memory is used again as soon as the next is asked for, which halves what a log costs. For
   * `getContainerLogs`, whose reader copies. @default each chunk is the reader's own
   */
  readonly lend?: boolean;
  /** How often sources that cannot stream are asked. */
  readonly pace?: PollPace;
}

type Pieces = readonly LogPiece[];

async function* decoded(bytes: AsyncIterable<Uint8Array>, decoder: LogDecoder, last: boolean): AsyncGenerator<Pieces> {
  for await (const chunk of bytes) yield decoder.push(chunk);
  if (last) yield decoder.end();
}

function bytesFlow(source: BytesSource, request: LogRequest, signal: AbortSignal): LogFlow<Pieces> {
  const { history, live } = source.open(request, signal);
  const decoder = source.decoder();
  const before = tailed(decoded(history, decoder, live === undefined), request.tailLines);
  return live === undefined ? { history: before } : { history: before, live: decoded(live, decoder, true) };
}

function linesFlow(source: LinesSource, request: LogRequest, signal: AbortSignal): LogFlow<Pieces> {
  const { history, live } = source.open(request, signal);
  return { history: tailed(history, request.tailLines), ...(live === undefined ? {} : { live }) };
}

/** Any source as a flow of pieces with the tail cut. */
export function flowOf(
  source: LogSource,
  request: LogRequest,
  { clock, signal, pace = {} }: LogReading,
): LogFlow<Pieces> {
  const reading: Reading = { signal, poller: poller(clock, pace, signal) };
  switch (source.kind) {
    case 'bytes':
      return bytesFlow(source, request, signal);
    case 'lines':
      return linesFlow(source, request, signal);
    case 'pages':
      return pageFlow(source, request, reading);
    case 'positions':
      return positionFlow(source, request, reading);
    case 'snapshots':
      return snapshotFlow(source, request, reading);
  }
}
