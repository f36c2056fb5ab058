import type { LinesSource, LogFlow, LogPiece } from '@virtual-kubelet/provider-kit';
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { ContainerBackend, LogFrame } from '../backend.js';

const newline = 10;

function pieceOf({ stream, time, bytes }: LogFrame): LogPiece {
  const ends = bytes.at(-1) === newline;
  return { stream, time, ends, bytes: ends ? bytes.subarray(0, -1) : bytes };
}

async function* pieces(frames: AsyncIterable<LogFrame>): AsyncGenerator<readonly LogPiece[]> {
  for await (const frame of frames) yield [pieceOf(frame)];
}

async function* nothing(): AsyncGenerator<readonly LogPiece[]> {}

/** The log of one run as a source for the log reader. The engine counts the last lines: one that is followed has no end to count from. */
export function runLogSource(backend: Pick<ContainerBackend, 'logs'>, id: string): LinesSource {
  return {
    kind: 'lines',
    open({ follow, tailLines, sinceTime }, signal): LogFlow<readonly LogPiece[]> {
      const query = {
        follow,
        ...(tailLines === undefined ? {} : { tail: tailLines }),
        ...(sinceTime === undefined ? {} : { since: Math.floor(parseTime(sinceTime)) }),
      };
      const all = pieces(backend.logs(id, query, signal));
      return follow ? { history: nothing(), live: all } : { history: all };
    },
  };
}
