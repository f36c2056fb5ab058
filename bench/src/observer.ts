import type { Transport } from '@virtual-kubelet/base';
import { lineSplitter, messageOf } from '@virtual-kubelet/base';
import { podName } from './load/pods.js';
import { waitUntil } from './wait.js';

/** When an outsider saw what of one pod, milliseconds of this process's monotonic clock. */
export interface Sighting {
  readonly bound: number;
  running?: number;
  deleting?: number;
  gone?: number;
}

/** What can be seen of a pod, in the order of its life. */
export type Stage = keyof Sighting;

/** Watches the pods of a namespace as any client does, on a connection of its own, and writes down when it saw what. */
export interface Observer {
  sighting(number: number): Sighting | undefined;
  /** Pods seen in that stage. */
  count(stage: Stage): number;
  /** Time of the latest event. */
  readonly last: number;
  /** How often the server ended the watch, as it does where a reader falls behind, and another went on from there. */
  readonly resumed: number;
  /** Resolves when so many pods were seen in that stage. */
  until(stage: Stage, count: number, seconds?: number): Promise<void>;
  close(): void;
}

const phase = Buffer.from('"phase":"Running"');
const deletion = Buffer.from('"deletionTimestamp":"');
const head =
  /^\{"type":"(ADDED|MODIFIED|DELETED)","object":.{0,80}"metadata":\{"name":"([^"]+)".{0,200}"resourceVersion":"(\d+)"/;

interface Seen {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly running: boolean;
  readonly deleting: boolean;
}

/** Looks without parsing: the observer must not be what is measured. Our own pods hold none of these words elsewhere. */
function look(line: Uint8Array): Seen | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  const [, type, name, version] = head.exec(bytes.toString('latin1', 0, 400)) ?? [];
  if (type === undefined || name === undefined || version === undefined) return undefined;
  return { type, name, version, running: bytes.includes(phase), deleting: bytes.includes(deletion) };
}

function note(sighting: Sighting, seen: Seen, at: number): readonly Stage[] {
  const news: Stage[] = [];
  if (seen.type === 'DELETED') news.push('gone');
  if (seen.deleting && sighting.deleting === undefined) news.push('deleting');
  if (seen.running && sighting.running === undefined) news.push('running');
  for (const stage of news) (sighting as Record<Stage, number>)[stage] = at;
  return news;
}

/** A server that ends more watches than this of one observer is not what is measured here. */
const mostResumed = 20;

/** Starts watching; resolves once the watch stands. */
export async function startObserver(transport: Transport, namespace: string): Promise<Observer> {
  const life = new AbortController();
  const sightings = new Map<string, Sighting>();
  const counts: Record<Stage, number> = { bound: 0, running: 0, deleting: 0, gone: 0 };
  let last = performance.now();
  let broken: unknown;
  let version = '';
  let resumed = 0;
  const open = async (): Promise<AsyncIterable<Uint8Array>> => {
    const from = version === '' ? '' : `&resourceVersion=${version}`;
    const path = `/api/v1/namespaces/${namespace}/pods?watch=true&timeoutSeconds=3600${from}`;
    const { status, body } = await transport.stream({ method: 'GET', path, lane: 'watch', signal: life.signal });
    if (status !== 200) throw new Error(`the observer's watch was refused with ${status}`);
    return body;
  };
  const first = await open();

  const take = (line: Uint8Array, at: number): void => {
    const seen = look(line);
    if (!seen) return;
    last = at;
    ({ version } = seen);
    const known = sightings.get(seen.name);
    const sighting: Sighting = known ?? { bound: at };
    if (!known) {
      sightings.set(seen.name, sighting);
      counts.bound += 1;
    }
    for (const stage of note(sighting, seen, at)) counts[stage] += 1;
  };
  const read = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
    const lines = lineSplitter();
    for await (const chunk of body) {
      const at = performance.now();
      for (const line of lines.push(chunk)) take(line, at);
    }
  };
  const follow = async (): Promise<never> => {
    await read(first);
    for (; resumed < mostResumed; resumed += 1) await read(await open());
    throw new Error('the server ended the watch again and again');
  };
  follow().catch((error: unknown) => {
    broken = error;
  });

  return {
    sighting: (number) => sightings.get(podName(number)),
    count: (stage) => counts[stage],
    get last() {
      return last;
    },
    get resumed() {
      return resumed;
    },
    until: (stage, count, seconds = 120) =>
      waitUntil<true>(
        `${count} pods ${stage}`,
        () => {
          if (broken !== undefined) throw new Error(`the observer lost its watch: ${messageOf(broken)}`);
          return counts[stage] >= count ? true : undefined;
        },
        { seconds, every: 5 },
      ).then(
        () => undefined,
        (error: unknown) => {
          throw new Error(`${messageOf(error)}; seen: ${JSON.stringify(counts)}`, { cause: error });
        },
      ),
    close: () => life.abort(),
  };
}
