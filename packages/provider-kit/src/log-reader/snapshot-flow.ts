import type { LogPiece } from './log-piece.js';
import type { LogFlow, LogRequest, LogSnapshot, SnapshotSource } from './log-source.js';
import type { Reading } from './position-flow.js';
import type { SnapshotNews } from './snapshot-news.js';
import { snapshotNews } from './snapshot-news.js';
import { tailed } from './tail.js';

function piecesOf(source: SnapshotSource, { bytes }: LogSnapshot): readonly LogPiece[] {
  const decoder = source.decoder();
  return [...decoder.push(bytes), ...decoder.end()];
}

interface State {
  readonly news: SnapshotNews;
  ended: boolean;
}

async function* historyOf(
  source: SnapshotSource,
  call: { readonly request: LogRequest; readonly signal: AbortSignal },
  state: State,
): AsyncGenerator<readonly LogPiece[]> {
  const snapshot = await source.read(call.request, call.signal);
  state.ended = snapshot.ended;
  yield state.news.take(piecesOf(source, snapshot));
  if (snapshot.ended || !call.request.follow) yield state.news.rest();
}

async function* liveOf(
  source: SnapshotSource,
  { news, ended }: State,
  reading: Reading,
): AsyncGenerator<readonly LogPiece[]> {
  const { poller, signal } = reading;
  for (let over = ended; !over;) {
    await poller.pause();
    const sinceTime = news.lastTime;
    const request = { follow: true, ...(sinceTime === undefined ? {} : { sinceTime }) };
    const snapshot = await poller.poll(() => source.read(request, signal));
    if (!snapshot) return;
    const pieces = news.take(piecesOf(source, snapshot));
    if (pieces.length > 0) poller.news();
    over = snapshot.ended;
    yield pieces;
    if (over) yield news.rest();
  }
}

/** Starts the live part only when it is asked for, after the history told how it ended. */
async function* later<T>(start: () => AsyncIterable<T>): AsyncGenerator<T> {
  yield* start();
}

/** The flow of a {@link SnapshotSource}, its tail already cut. */
export function snapshotFlow(
  source: SnapshotSource,
  request: LogRequest,
  reading: Reading,
): LogFlow<readonly LogPiece[]> {
  const state: State = { news: snapshotNews(), ended: false };
  const history = tailed(historyOf(source, { request, signal: reading.signal }, state), request.tailLines);
  return request.follow ? { history, live: later(() => liveOf(source, state, reading)) } : { history };
}
