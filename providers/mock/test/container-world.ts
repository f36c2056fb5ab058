import { ManualClock } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import type { PodInputs, PodRequest, Provider, Sink } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { addresses, createPlatform, mockSession } from '../src/index.js';
import { scriptedPod } from './scripted-pod.js';

export const ref = { namespace: 'default', name: 'web', uid: 'u1' };
export const container = { pod: ref, container: 'c' };
export const utf8 = new TextEncoder();

interface PodOptions {
  readonly script?: Record<string, string>;
  readonly container?: Partial<Container>;
  readonly restartPolicy?: string;
  readonly inputs?: Partial<PodInputs>;
}

export function request({ script, container: more, restartPolicy = 'Always', inputs = {} }: PodOptions): PodRequest {
  const containers = [{ name: 'c', image: 'busybox', ...more }];
  return scriptedPod(script, { spec: { containers, restartPolicy }, inputs });
}

/** Lets input and output run between slices of work, as the clock of the system does. */
class FairClock extends ManualClock {
  override turn(): Promise<void> {
    return this.settle();
  }
}

export interface World {
  readonly clock: ManualClock;
  readonly provider: Provider;
}

export async function world(pod: PodOptions = {}): Promise<World> {
  const clock = new FairClock();
  const platform = createPlatform({ clock, addresses: addresses() });
  const provider = await mockSession(platform, { config: {}, fileBytes: 4 * 1024 * 1024 }).forNode({
    name: 'vk',
    operatingSystem: 'linux',
  });
  await provider.createPod(request(pod), callContext());
  return { clock, provider };
}

export function collector(): { readonly sink: Sink; readonly chunks: Uint8Array[]; text(): string } {
  const chunks: Uint8Array[] = [];
  return {
    chunks,
    sink: { write: async (chunk) => void chunks.push(chunk) },
    text: () => Buffer.concat(chunks).toString(),
  };
}

export async function* once(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? utf8.encode(chunk) : chunk;
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function exec(
  { provider }: World,
  words: readonly string[],
  stdin?: AsyncIterable<Uint8Array>,
): Promise<Outcome> {
  const [out, err] = [collector(), collector()];
  const streams = { stdout: out.sink, stderr: err.sink, tty: false, ...(stdin ? { stdin } : {}) };
  const end = await provider.exec?.(container, words, { streams, context: callContext() });
  return { code: end?.exitCode ?? -1, out: out.text(), err: err.text() };
}

export const shell = (w: World, script: string): Promise<Outcome> => exec(w, ['/bin/sh', '-c', script]);
