import type { Clock } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import type { LogOptions } from '@virtual-kubelet/provider';
import { readLog } from '@virtual-kubelet/provider-kit';
import type { ContainerBackend } from '../backend.js';
import { runLogSource } from './container-log.js';
import type { PodContainer } from '../labels.js';
import type { PodStorage } from '../storage/pod-storage.js';

const mostLogLines = 80;
const mostLogBytes = 2_048;

/** Where messages come from. */
interface MessageSources {
  readonly storage: PodStorage;
  readonly backend: ContainerBackend;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

function lastBytes(before: Uint8Array, more: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + more.length);
  both.set(before);
  both.set(more, before.length);
  return both.slice(Math.max(both.length - mostLogBytes, 0));
}

/** The last lines of a log, as the fallback message of a failed container. */
async function lastWords({ backend, clock, signal }: MessageSources, id: string): Promise<string> {
  const reading: LogOptions = {
    follow: false,
    previous: false,
    timestamps: false,
    stream: 'All',
    tailLines: mostLogLines,
  };
  let end: Uint8Array = new Uint8Array(0);
  for await (const bytes of readLog(runLogSource(backend, id), reading, { clock, signal })) end = lastBytes(end, bytes);
  // A character that was cut in two at the start is none.
  let start = 0;
  while (((end[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start += 1;
  return new TextDecoder().decode(end.subarray(start));
}

/** What a run that ended left as message: its file, or by policy the end of its log. Empty when there is nothing. */
export async function terminationMessage(
  from: MessageSources,
  uid: string,
  run: { readonly container: Container | undefined; readonly seen: PodContainer },
): Promise<string> {
  const { container, seen } = run;
  const written = await from.storage.readTerminationLog({ uid, container: seen.name, attempt: seen.attempt });
  const falls = container?.terminationMessagePolicy === 'FallbackToLogsOnError' && (seen.exitCode ?? 137) !== 0;
  if (written !== '' || !falls) return written;
  return lastWords(from, seen.id).catch(() => '');
}
