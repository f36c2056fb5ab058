import type { LogOptions } from '@virtual-kubelet/provider';
import type { LogReading } from './log-flow.js';
import { flowOf } from './log-flow.js';
import type { LogPiece } from './log-piece.js';
import type { LogFlow, LogRequest, LogSource } from './log-source.js';
import type { LogTime } from './log-time.js';
import { logTime } from './log-time.js';
import { logWriter } from './log-writer.js';

type Pieces = readonly LogPiece[];

function requestOf({ follow, tailLines, sinceTime }: LogOptions): LogRequest {
  return {
    follow,
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
  };
}

/** Lines that come while we look, and have no time, get the one of their arrival. */
async function* stamped(live: AsyncIterable<Pieces>, now: () => LogTime): AsyncGenerator<Pieces> {
  for await (const pieces of live) {
    const time = now();
    yield pieces.map((piece) => (piece.time === undefined ? { ...piece, time } : piece));
  }
}

async function* shown(
  flow: LogFlow<Pieces>,
  options: LogOptions,
  { clock, lend = false }: LogReading,
): AsyncGenerator<Uint8Array> {
  const writer = logWriter(options, lend);
  const live = options.follow ? flow.live : undefined;
  const arriving = live && options.timestamps ? stamped(live, () => logTime(clock.wall())) : live;
  const all = arriving ? [flow.history, arriving] : [flow.history];
  for (const part of all) {
    for await (const pieces of part) {
      const bytes = writer.write(pieces);
      if (bytes) yield bytes;
      writer.release();
      if (writer.full) return;
    }
  }
}

/**
 * Reads a log with the options of `kubectl logs`. Options that need times (`timestamps`, `sinceTime`) leave lines alone
 * whose time the platform does not know; with `follow`, lines that arrive get the time of arrival. `limitBytes` may be
 * missed by up to three bytes rather than cut a character. Failures of polling that pass are lived through; a log that is
 * not found any more has ended.
 */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  reading: LogReading,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* shown(flowOf(source, requestOf(options), reading), options, reading);
  } catch (error) {
    if (!reading.signal.aborted) throw error;
  }
}
