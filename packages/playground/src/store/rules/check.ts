/** Small checks that many kinds share. Each answers with what is wrong, which is nothing where all is well. */
import type { LabelSelector } from '@virtual-kubelet/kubernetes';
import { isDnsLabel, requirementsOf, SelectorError } from '@virtual-kubelet/kubernetes';
import type { FieldError } from '../field-error.js';
import { duplicate, invalidValue, required, unsupportedValue } from '../field-error.js';
import { subdomainFault } from '../meta-rules.js';

/** What is wrong; empty where nothing is. */
export type Errors = readonly FieldError[];

/** Prose for a name that is no DNS-1123 label. */
export const labelFault =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

/** One of a few words; an unset field is fine. */
export function oneOf(path: string, value: unknown, words: readonly string[]): Errors {
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return [];
  return [unsupportedValue(path, value, words)];
}

/** A number between two bounds, both allowed; an unset field is fine. */
export function between(path: string, value: unknown, bounds: readonly [number, number]): Errors {
  const [least, most] = bounds;
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return [];
  return [invalidValue(path, value, `must be between ${least} and ${most}, inclusive`)];
}

/** A number that is not negative; an unset field is fine. */
export function notNegative(path: string, value: unknown): Errors {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return [];
  return [invalidValue(path, value, 'must be greater than or equal to 0')];
}

/** A text that must be given. */
export function given(path: string, value: string): Errors {
  return value === '' ? [required(path)] : [];
}

/** A DNS-1123 label that must be given. */
export function label(path: string, value: string): Errors {
  if (value === '') return [required(path)];
  return isDnsLabel(value) ? [] : [invalidValue(path, value, labelFault)];
}

/** A DNS-1123 subdomain; an unset field is fine. */
export function subdomain(path: string, value: string): Errors {
  const fault = value === '' ? undefined : subdomainFault(value);
  return fault === undefined ? [] : [invalidValue(path, value, fault)];
}

/** Refuses a second use of a value; remembers the first in `seen`. */
export function unique(path: string, value: string, seen: Set<string>): Errors {
  if (seen.has(value)) return [duplicate(path, value)];
  seen.add(value);
  return [];
}

/** A label selector that can be read; an unset one is fine. */
export function selectorErrors(path: string, selector: unknown): Errors {
  try {
    requirementsOf(selector as LabelSelector | undefined);
    return [];
  } catch (error) {
    if (error instanceof SelectorError) return [invalidValue(path, selector, error.message)];
    throw error;
  }
}

/** Whether a text is an IP address of either family. */
export function isAddress(ip: string): boolean {
  if (ip.includes(':')) return /^[0-9a-fA-F:.]+$/.test(ip);
  const parts = ip.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
