// One state machine, that of a SPDY/3.1 connection, so it is longer than most files.
import { deferred } from '@virtual-kubelet/base';
import type { Deferred } from '@virtual-kubelet/base';
import type { SessionSettings } from '../accept-options.js';
import type { Carrier } from '../carrier.js';
import { streamError } from '../errors.js';
import { inflow } from '../inflow.js';
import { linkOf } from '../link.js';
import type { Link } from '../link.js';
import { dataHead, flagFin, goAway, ping, resetStatus, rstStream, synReply, synStream } from './frame.js';
import type { Frame } from './frame.js';
import { frameReader } from './frame-reader.js';
import { headerReader, headerWriter } from './header-block.js';
import type { Headers } from './header-block.js';
import { liveStream } from './stream.js';
import type { LiveStream, SpdyStream } from './stream.js';

/** A SPDY/3.1 connection as Kubernetes uses it: streams opened by the client, no flow control, one end for all. */
export interface SpdyConnection {
  /** Aborts when the connection has ended, for whatever reason. */
  readonly gone: AbortSignal;
  /** Begins to read: everything is ready for what may come. */
  begin(): void;
  /** Opens a stream; resolves when the other side has accepted it. */
  open(headers: Headers): Promise<SpdyStream>;
  /** Resets what is open, says goodbye, ends the connection. Resolves when all bytes are with the operating system. */
  close(): Promise<void>;
  /** Says goodbye and ends the connection as {@link close} does, but lets the open streams end with it. */
  finish(): Promise<void>;
  /** Ends the connection at once. */
  lost(reason: Error): void;
}

/** How one side plays its role. */
export interface SpdyOptions {
  readonly settings: SessionSettings;
  readonly role: 'server' | 'client';
  /** Whether a stream that the other side opens is wanted. */
  accepts(headers: Headers): boolean;
  /** Takes a stream that was accepted. */
  onStream(stream: SpdyStream): void;
}

/** Waiting output above which a peer that provokes answers without reading them gets none, in bytes. */
const answerBacklog = 1024 * 1024;

const mostOffences = 1000;

const noHeaders: Headers = new Map();
const noBytes = Buffer.alloc(0);

function violation(why: string): Error {
  return streamError('VK_STREAMS_PROTOCOL', { why });
}

interface State {
  readonly carrier: Carrier;
  readonly link: Link;
  readonly options: SpdyOptions;
  readonly streams: Map<number, LiveStream>;
  readonly replies: Map<number, Deferred<SpdyStream>>;
  readonly readHeaders: (block: Buffer) => Headers;
  readonly writeHeaders: (headers: Headers) => Buffer;
  readonly newStream: (id: number, headers: Headers) => LiveStream;
  lastPeerId: number;
  nextId: number;
  nextPing: number;
  offences: number;
  /** No new streams: the other side said goodbye. */
  goingAway: boolean;
  ending: Promise<void> | undefined;
}

function answer({ link }: State, frame: Buffer): void {
  if (link.backlog > answerBacklog) return link.lost(violation('answers are provoked and not read'));
  link.send(frame);
}

/** Counts what no client of Kubernetes does; a few may be a bug, many are an attack on the time of this process. */
function offence(state: State, reply?: Buffer): void {
  state.offences += 1;
  if (state.offences > mostOffences) return state.link.lost(violation(`${mostOffences} frames that nobody asked for`));
  if (reply) answer(state, reply);
}

function idIsValid({ options, lastPeerId }: State, id: number): boolean {
  return id > lastPeerId && (id & 1) === (options.role === 'server' ? 1 : 0);
}

function onSynStream(state: State, frame: Frame & { type: 'synStream' }): void {
  const headers = state.readHeaders(frame.block);
  const { id, flags } = frame;
  if (!idIsValid(state, id)) return offence(state, rstStream(id, resetStatus.protocolError));
  state.lastPeerId = id;
  if (state.goingAway || state.streams.size >= state.options.settings.limits.streams)
    return answer(state, rstStream(id, resetStatus.refusedStream));
  if (!state.options.accepts(headers)) return offence(state, rstStream(id, resetStatus.cancel));
  const stream = state.newStream(id, headers);
  state.streams.set(id, stream);
  // Before anything that the acceptor may write: peers drop data of a stream without a reply.
  answer(state, synReply(id, state.writeHeaders(noHeaders)));
  if ((flags & flagFin) !== 0) stream.receive(noBytes, true);
  state.options.onStream(stream);
}

function onSynReply(state: State, frame: Frame & { type: 'synReply' }): void {
  state.readHeaders(frame.block);
  const stream = state.streams.get(frame.id);
  if (!stream) return;
  if (frame.fin) stream.receive(noBytes, true);
  state.replies.get(frame.id)?.resolve(stream);
  state.replies.delete(frame.id);
}

function onReset(state: State, id: number): void {
  const reason = streamError('VK_STREAMS_RESET');
  state.streams.get(id)?.abandoned(reason);
  state.replies.get(id)?.reject(reason);
  state.replies.delete(id);
}

function onPing({ options, link }: State, id: number): void {
  const fromPeer = (id & 1) === (options.role === 'server' ? 1 : 0);
  // Go's SPDY client waits for the answer to one ping before it sends the next, and does not read it while its user does
  // not read the output: its silence proves nothing.
  link.heard(fromPeer ? 'data' : 'answer');
  if (fromPeer && id !== 0 && link.backlog <= answerBacklog) link.send(ping(id));
}

function onFrame(state: State, frame: Frame): void {
  if (frame.type === 'ping') return onPing(state, frame.id);
  state.link.heard('data');
  switch (frame.type) {
    case 'data':
      return state.streams.get(frame.id)?.receive(frame.payload, frame.fin);
    case 'synStream':
      return onSynStream(state, frame);
    case 'synReply':
      return onSynReply(state, frame);
    case 'rstStream':
      return onReset(state, frame.id);
    case 'goAway':
      state.goingAway = true;
      return closeWhenDone(state);
    case 'headers':
      // Unused, but the block is part of the compressed stream.
      state.readHeaders(frame.block);
      offence(state);
      if (frame.fin) state.streams.get(frame.id)?.receive(noBytes, true);
      return;
    case 'ignored':
      return;
  }
}

function closeWhenDone(state: State): void {
  if (state.goingAway && state.streams.size === 0) end(state).catch(() => undefined);
}

function end(state: State): Promise<void> {
  state.ending ??= endOnce(state);
  return state.ending;
}

async function endOnce({ carrier, link, lastPeerId }: State): Promise<void> {
  link.send(goAway(lastPeerId));
  carrier.goodbye?.(link);
  await link.end();
  link.linger().catch(() => undefined);
}

function abandonAll(state: State): void {
  const reason = state.link.gone.reason as Error;
  for (const stream of state.streams.values()) stream.abandoned(reason);
  for (const reply of state.replies.values()) reply.reject(reason);
  state.replies.clear();
}

function openStream(state: State, headers: Headers): Promise<SpdyStream> {
  if (state.link.gone.aborted) return Promise.reject(state.link.gone.reason);
  if (state.goingAway || state.ending) return Promise.reject(streamError('VK_STREAMS_CLOSED'));
  const id = state.nextId;
  state.nextId += 2;
  const reply = deferred<SpdyStream>();
  state.streams.set(id, state.newStream(id, headers));
  state.replies.set(id, reply);
  state.link.send(synStream(id, state.writeHeaders(headers)));
  return reply.promise;
}

/** A stream on which an empty DATA frame says nothing: peers skip it, and answer nothing. */
function probe(state: State): void {
  const [stream] = state.streams.values();
  if (stream) state.link.send(dataHead(stream.id, 0, false));
}

/** Speaks SPDY/3.1 over an upgraded socket, or inside a WebSocket. */
export function spdyConnection(carrier: Carrier, options: SpdyOptions): SpdyConnection {
  const { settings, role } = options;
  const { socket } = carrier;
  const reader = frameReader(settings.limits.controlFrame);
  const link = linkOf(carrier, settings, {
    keepAlive: () => {
      link.send(ping(state.nextPing));
      state.nextPing += 2;
    },
    probe: () => probe(state),
  });
  const flow = inflow(settings.limits, (paused) => {
    if (paused) socket.pause();
    else socket.resume();
    link.pausing(paused);
  });
  const first = role === 'server' ? 2 : 1;
  const state: State = {
    carrier,
    link,
    options,
    streams: new Map(),
    replies: new Map(),
    readHeaders: headerReader(settings.limits.headerBlock),
    writeHeaders: headerWriter(),
    newStream: (id, headers) => liveStream({ id, headers, link, readable: flow.open(), over: () => forget(id) }),
    lastPeerId: 0,
    nextId: first,
    nextPing: first,
    offences: 0,
    goingAway: false,
    ending: undefined,
  };
  const forget = (id: number): void => {
    state.streams.delete(id);
    closeWhenDone(state);
  };
  const receive = (chunk: Buffer): void => {
    try {
      for (const frame of reader.read(chunk)) {
        if (state.ending || link.gone.aborted) return;
        onFrame(state, frame);
      }
    } catch (error) {
      link.lost(error as Error);
    }
  };
  const finish = (): Promise<void> => {
    flow.release();
    for (const stream of state.streams.values()) stream.readable.discard();
    return end(state);
  };
  const close = (): Promise<void> => {
    for (const stream of state.streams.values()) stream.reset();
    return finish();
  };
  link.gone.addEventListener('abort', () => abandonAll(state));
  const over = (): void => link.lost(streamError('VK_STREAMS_PEER_GONE', { why: 'it ended the connection' }));
  const begin = (): void => carrier.listen(link, { bytes: receive, end: over });
  return { gone: link.gone, begin, open: (headers) => openStream(state, headers), close, finish, lost: link.lost };
}
