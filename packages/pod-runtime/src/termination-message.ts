import type { Container } from '@virtual-kubelet/kubernetes';
import type { ContainerBackend } from './backend.js';
import type { PodContainer } from './labels.js';
import type { PodStorage } from './pod-storage.js';

const mostLogLines = 80;
const mostLogBytes = 2_048;

/** The last lines of a log, as the fallback message of a failed container. */
async function lastWords(backend: ContainerBackend, id: string, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const frame of backend.logs(id, { follow: false, tail: mostLogLines }, signal)) {
    text = (text + decoder.decode(frame.bytes, { stream: true })).slice(-mostLogBytes);
  }
  return text;
}

/** What a run that ended left as message: its file, or by policy the end of its log. Empty when there is nothing. */
export async function terminationMessage(
  from: { readonly storage: PodStorage; readonly backend: ContainerBackend; readonly signal: AbortSignal },
  uid: string,
  run: { readonly container: Container | undefined; readonly seen: PodContainer },
): Promise<string> {
  const { container, seen } = run;
  const written = await from.storage.readTerminationLog({ uid, container: seen.name, attempt: seen.attempt });
  const falls = container?.terminationMessagePolicy === 'FallbackToLogsOnError' && (seen.exitCode ?? 137) !== 0;
  if (written !== '' || !falls) return written;
  return lastWords(from.backend, seen.id, from.signal).catch(() => '');
}
