import type { Transport } from '@virtual-kubelet/base';
import { deferred, lineSplitter } from '@virtual-kubelet/base';

const ready = /"type":"Ready","status":"True"/;

/** Waits for one Node on a connection of its own. */
export interface NodeWatch {
  /** Time of the event that showed the Node Ready, milliseconds of this process's monotonic clock. */
  readonly ready: Promise<number>;
  close(): void;
}

/** Watches a Node by its name; resolves once the watch stands. */
export async function watchNodes(transport: Transport, name: string): Promise<NodeWatch> {
  const life = new AbortController();
  const seen = deferred<number>();
  const path = `/api/v1/nodes?watch=true&fieldSelector=metadata.name%3D${name}`;
  const { body } = await transport.stream({ method: 'GET', path, lane: 'watch', signal: life.signal });
  const follow = async (): Promise<void> => {
    const lines = lineSplitter();
    for await (const chunk of body) {
      const at = performance.now();
      for (const line of lines.push(chunk)) if (ready.test(withoutSpaces(line))) seen.resolve(at);
    }
  };
  follow().catch((error: unknown) => seen.reject(error));
  seen.promise.catch(() => undefined);
  return { ready: seen.promise, close: () => life.abort() };
}

/** Conditions as `type` and `status` side by side, whatever stands between them. */
function withoutSpaces(line: Uint8Array): string {
  const { object } = JSON.parse(Buffer.from(line).toString()) as {
    object: { status?: { conditions?: readonly { type: string; status: string }[] } };
  };
  return JSON.stringify(object.status?.conditions?.map(({ type, status }) => ({ type, status })) ?? []);
}
