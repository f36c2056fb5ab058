import { readFileSync } from 'node:fs';
import { silentLogger, systemClock, systemRandom } from '@virtual-kubelet/base';
import type { Transport } from '@virtual-kubelet/base';
import type { ApiObject, ClusterConfig, KeySource, ObjectName, PemSource, Resource } from '@virtual-kubelet/client';
import {
  connect,
  createApiClient,
  isNotFound,
  loadClusterConfig,
  resourcePath,
  resources,
  systemFiles,
} from '@virtual-kubelet/client';
import type { RemoteCommandClient, UpgradeTarget } from '@virtual-kubelet/streams';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import { heardFrom } from '../harness/heard.js';
import { waitFor } from '../harness/wait.js';
import type { Cluster } from '../playground-cluster.js';
import type { Conversation, Driver, Executed } from './driver.js';

/** A driver that needs nothing but Node; `close` it in the end. */
export interface WireDriver extends Driver {
  close(): Promise<void>;
}

const known: readonly Resource<ApiObject>[] = Object.values(resources);

function resourceOf({ kind }: ApiObject): Resource<ApiObject> {
  const found = known.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`the wire driver does not know the kind ${kind}`);
  return found;
}

/** Works on a cluster with our own clients over HTTP, WebSocket and SPDY. */
export async function wireDriver(cluster: Pick<Cluster, 'kubeconfig'>): Promise<WireDriver> {
  const sources = { files: systemFiles, env: {} };
  const config = await loadClusterConfig(sources, { kubeconfig: cluster.kubeconfig() });
  const common = { clock: systemClock, logger: silentLogger };
  const transport = connect(config, { ...common, userAgent: 'e2e-wire-driver' });
  const client = createApiClient({ ...common, transport, random: systemRandom });
  const get: Driver['get'] = (kind, at) =>
    client.get(kind, at).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const clock = systemClock;
  return {
    get,
    async create(...objects) {
      for (const object of objects) await client.create(resourceOf(object), object);
    },
    list: async (kind, namespace) => (await client.list(kind, { namespace })).items,
    async scale(at, replicas) {
      const patch = { type: 'merge', body: { spec: { replicas } } } as const;
      await client.patch(resources.deployments, at, { patch, subresource: 'scale' });
    },
    async delete(kind, at) {
      const uid = (await client.get(kind, at)).metadata?.uid;
      await client.delete(kind, at);
      const isGone = async (): Promise<true | undefined> =>
        (await get(kind, at))?.metadata?.uid === uid ? undefined : true;
      await waitFor(`${kind.kind} ${at.name} is gone`, isGone, { interval: 20 });
    },
    async logs(pod, { tail } = {}) {
      const query = tail === undefined ? {} : { tailLines: String(tail) };
      const { status, body } = await transport.request({ method: 'GET', path: podPath(pod, 'log', query) });
      if (status !== 200) throw new Error(`logs of ${pod.name}: ${status} ${text(body)}`);
      return text(body);
    },
    follow: (pod) => follow(transport, pod),
    async exec(pod, command, input) {
      const query = { command, stdout: 'true', stderr: 'true', ...(input === undefined ? {} : { stdin: 'true' }) };
      const target = targetOf(config, podPath(pod, 'exec', query));
      const streams = { stdin: input !== undefined, stdout: true, stderr: true, tty: false };
      return executed(await openRemoteCommand(target, { clock, dialect: 'websocket', streams }), input);
    },
    async attach(pod) {
      const target = targetOf(config, podPath(pod, 'attach', { stdin: 'true', stdout: 'true', stderr: 'true' }));
      const streams = { stdin: true, stdout: true, stderr: true, tty: false };
      return attached(await openRemoteCommand(target, { clock, dialect: 'spdy', streams }), pod.name);
    },
    async forward(pod, port) {
      const session = await openPortForward(targetOf(config, podPath(pod, 'portforward')), {
        clock,
        dialect: 'tunnel',
      });
      return {
        async exchange(bytes) {
          const connection = await session.connect(port);
          const back = collected(connection.readable);
          await connection.writable.write(bytes);
          await connection.closeWrite();
          return back;
        },
        stop: () => session.close(),
      };
    },
    close: () => transport.close(),
  };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function podPath(
  pod: ObjectName,
  subresource: string,
  query: Readonly<Record<string, string | readonly string[]>> = {},
): string {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) => [value].flat().map((each): [string, string] => [key, each])),
  );
  return `${resourcePath(resources.pods, pod)}/${subresource}?${search}`;
}

function pem(source: PemSource | KeySource | undefined): string | undefined {
  if (source === undefined) return undefined;
  if (source.kind === 'file') return readFileSync(source.path, 'utf8');
  return typeof source.pem === 'string' ? source.pem : source.pem.reveal();
}

function targetOf(config: ClusterConfig, path: string): UpgradeTarget {
  const { trust, user } = config;
  const tls = {
    ca: pem(trust.authority),
    cert: pem(user.clientCertificate?.certificate),
    key: pem(user.clientCertificate?.key),
  };
  return { url: new URL(path, config.server).href, tls };
}

async function collected(chunks: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks ?? []) parts.push(chunk);
  return Buffer.concat(parts);
}

async function executed(command: RemoteCommandClient, input: Uint8Array | undefined): Promise<Executed> {
  const output = Promise.all([collected(command.stdout), collected(command.stderr)]);
  if (input !== undefined) await command.stdin?.write(input);
  await command.stdin?.close();
  const [stdout, stderr] = await output;
  const outcome = await command.outcome;
  const code = 'exitCode' in outcome ? outcome.exitCode : 1;
  return { code, stdout, stderr: stderr.toString() + ('error' in outcome ? outcome.error : '') };
}

/** Hears what comes until it ends or is left. */
async function hears(chunks: AsyncIterable<Uint8Array> | undefined, hear: (heard: string) => void): Promise<void> {
  for await (const chunk of chunks ?? []) hear(text(chunk));
}

function attached(command: RemoteCommandClient, name: string): Conversation {
  const { hear, end, until } = heardFrom(`attach ${name}`);
  void Promise.allSettled([hears(command.stdout, hear), hears(command.stderr, hear)]).then(end);
  command.outcome.catch(() => undefined);
  return {
    until,
    write: (typed) => void command.stdin?.write(Buffer.from(typed)),
    stop: () => command.close(),
  };
}

async function follow(transport: Transport, pod: ObjectName): Promise<Conversation> {
  const leave = new AbortController();
  const path = podPath(pod, 'log', { follow: 'true' });
  const { status, body } = await transport.stream({ method: 'GET', path, lane: 'watch', signal: leave.signal });
  const { hear, end, until } = heardFrom(`logs -f ${pod.name}`);
  const over = hears(body, hear).catch(() => undefined);
  void over.then(end);
  if (status !== 200) throw new Error(`logs -f ${pod.name}: ${status}`);
  return {
    until,
    write: () => undefined,
    stop() {
      leave.abort();
      return over;
    },
  };
}
