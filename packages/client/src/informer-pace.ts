/** When an informer goes on after its watch broke, and whether it must list again. Pure. */
import type { BackoffOptions, Random } from '@virtual-kubelet/base';
import { backoffDelay, CodedError } from '@virtual-kubelet/base';
import { ApiError, isGone } from './api-error.js';
import type { ListReason } from './client-metrics.js';

/** Why a round of an informer came to its end. */
export type InterruptionKind =
  /** The server closed the watch in good order. */
  | 'ended'
  /** The connection broke, or the server failed. */
  | 'broken'
  /** The server asks for patience. */
  | 'busy'
  /** The version is no longer kept, or not known to this server. */
  | 'expired'
  /** The server's data were replaced by older ones. */
  | 'restored'
  /** A line made no sense: an event may be lost. */
  | 'malformed'
  /** The server will not have it: permission, unknown kind, bad request. */
  | 'refused';

/** How a round went. */
export interface Interruption {
  readonly kind: InterruptionKind;
  /** Milliseconds the watch was open; undefined when it never was. */
  readonly open: number | undefined;
  /** Whether anything came through the watch. */
  readonly hasBytes: boolean;
  /** Milliseconds the server asked to wait. */
  readonly retryAfter?: number | undefined;
}

/** What is remembered from round to round. */
export interface Pace {
  /** Bad rounds in a row. */
  readonly failures: number;
  /** Watches in a row that were closed at once without a word. */
  readonly closes: number;
}

/** What to do next. */
export interface NextRound {
  readonly pace: Pace;
  /** Milliseconds to wait. */
  readonly delay: number;
  /** Why everything must be read again; absent: go on from the last version. */
  readonly list?: ListReason;
}

/** The pace of the first round. */
export const freshPace: Pace = { failures: 0, closes: 0 };

/** A watch that was open this long was fine, milliseconds. */
const healthy = 30_000;
/** A watch that ends sooner was closed at once, milliseconds. */
const atOnce = 1_000;
/** That many closes at once, and the version is taken for bad although the server does not say so. */
const mostCloses = 5;
/** Longest wait a server can impose, milliseconds. */
const longestWait = 30_000;
/** As client-go's reflectors: from 0.8 s to 30 s, spread by half so that a fleet does not come back together. */
const usual: BackoffOptions = { first: 1_600, most: 30_000, jitter: 0.5 };
/** A refusal lasts until somebody changes something. */
const slow: BackoffOptions = { first: 10_000, most: 60_000, jitter: 0.5 };

function isUnknownVersion(error: ApiError): boolean {
  return error.status === 400 || error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
}

/** Says what an error means for the watch; undefined is an end in good order. */
export function interruptionKind(error: unknown): InterruptionKind {
  if (error === undefined) return 'ended';
  if (error instanceof CodedError && error.code === 'VK_WATCH_MALFORMED') return 'malformed';
  if (error instanceof CodedError && error.code === 'VK_WATCH_RESTORED') return 'restored';
  if (!(error instanceof ApiError)) return 'broken';
  const isForgotten: boolean = isGone(error);
  if (isForgotten || isUnknownVersion(error)) return 'expired';
  if (error.status === 429 || error.retryAfter !== undefined) return 'busy';
  return error.status >= 400 && error.status < 500 ? 'refused' : 'broken';
}

function closesAfter(closes: number, { open, hasBytes }: Interruption): number {
  if (open === undefined) return closes;
  return open < atOnce && !hasBytes ? closes + 1 : 0;
}

function listReason(kind: InterruptionKind, closes: number): ListReason | undefined {
  if (kind === 'expired' || kind === 'malformed' || kind === 'restored') return kind;
  return closes >= mostCloses ? 'closed' : undefined;
}

function delayAfter(interruption: Interruption, failures: number, random: Random): number {
  const { kind, retryAfter = 0 } = interruption;
  if (failures === 0 || (kind === 'expired' && failures === 1)) return 0;
  const own = backoffDelay(kind === 'refused' ? slow : usual, failures, random);
  return Math.max(own, Math.min(retryAfter, longestWait) * (1 + 0.2 * random.next()));
}

/** Decides what follows a round. */
export function nextRound(pace: Pace, interruption: Interruption, random: Random): NextRound {
  const { kind, open } = interruption;
  const before = open !== undefined && open >= healthy ? 0 : pace.failures;
  const failures = kind === 'ended' && open !== undefined && open >= healthy ? 0 : before + 1;
  const closes = closesAfter(pace.closes, interruption);
  const list = listReason(kind, closes);
  const delay = delayAfter(interruption, failures, random);
  return { pace: { failures, closes: list === 'closed' ? 0 : closes }, delay, ...(list ? { list } : {}) };
}
