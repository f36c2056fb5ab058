import { canonicalQuantity, parseTime, formatTime } from '@virtual-kubelet/kubernetes';
import type { ResourceRequirements } from '@virtual-kubelet/kubernetes';

/** Longest termination or waiting message of one container, bytes (kubernetes/kubernetes:pkg/kubelet/container/runtime.go). */
const longestMessage = 4_096;
/** What the messages of all containers of a pod share, bytes. */
const longestMessages = 12_288;
const canonicalLength = '2006-01-02T15:04:05Z'.length;
const mostInt32 = 2_147_483_647;

/** Bytes a message of one container may have, in a pod with so many containers. */
export function messageLimit(containers: number): number {
  return Math.min(longestMessage, Math.floor(longestMessages / Math.max(containers, 1)));
}

/**
 * A time as the API server gives it back: whole seconds, UTC. Undefined for what is no time, and for Go's zero time,
 * which the API takes for none.
 */
export function wholeSeconds(time: string | undefined): string | undefined {
  if (typeof time !== 'string') return undefined;
  try {
    const milliseconds = parseTime(time);
    if (milliseconds < 0) return undefined;
    return time.length === canonicalLength && time.endsWith('Z') ? time : formatTime(milliseconds);
  } catch {
    return undefined;
  }
}

/** A whole number the API's int32 fields can hold; undefined for anything else. */
export function int32(value: number | undefined): number | undefined {
  return Number.isInteger(value) && Math.abs(value ?? Infinity) <= mostInt32 ? value : undefined;
}

/** Bytes of the UTF-8 form of a character. */
function byteLength(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point > 0xffff ? 4 : 3;
}

/** Cuts at a character, so that the UTF-8 form has at most so many bytes. */
function cutTo(text: string, bytes: number): string {
  let used = 0;
  for (let at = 0; at < text.length;) {
    const point = text.codePointAt(at) ?? 0;
    const size = byteLength(point);
    if (used + size > bytes) return text.slice(0, at);
    used += size;
    at += point > 0xffff ? 2 : 1;
  }
  return text;
}

/**
 * Text as the API server stores it, at most so many bytes long. Lone surrogates become U+FFFD there: sent as they are,
 * the text would differ from its own echo for ever.
 */
export function clipped(text: string, bytes: number): string {
  const short = text.length * 3 <= bytes ? text : cutTo(text, bytes);
  return short.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A message, or undefined when there is nothing in it. */
export function message(text: unknown, bytes: number): string | undefined {
  return typeof text === 'string' && text !== '' ? clipped(text, bytes) : undefined;
}

/** A reason: one word, or at least short. */
export function reason(text: unknown): string | undefined {
  return message(text, 256);
}

function canonicalAmounts(amounts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const [name, amount] of Object.entries(amounts)) {
    try {
      entries.push([name, canonicalQuantity(amount)]);
    } catch {
      // What is no quantity would make the API server refuse the whole status.
    }
  }
  return Object.fromEntries(entries);
}

/** Resources as the API server gives them back. */
export function canonicalResources(resources: ResourceRequirements): ResourceRequirements {
  const { claims, limits, requests } = resources;
  return {
    ...(claims ? { claims } : {}),
    ...(limits ? { limits: canonicalAmounts(limits) } : {}),
    ...(requests ? { requests: canonicalAmounts(requests) } : {}),
  };
}
