import { lifetime } from '@virtual-kubelet/base';
import type { Clock } from '@virtual-kubelet/base';
import type { Duplex } from 'node:stream';
import type { SessionSettings } from './accept-options.js';
import { streamError } from './errors.js';
import { tuneForStreams } from './tcp.js';

/** What a dialect does for the liveness of its connection. */
export interface LinkHooks {
  /** Sends something harmless that the other side answers: the connection has been silent for a while. */
  keepAlive(): void;
  /**
   * Sends something harmless that the other side does not answer. While reading is paused only a failing write can tell
   * that the other side has gone; an answer would pile up in front of what is not read.
   */
  probe(): void;
}

/** One upgraded connection: its life, its pace, its end. */
export interface Link {
  /** Aborts when the connection has ended, for whatever reason. */
  readonly gone: AbortSignal;
  /** Bytes handed over and not yet taken by the operating system. */
  readonly backlog: number;
  /** Sends the buffers one after the other, now. */
  send(...buffers: Uint8Array[]): void;
  /** Resolves when more may be sent, undefined when that is now; rejects when the link is gone. */
  ready(): Promise<void> | undefined;
  /** Something arrived that shows the other side at work. */
  heard(what: 'data' | 'ping' | 'answer'): void;
  /** Runs something that writes to the socket; what is written in one turn of the event loop leaves together. */
  batch(write: () => void): void;
  /** Tells that reading is paused, or goes on. */
  pausing(paused: boolean): void;
  /** Ends the connection at once. */
  lost(reason: Error): void;
  /** Gives the other side a moment to close, now that all was said; then ends the connection. */
  linger(): Promise<void>;
}

/** Waiting output above which writers wait, in bytes. */
const highWater = 256 * 1024;

const keepAliveInterval = 30_000;

/** A peer that sends keep-alives and then nothing for so long is taken for dead; kubectl sends them every 5 or 10 s. */
const silenceLimit = 90_000;

/** Two probes must fail within a second: the first is answered by a reset, the second meets it. */
const probeInterval = 400;

const lingerTime = 5_000;

/** Sends all that is written within one turn of the event loop together. */
function corked(socket: Duplex): () => void {
  let waiting = false;
  const uncork = (): void => {
    waiting = false;
    socket.uncork();
  };
  return () => {
    if (waiting) return;
    waiting = true;
    socket.cork();
    process.nextTick(uncork);
  };
}

function whenDrained(socket: Duplex, gone: AbortSignal): () => Promise<void> {
  let waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  const take = (): typeof waiting => {
    const all = waiting;
    waiting = [];
    return all;
  };
  socket.on('drain', () => take().forEach(({ resolve }) => resolve()));
  gone.addEventListener('abort', () => take().forEach(({ reject }) => reject(gone.reason)));
  return () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}

interface Activity {
  /** Any traffic but keep-alives of ours and their answers. */
  last: number;
  heard: number;
  pings: number;
  paused: boolean;
}

interface Watched {
  readonly settings: SessionSettings;
  readonly activity: Activity;
  readonly gone: AbortSignal;
  readonly hooks: LinkHooks;
  backlog(): number;
  lost(reason: Error): void;
}

function verdict({ settings, activity }: Watched): Error | undefined {
  const now = settings.clock.monotonic();
  if (now - activity.last >= settings.idleTimeout) return streamError('VK_STREAMS_IDLE', { ms: settings.idleTimeout });
  if (activity.paused || activity.pings < 2 || now - activity.heard < silenceLimit) return undefined;
  return streamError('VK_STREAMS_PEER_GONE', { why: `no keep-alive for ${silenceLimit} ms` });
}

/** Our own signs of life are no traffic: an idle session must not keep itself alive. */
function quietly(activity: Activity, hook: () => void): void {
  const { last } = activity;
  hook();
  activity.last = last;
}

async function watch(watched: Watched): Promise<void> {
  const { settings, activity, gone, hooks } = watched;
  const { clock, idleTimeout } = settings;
  for (;;) {
    await clock.sleep(Math.min(keepAliveInterval, activity.last + idleTimeout - clock.monotonic()), gone);
    if (verdict(watched)) {
      // A process that was frozen looks again, after it had the chance to read.
      await clock.sleep(Math.min(1_000, idleTimeout), gone);
      const reason = verdict(watched);
      if (reason) return watched.lost(reason);
    }
    const quiet = clock.monotonic() - activity.last >= keepAliveInterval;
    if (quiet && !activity.paused && watched.backlog() === 0) quietly(activity, hooks.keepAlive);
  }
}

async function probeWhilePaused(clock: Clock, { activity, gone, hooks, backlog }: Watched): Promise<void> {
  await clock.sleep(probeInterval, gone);
  while (activity.paused) {
    if (backlog() === 0) quietly(activity, hooks.probe);
    await clock.sleep(probeInterval, gone);
  }
}

/** Takes charge of a connection. Its reading stays with the dialect. */
export function linkOf(socket: Duplex, settings: SessionSettings, hooks: LinkHooks): Link {
  const { clock } = settings;
  const life = lifetime();
  const gone = life.signal;
  const now = clock.monotonic();
  const activity: Activity = { last: now, heard: now, pings: 0, paused: false };
  const backlog = (): number => socket.writableLength;
  const lost = (reason: Error): void => {
    life.abort(reason);
    socket.destroy();
  };
  const watched: Watched = { settings, activity, gone, hooks, backlog, lost };
  const drained = whenDrained(socket, gone);
  const cork = corked(socket);
  const batch = (write: () => void): void => {
    if (gone.aborted) return;
    activity.last = clock.monotonic();
    cork();
    write();
  };
  let probing = false;

  tuneForStreams(socket);
  socket.on('error', (cause) => lost(streamError('VK_STREAMS_PEER_GONE', { why: cause.message }, cause)));
  socket.once('close', () => lost(streamError('VK_STREAMS_PEER_GONE', { why: 'the connection was closed' })));
  if (socket.destroyed) lost(streamError('VK_STREAMS_PEER_GONE', { why: 'the connection was closed' }));
  // Ends with the link: the only rejection is that of an aborted sleep.
  watch(watched).catch(() => undefined);

  return {
    gone,
    lost,
    get backlog() {
      return socket.writableLength;
    },
    batch,
    send: (...buffers) => batch(() => buffers.forEach((buffer) => socket.write(buffer))),
    ready() {
      // Its events may be on their way still: a writer must not run ahead of them, or they never come.
      if (socket.destroyed) lost(streamError('VK_STREAMS_PEER_GONE', { why: 'the connection was closed' }));
      if (gone.aborted) return Promise.reject(gone.reason);
      return socket.writableNeedDrain && socket.writableLength >= highWater ? drained() : undefined;
    },
    heard(what) {
      activity.heard = clock.monotonic();
      if (what !== 'answer') activity.last = activity.heard;
      if (what === 'ping') activity.pings += 1;
    },
    pausing(paused) {
      activity.paused = paused;
      if (!paused) activity.heard = clock.monotonic();
      if (!paused || probing) return;
      probing = true;
      probeWhilePaused(clock, watched)
        .catch(() => undefined)
        .finally(() => (probing = false));
    },
    async linger() {
      await clock.sleep(lingerTime, gone).catch(() => undefined);
      lost(streamError('VK_STREAMS_PEER_GONE', { why: 'it did not close the finished connection' }));
    },
  };
}
