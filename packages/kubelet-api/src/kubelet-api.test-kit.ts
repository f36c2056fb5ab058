/** One node's kubelet API over loopback, with people of all kinds who knock at its door. */
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { LogLine } from '@virtual-kubelet/base';
import { deferred, recordingLogger, silentLogger, silentSpan, systemClock } from '@virtual-kubelet/base';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { UpgradeTarget } from '@virtual-kubelet/streams';
import type { AccessQuestion, KubeletApiOptions, ServingCertificate, StreamingProvider } from './index.js';
import { certificateSlot, createKubeletApi, delegatedAuthenticator } from './index.js';

const hour = 3_600_000;
const now = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
const past = { notBefore: Date.now() - 3 * hour, notAfter: Date.now() - hour };

/** The cluster's authority, and one nobody here knows. */
export const authority = createCertificateAuthority({ commonName: 'cluster', ...now });
const stranger = createCertificateAuthority({ commonName: 'cluster', ...now });

/** What somebody shows when they knock. */
export interface Identity {
  readonly certificate?: IssuedCertificate;
  readonly token?: string;
}

function client(commonName: string, validity: typeof now = now, signer: typeof authority = authority): Identity {
  return { certificate: signer.issue({ commonName, organizations: ['people'], usages: ['client'], ...validity }) };
}

/** A secret that must never be seen outside of the request that carries it. */
export const canary = 'canary-4f1d7c';

/** People with credentials of all kinds. What the known ones may do is in {@link allows}. */
export const people = {
  nobody: {},
  expired: client('full', past),
  foreign: client('full', now, stranger),
  server: {
    certificate: authority.issue({ commonName: 'full', usages: ['server'], dnsNames: ['x'], ...now }),
  },
  badToken: { token: `unknown-${canary}` },
  reader: client('reader'),
  scraper: { token: `scraper-${canary}` },
  powerless: client('powerless'),
  full: client('full'),
} as const satisfies Readonly<Record<string, Identity>>;

/** The cluster's roles: `reader` may get `nodes/proxy`, `scraper` get metrics and statistics, `full` everything. */
export function allows({ user, verb, subresource }: AccessQuestion): boolean {
  if (user.name === 'full') return true;
  if (user.name === 'reader') return verb === 'get' && subresource === 'proxy';
  return user.name === 'scraper' && verb === 'get' && (subresource === 'metrics' || subresource === 'stats');
}

const pod: Pod = {
  metadata: { namespace: 'default', name: 'web', uid: 'uid-1' },
  spec: { containers: [{ name: 'c' }, { name: 'starting' }, { name: 'over' }] },
  status: {
    startTime: '2026-01-01T00:00:00Z',
    containerStatuses: [
      { name: 'c', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
      { name: 'starting', state: { waiting: { reason: 'ContainerCreating' } } },
      { name: 'over', state: { terminated: { exitCode: 3 } }, containerID: 'x://1' },
    ].map((status) => ({ image: 'i', imageID: '', ready: false, restartCount: 0, ...status })),
  },
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A log that never ends, in chunks of 64 KiB; `made` counts the bytes of it. */
export function endlessLog(): { readonly made: number; readonly read: () => AsyncGenerator<Uint8Array> } {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const log = {
    made: 0,
    async *read() {
      for (;;) {
        log.made += chunk.length;
        yield chunk;
      }
    },
  };
  return log;
}

/** Provider calls that run now. */
export interface Running {
  count: number;
  /** Resolves when none runs. */
  none(): Promise<void>;
}

function tracked(): Running & { run<T>(task: () => Promise<T>): Promise<T> } {
  const waiting: (() => void)[] = [];
  return {
    count: 0,
    none() {
      const { promise, resolve } = deferred();
      if (this.count === 0) resolve();
      else waiting.push(resolve);
      return promise;
    },
    async run(task) {
      this.count += 1;
      try {
        return await task();
      } finally {
        this.count -= 1;
        if (this.count === 0) for (const tell of waiting.splice(0)) tell();
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Echoes input; `fail <text>` fails with it, `exit <n>` ends with it, `wait` waits for the client to go. */
function staticProvider(running: ReturnType<typeof tracked>): StreamingProvider {
  return {
    async *getContainerLogs(_container, { follow }, { signal }) {
      yield bytes('one\n');
      yield bytes('two\n');
      if (!follow) return;
      await running.run(() => aborted(signal));
    },
    exec: (_container, [verb, word = ''], { streams, context }) =>
      running.run(async () => {
        if (verb === 'fail') throw new Error(word);
        if (verb === 'wait') return aborted(context.signal);
        if (verb === 'exit') return { exitCode: Number(word) };
        for await (const chunk of streams.stdin ?? [bytes('hello\n')]) await streams.stdout?.write(chunk);
        return { exitCode: 0 };
      }),
    attach: (_container, { streams }) =>
      running.run(async () => {
        await streams.stdout?.write(bytes('attached\n'));
        return { exitCode: 9 };
      }),
    async portForward(_pod, port, { signal }) {
      if (port === 1) throw new Error('connection refused');
      const chunks = new TransformStream<Uint8Array, Uint8Array>();
      const writer = chunks.writable.getWriter();
      const over = running.run(() => aborted(signal));
      over.catch(() => writer.abort().catch(() => undefined));
      return {
        readable: chunks.readable,
        writable: { write: (chunk) => writer.write(chunk) },
        closeWrite: () => writer.close(),
      };
    },
    async getStats() {
      const use = { time: new Date().toISOString(), cpuSeconds: 1, cpuCores: 0.1, workingSetBytes: 1_000 };
      const ref = { namespace: 'default', name: 'web', uid: 'uid-1' };
      return { node: use, pods: [{ pod: ref, containers: [{ name: 'c', ...use }] }] };
    },
  };
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What to ask. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly as?: Identity;
}

/** A door that is open. */
export interface Door {
  readonly port: number;
  readonly running: Running;
  readonly logged: readonly LogLine[];
  readonly target: (path: string, as?: Identity) => UpgradeTarget;
  ask(path: string, question?: Question): Promise<Answered>;
  /** Resolves when nobody is connected and no stream is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const serving = authority.issue({ commonName: 'node', ipAddresses: ['127.0.0.1'], usages: ['server'], ...now });

/** A serving certificate that never changes. */
export function fixedCertificate(): ServingCertificate {
  return {
    ...certificateSlot(serving),
    current: serving,
    close: async () => undefined,
  };
}

function shown({ certificate, token }: Identity): UpgradeTarget {
  return {
    url: '',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    tls: {
      ca: authority.certificatePem,
      ...(certificate ? { cert: certificate.certificatePem, key: certificate.keyPem } : {}),
    },
  };
}

async function bodyOf(stream: IncomingMessage | Duplex): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** One request over a connection of its own. A switch of protocols is answered with status 101 and cut. */
function ask(port: number, path: string, question: Question): Promise<Answered> {
  const { method = 'GET', headers = {}, body, as = people.full } = question;
  const { headers: credentials, tls } = shown(as);
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      { host: '127.0.0.1', port, path, method, agent: false, headers: { ...credentials, ...headers }, ...tls },
      (response) => {
        bodyOf(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          reject,
        );
      },
    );
    sent.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers, body: '' });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** What differs from the usual door. */
export interface DoorOptions extends Partial<KubeletApiOptions> {
  /** Without any authority of clients. */
  readonly withoutAuthorities?: boolean;
}

/** Opens the kubelet API of a node on a free port of loopback. */
export async function openDoor({ withoutAuthorities, ...change }: DoorOptions = {}, wanted = 0): Promise<Door> {
  const running = tracked();
  const logged: LogLine[] = [];
  const { clock = systemClock } = change;
  const api = createKubeletApi({
    node: 'vk',
    provider: staticProvider(running),
    pods: {
      find: (namespace, name) => (`${namespace}/${name}` === 'default/web' ? pod : undefined),
      list: () => [pod],
    },
    access: {
      authenticator: delegatedAuthenticator({
        clock,
        reviewToken: async (token) =>
          token.reveal() === people.scraper.token ? { name: 'scraper', groups: [] } : undefined,
      }),
      authorizer: { authorize: async (question) => allows(question) },
    },
    certificate: fixedCertificate(),
    ...(withoutAuthorities === true
      ? {}
      : { clientAuthorities: { pem: authority.certificatePem, subscribe: () => () => undefined } }),
    logger: recordingLogger(logged),
    contextOf: (purpose, signal, deadline = Infinity) => ({
      signal,
      deadline,
      logger: silentLogger,
      span: silentSpan,
      idempotencyKey: purpose,
    }),
    metrics: () => '# the metrics of the process\n',
    problems: () => [],
    configuration: () => ({ kind: 'KubeletConfiguration' }),
    capacity: () => ({ cores: 2, memoryBytes: 1_000_000 }),
    ...change,
    clock,
  });
  const port = await api.listen({ host: '127.0.0.1', port: wanted });
  return {
    port,
    running,
    logged,
    target: (path, as = people.full) => ({ ...shown(as), url: `https://127.0.0.1:${port}${path}` }),
    ask: (path, question = {}) => ask(port, path, question),
    async idle() {
      while (api.connections + api.streams > 0) await systemClock.turn();
    },
    close: () => api.close(),
  };
}
