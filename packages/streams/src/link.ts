import { blockWriter, lifetime } from '@virtual-kubelet/base';
import type { BlockFraming, BlockWriter, Clock } from '@virtual-kubelet/base';
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

/** What a link takes charge of. */
export interface Linked {
  readonly socket: Duplex;
  /** What stands around each block of output; nothing when absent. */
  readonly framing?: BlockFraming;
}

/** One upgraded connection: its life, its pace, its end. */
export interface Link {
  /** Aborts when the connection has ended, for whatever reason. */
  readonly gone: AbortSignal;
  /** Bytes handed over and not yet taken by the operating system. */
  readonly backlog: number;
  /** Sends a copy of the buffers, one after the other; what is sent in one turn of the event loop leaves together. */
  send(...buffers: Uint8Array[]): void;
  /** Sends behind it what has no part in the framing of the rest. */
  sendUnframed(bytes: Buffer): void;
  /** Resolves when more may be sent, undefined when that is now; rejects when the link is gone. */
  ready(): Promise<void> | undefined;
  /** Something arrived that shows the other side at work. */
  heard(what: 'data' | 'ping' | 'answer'): void;
  /** Tells that reading is paused, or goes on. */
  pausing(paused: boolean): void;
  /** Ends the connection at once. */
  lost(reason: Error): void;
  /** Sends no more; resolves when all is with the operating system, or lost. */
  end(): Promise<void>;
  /** Resolves when all that was sent is with the operating system, or lost. */
  flushed(): Promise<void>;
  /** Gives the other side a moment to close, now that all was said; then ends the connection. */
  linger(ms?: number): Promise<void>;
}

/** From here on output is bulk, in bytes: it waits for what else is done in this turn, a keystroke does not. */
const bulk = 8 * 1024;

const keepAliveInterval = 30_000;

/** A peer that sends keep-alives and then nothing for so long is taken for dead; kubectl sends them every 5 or 10 s. */
const silenceLimit = 90_000;

/** Two probes must fail within a second: the first is answered by a reset, the second meets it. */
const probeInterval = 400;

const lingerTime = 5_000;

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

/** Lets what was gathered leave when the present work is done. */
function flushLater(output: BlockWriter, clock: Clock): () => void {
  let isScheduled = false;
  const leave = (): void => {
    isScheduled = false;
    output.flush();
  };
  const look = (): void => {
    if (output.waiting < bulk) leave();
    else void clock.turn().then(leave);
  };
  return () => {
    if (isScheduled || output.waiting === 0) return;
    isScheduled = true;
    process.nextTick(look);
  };
}

/** Takes charge of a connection. Its reading stays with the dialect. */
export function linkOf({ socket, framing }: Linked, settings: SessionSettings, hooks: LinkHooks): Link {
  const { clock } = settings;
  const life = lifetime();
  const gone = life.signal;
  const now = clock.monotonic();
  const activity: Activity = { last: now, heard: now, pings: 0, paused: false };
  const output = blockWriter((bytes, done) => void socket.write(bytes, done), framing);
  const backlog = (): number => output.backlog;
  const lost = (reason: Error): void => {
    if (gone.aborted) return;
    life.abort(reason);
    output.drop(reason);
    socket.destroy();
  };
  const watched: Watched = { settings, activity, gone, hooks, backlog, lost };
  const later = flushLater(output, clock);
  let ending: Promise<void> | undefined;
  const finish = (last: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      output.release();
      gone.addEventListener('abort', () => resolve());
      if (gone.aborted) resolve();
      else last(resolve);
    });
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
      return output.backlog;
    },
    send(...buffers) {
      if (gone.aborted || ending) return;
      activity.last = clock.monotonic();
      for (const buffer of buffers) output.add(buffer);
      later();
    },
    sendUnframed(bytes) {
      if (gone.aborted || ending) return;
      activity.last = clock.monotonic();
      output.unframed(bytes);
    },
    ready() {
      // Its events may be on their way still: a writer must not run ahead of them, or they never come.
      if (socket.destroyed) lost(streamError('VK_STREAMS_PEER_GONE', { why: 'the connection was closed' }));
      return gone.aborted ? Promise.reject(gone.reason) : output.ready();
    },
    end() {
      ending ??= finish((done) => socket.end(done));
      return ending;
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
    flushed: () => finish((done) => socket.write('', done)),
    async linger(ms = lingerTime) {
      await clock.sleep(ms, gone).catch(() => undefined);
      lost(streamError('VK_STREAMS_PEER_GONE', { why: 'it did not close the finished connection' }));
    },
  };
}
