import type { LogPiece } from './log-piece.js';
import type { LogFlow, LogRequest, PageSource } from './log-source.js';
import type { Reading } from './position-flow.js';
import { tailed } from './tail.js';

interface Place {
  cursor?: string;
}

async function* historyOf(
  source: PageSource,
  place: Place,
  call: { readonly request: LogRequest; readonly signal: AbortSignal },
): AsyncGenerator<readonly LogPiece[]> {
  for (;;) {
    const page = await source.read(place.cursor, call.request, call.signal);
    yield page.pieces;
    const isEnd = page.next === place.cursor;
    place.cursor = page.next;
    if (isEnd) return;
  }
}

async function* liveOf(
  source: PageSource,
  place: Place,
  call: { readonly request: LogRequest; readonly reading: Reading },
): AsyncGenerator<readonly LogPiece[]> {
  const { poller, signal } = call.reading;
  for (;;) {
    const page = await poller.poll(() => source.read(place.cursor, call.request, signal));
    if (!page) return;
    yield page.pieces;
    const isEnd = page.next === place.cursor;
    place.cursor = page.next;
    if (isEnd && page.ended) return;
    if (page.pieces.length > 0) poller.news();
    if (isEnd) await poller.pause();
  }
}

/** The flow of a {@link PageSource}, its tail already cut. */
export function pageFlow(source: PageSource, request: LogRequest, reading: Reading): LogFlow<readonly LogPiece[]> {
  const place: Place = {};
  const history = tailed(historyOf(source, place, { request, signal: reading.signal }), request.tailLines);
  return request.follow ? { history, live: liveOf(source, place, { request, reading }) } : { history };
}
