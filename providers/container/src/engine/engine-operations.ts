/** What is the same on both engines: their paths and answers differ in names only. */
import { statfs } from 'node:fs/promises';
import type {
  BackendExec,
  BackendUsage,
  DiskSpace,
  LogFrame,
  LogQuery,
  PullOptions,
  RegistryAuth,
} from '@virtual-kubelet/pod-runtime';
import type { ExecStreams, ExitStatus } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { logTime } from '@virtual-kubelet/provider-kit';
import type { EngineClient } from './engine-client.js';
import { EngineError, isGone } from './engine-client.js';
import { outputFrames, timedFrame } from './frames.js';
import type { ProgressReader } from './pull-progress.js';
import { join } from './streams.js';
import type { Fields } from './wire.js';
import { fields, list, number, text } from './wire.js';

/** Engines take labels as a JSON text of filters. */
export function labelFilter(
  labels: Readonly<Record<string, string>>,
  more: Readonly<Record<string, readonly string[]>> = {},
): string {
  return JSON.stringify({ ...more, label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) });
}

/** The header engines read registry credentials from. */
export function registryHeader(auth: RegistryAuth | undefined): Readonly<Record<string, string>> {
  if (!auth) return {};
  const value = JSON.stringify({ username: auth.username, password: auth.password.reveal() });
  // With its padding: without it Podman and Docker take the header for cut off.
  return { 'x-registry-auth': Buffer.from(value).toString('base64').replaceAll('+', '-').replaceAll('/', '_') };
}

/** Size of an inspected image, where it is told. */
export function imageSize(value: unknown): { readonly size?: number } {
  const size = number(value);
  return size === undefined ? {} : { size };
}

/** Reads a pull to its end: the answer is 200 whatever happens, and what happened is in the lines. */
export async function readPull(
  lines: AsyncIterable<unknown>,
  reader: ProgressReader,
  { progress }: Pick<PullOptions, 'progress'>,
): Promise<void> {
  for await (const line of lines) {
    const problem = text(fields(line)['error']);
    if (problem !== '') throw new Error(problem);
    const seen = reader(line);
    if (seen) progress?.(seen);
  }
}

/** Ends the process of an exec whose client is gone; engines leave it running. */
async function endExec(client: EngineClient, id: string): Promise<void> {
  const pid = number(
    fields(await client.json({ path: `/exec/${id}/json`, signal: new AbortController().signal }))['Pid'],
  );
  if (pid !== undefined && pid > 1) process.kill(pid, 'SIGKILL');
}

/** Runs a command in a container. */
export async function execIn(
  client: EngineClient,
  container: string,
  call: BackendExec & { signal: AbortSignal },
): Promise<ExitStatus> {
  const { command, streams, signal } = call;
  const { stdin, stdout, stderr, tty } = streams;
  const body = {
    AttachStdin: stdin !== undefined,
    AttachStdout: stdout !== undefined || tty,
    AttachStderr: stderr !== undefined && !tty,
    Tty: tty,
    Cmd: command,
  };
  const made = await client
    .json({ method: 'POST', path: `/containers/${container}/exec`, body, signal })
    .catch((error: unknown) => {
      if (isGone(error)) throw failures.notFound('the container does not exist any more', error);
      throw error;
    });
  const id = text(fields(made)['Id']);
  const connection = await client.hijack({ path: `/exec/${id}/start`, body: { Detach: false, Tty: tty }, signal });
  try {
    await join(connection, streams, {
      signal,
      resize: async ({ width, height }) =>
        void (await client.json({
          method: 'POST',
          path: `/exec/${id}/resize`,
          query: { w: width, h: height },
          signal,
        })),
    });
  } catch (error) {
    await endExec(client, id).catch(() => undefined);
    throw error;
  }
  const ended = fields(await client.json({ path: `/exec/${id}/json`, signal }));
  return { exitCode: number(ended['ExitCode']) ?? 137 };
}

/** Connects to a container's first process. */
export async function attachTo(
  client: EngineClient,
  container: string,
  call: { streams: ExecStreams; signal: AbortSignal; keepsInput?: boolean },
): Promise<void> {
  const { streams, signal, keepsInput = false } = call;
  const { stdin, stdout, stderr, tty } = streams;
  const query = {
    stream: true,
    stdin: stdin !== undefined,
    stdout: stdout !== undefined || tty,
    stderr: stderr !== undefined && !tty,
  };
  const connection = await client.hijack({ path: `/containers/${container}/attach`, query, signal });
  await join(connection, streams, {
    signal,
    keepsInput,
    resize: async ({ width, height }) =>
      void (await client.json({
        method: 'POST',
        path: `/containers/${container}/resize`,
        query: { w: width, h: height },
        signal,
      })),
  });
}

/** A container's log. @param options.framed whether the engine frames this container's output */
export async function* logsOf(
  client: EngineClient,
  container: string,
  options: { readonly query: LogQuery; readonly framed: boolean; readonly signal: AbortSignal },
): AsyncIterable<LogFrame> {
  const { query, framed, signal } = options;
  const chunks = await client.stream({
    path: `/containers/${container}/logs`,
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: query.follow,
      tail: query.tail,
      since: query.since === undefined ? undefined : Math.floor(query.since / 1_000),
    },
    signal,
  });
  let before = logTime(0);
  const frames = framed ? outputFrames(chunks) : unframed(chunks);
  for await (const frame of frames) {
    const timed = timedFrame(frame, before);
    before = timed.time;
    yield timed;
  }
}

/** Output of a terminal comes as it is; each line has its time before it. */
async function* unframed(chunks: AsyncIterable<Uint8Array>): AsyncIterable<{ stream: 'stdout'; bytes: Uint8Array }> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield { stream: 'stdout', bytes: rest.subarray(0, end + 1) };
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield { stream: 'stdout', bytes: rest };
}

/** Usage from nanoseconds and bytes. */
export function usage(cpuNanoseconds: unknown, memoryBytes: unknown): BackendUsage {
  return { cpuSeconds: (number(cpuNanoseconds) ?? 0) / 1e9, memoryBytes: number(memoryBytes) ?? 0 };
}

/** What containers wrote outside of volumes. @param bytesOf reads it from a row of the listing */
export async function writtenBytes(
  client: EngineClient,
  ids: readonly string[],
  options: { readonly bytesOf: (row: Fields) => unknown; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const query = { size: true, filters: JSON.stringify({ id: ids }) };
  const rows = list(await client.json({ path: '/containers/json', query, signal: options.signal })).map(fields);
  return new Map(rows.map((row) => [text(row['Id']), number(options.bytesOf(row)) ?? 0]));
}

/**
 * Removes an image nobody else can have an interest in: engines refuse one with containers, and one with a second name
 * was given that by somebody.
 */
export async function removeImage(client: EngineClient, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    const found = fields(await client.json({ path: `/images/${encodeURIComponent(id)}/json`, signal }));
    if (list(found['RepoTags']).length > 1) return false;
    await client.json({ method: 'DELETE', path: `/images/${encodeURIComponent(id)}`, signal });
  } catch (error) {
    if (error instanceof EngineError && error.status === 409) return false;
    if (!isGone(error)) throw error;
  }
  return true;
}

/** The disk a folder of the engine is on; undefined when it is not a folder of this machine. */
export async function diskOf(folder: string): Promise<DiskSpace | undefined> {
  if (folder === '') return undefined;
  const found = await statfs(folder).catch(() => undefined);
  return found && { capacity: found.blocks * found.bsize, available: found.bavail * found.bsize };
}
