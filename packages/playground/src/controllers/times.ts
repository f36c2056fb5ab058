/** Times as objects carry them. */
import { parseTime } from '@virtual-kubelet/kubernetes';

/** Milliseconds since 1970; undefined for a time that is not set, which objects write as null or leave out. */
export function timeOf(text: unknown): number | undefined {
  return typeof text === 'string' && text !== '' ? parseTime(text) : undefined;
}
