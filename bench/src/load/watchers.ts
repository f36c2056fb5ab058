import type { Transport } from '@virtual-kubelet/base';
import type { WatchJob } from './job.js';

const lineFeed = 10;

async function versionOf(transport: Transport, path: string): Promise<string> {
  const { body } = await transport.request({ method: 'GET', path: `${path}?limit=1` });
  const { metadata } = JSON.parse(Buffer.from(body).toString()) as {
    readonly metadata: { readonly resourceVersion: string };
  };
  return metadata.resourceVersion;
}

/** Counts lines, and reads none: who watches must not be what is measured. */
async function counted(body: AsyncIterable<Uint8Array>, lines: number): Promise<void> {
  let count = 0;
  for await (const chunk of body) {
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) count += 1;
    if (count >= lines) return;
  }
  throw new Error(`a watch ended after ${count} of ${lines} events`);
}

/** Opens watches of all pods of a namespace; once all stand, `ready` is called. Resolves when each has seen so many events. */
export async function watchAll(transport: Transport, job: WatchJob, ready: () => void): Promise<void> {
  const path = `/api/v1/namespaces/${job.namespace}/pods`;
  const version = await versionOf(transport, path);
  const life = new AbortController();
  const watched = `${path}?watch=true&resourceVersion=${version}`;
  const open = async (): Promise<AsyncIterable<Uint8Array>> => {
    const { status, body } = await transport.stream({
      method: 'GET',
      path: watched,
      lane: 'watch',
      signal: life.signal,
    });
    if (status !== 200) throw new Error(`a watch was refused with ${status}`);
    return body;
  };
  const bodies = await Promise.all(Array.from({ length: job.watchers }, open));
  ready();
  await Promise.all(bodies.map((body) => counted(body, job.to - job.from)));
  life.abort();
}
