import { clipped } from '../pod-status/normal-values.js';

/** Longest message the events API takes, bytes. */
const longestMessage = 1_024;
const longestReason = 128;
/** Longest name of an object, and what a dot and sixteen digits take of it. */
const longestStem = 253 - 17;

function escaped(character: string): string {
  if (character === '\n' || character === '\t') return character;
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/**
 * A message fit for a terminal: control characters other than line breaks and tabs, which could colour, erase or forge
 * what a user reads, are shown as `\x1b`.
 */
export function eventMessage(message: string): string {
  // Escaping makes text longer, so what cannot fit is cut before.
  const short = clipped(message, longestMessage);
  return clipped(short.replace(/\p{Cc}/gu, escaped), longestMessage);
}

/** A reason the API takes. */
export function eventReason(reason: string): string {
  return clipped(reason, longestReason);
}

/** A name for an event about an object, as kubectl users know them: `<object>.<hexadecimal digits>`. */
export function eventName(object: string, uuid: string): string {
  return `${object.slice(0, longestStem)}.${uuid.replaceAll('-', '').slice(0, 16)}`;
}
