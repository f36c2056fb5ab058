import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import { resources } from '@virtual-kubelet/client';
import type { Bench } from '../bench.js';
import { startChild } from '../child.js';
import { places } from '../places.js';
import type { Row, Scenario } from '../scenario.js';
import { atMost } from '../scenario.js';
import { median, percentile, rounded } from '../statistics.js';
import type { StreamJob, StreamResult } from '../streams/job.js';
import { streamingAgent, untilReady } from '../subjects/virtual-kubelet.js';
import { waitUntil } from '../wait.js';

const rounds = 5;
const mebi = 2 ** 20;
const day = 86_400_000;

/** One kind of work; its amount, in bytes or messages, is that of all sessions together. */
interface Case {
  readonly id: string;
  readonly what: string;
  readonly do: StreamJob['do'];
  readonly over: Exclude<StreamJob['over'], 'pipe'>;
  readonly amount: number;
}

const cases: readonly Case[] = [
  { id: 'logs', what: 'Log', do: 'read', over: 'http', amount: 512 * mebi },
  { id: 'forward.spdy', what: 'Port-forward over SPDY', do: 'echo', over: 'spdy', amount: 256 * mebi },
  { id: 'forward.websocket', what: 'Port-forward over WebSocket', do: 'echo', over: 'websocket', amount: 256 * mebi },
  { id: 'exec.spdy', what: 'Exec over SPDY', do: 'talk', over: 'spdy', amount: 500 },
  { id: 'exec.websocket', what: 'Exec over WebSocket', do: 'talk', over: 'websocket', amount: 500 },
];

/** A process that serves streams. */
type Server = Pick<StreamJob, 'identity' | 'path' | 'pid' | 'port'>;

interface Servers {
  readonly ours: Server;
  readonly limit: Server;
  end(): Promise<void>;
}

/** A client who may do everything with nodes, of an authority that only this agent knows. */
function administrator(folder: string): {
  readonly file: string;
  readonly identity: NonNullable<StreamJob['identity']>;
} {
  const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  const authority = createCertificateAuthority({ commonName: 'bench', ...validity });
  const subject = { commonName: 'bench', organizations: ['system:masters'] };
  const { certificatePem: cert, keyPem: key } = authority.issue({ ...subject, usages: ['client'], ...validity });
  const file = join(folder, 'clients.pem');
  writeFileSync(file, authority.certificatePem);
  return { file, identity: { cert, key } };
}

const name = 'streams';
/** A log that is long at once, of lines that make the provider's part of the work small. */
const annotations = {
  'mock.virtual-kubelet.io/log-rate': '1000000',
  'mock.virtual-kubelet.io/log-lines': '10000000',
  'mock.virtual-kubelet.io/log-line-bytes': '16383',
};

async function runPod({ cluster }: Bench, namespace: string, node: string): Promise<void> {
  const spec = { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'i' }] };
  const metadata = { name, namespace, annotations };
  await cluster.client.create(resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  await waitUntil('the pod with streams to run', async () => {
    const pod = await cluster.client.get(resources.pods, { namespace, name });
    return pod.status?.phase === 'Running' || undefined;
  });
}

async function startServers(bench: Bench): Promise<Servers> {
  const { cluster } = bench;
  const folder = mkdtempSync(join(tmpdir(), 'bench-streams-'));
  const { file, identity } = administrator(folder);
  const place = await bench.place('virtual-kubelet');
  const { node } = place;
  const running = await streamingAgent(cluster, file).start(node);
  const pipe = startChild(process.execPath, [places.tlsPipe]);
  const end = async (): Promise<void> => {
    await Promise.all([running.stop(), pipe.stop()]);
    await place.clear();
    rmSync(folder, { recursive: true });
  };
  try {
    await untilReady(cluster, running);
    await runPod(bench, node, node);
    const port = await waitUntil('the port of the kubelet API', async () => {
      const { status } = await cluster.client.get(resources.nodes, { name: node });
      return status?.daemonEndpoints?.kubeletEndpoint?.Port;
    });
    const ours = { port, pid: running.pid, identity, path: `${node}/${name}` };
    return { ours, limit: { port: Number(await pipe.firstLine()), pid: pipe.pid, path: '' }, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function perform(job: StreamJob): Promise<StreamResult> {
  return JSON.parse(await startChild(process.execPath, [places.streams, JSON.stringify(job)]).done) as StreamResult;
}

interface Pair {
  readonly ours: StreamResult;
  readonly limit: StreamResult;
}

async function measure(bench: Bench, servers: Servers, wanted: Case & { sessions: number }): Promise<readonly Pair[]> {
  const { do: work, over, sessions } = wanted;
  const amount = Math.ceil(bench.scaled(wanted.amount) / sessions);
  // More sessions do not mean more messages a second: what waits for others would be measured, not what a message costs.
  const job = { do: work, sessions, amount, pause: 5 * sessions };
  const path = work === 'echo' ? servers.ours.path : `${servers.ours.path}/c`;
  const pairs: Pair[] = [];
  // The first round warms up and does not count.
  for (let round = bench.isQuick ? 1 : 0; round <= rounds; round += bench.isQuick ? rounds : 1) {
    const ours = await perform({ ...servers.ours, ...job, over, path });
    const limit = await perform({ ...servers.limit, ...job, over: 'pipe' });
    if (round > 0) pairs.push({ ours, limit });
  }
  return pairs;
}

/** The middle of all rounds, of both. */
function middle(
  pairs: readonly Pair[],
  take: (result: StreamResult) => number,
): Row['values'] & Record<'limit', number> {
  const of = (side: keyof Pair): number => rounded(median(pairs.map((pair) => take(pair[side]))));
  return { 'virtual-kubelet': of('ours'), limit: of('limit') };
}

function rowsOfTrips(prefix: string, what: string, pairs: readonly Pair[]): readonly Row[] {
  return [
    ['median', 0.5],
    ['p99', 0.99],
  ].map(([part, share]): Row => {
    const values = middle(pairs, ({ trips }) => percentile(trips, Number(share)));
    const more = (values['virtual-kubelet'] ?? Number.NaN) - values.limit;
    return {
      id: `${prefix}.${part}`,
      what: `${what}: there and back, ${part}`,
      unit: 'ms',
      values,
      ...atMost(more, 1, 'within 1 ms of a TLS pipe'),
    };
  });
}

function rowsOfBytes(prefix: string, what: string, pairs: readonly Pair[]): readonly Row[] {
  const rate = middle(pairs, ({ megabytes, took }) => (megabytes * 1_000) / took);
  const cpu = middle(pairs, ({ megabytes, cpu: seconds }) => (seconds * 1_000) / megabytes);
  const ratio = median(pairs.map(({ ours, limit }) => ours.cpu / limit.cpu));
  return [
    { id: `${prefix}.rate`, what, unit: 'MB/s', values: rate },
    {
      id: `${prefix}.cpu`,
      what: `${what}: processor time`,
      unit: 'ms a MB',
      values: cpu,
      ...atMost(ratio, 2, 'at most twice that of a TLS pipe'),
    },
  ];
}

/** What streams cost beside a TLS pipe that has no protocol in it, which is the limit here. */
export const streams: Scenario = {
  name: 'streams',
  async run(bench) {
    const servers = await startServers(bench);
    const rows: Row[] = [];
    try {
      for (const wanted of cases)
        for (const sessions of [1, 50]) {
          const pairs = await measure(bench, servers, { ...wanted, sessions });
          const what = `${wanted.what}, ${sessions === 1 ? 'one session' : `${sessions} sessions`}`;
          const rowsOf = wanted.do === 'talk' ? rowsOfTrips : rowsOfBytes;
          const more = rowsOf(`streams.${wanted.id}.${sessions}`, what, pairs);
          for (const { what: which, values, unit } of more)
            bench.report(`${which} ${values['virtual-kubelet']} (limit ${values.limit}) ${unit}`);
          rows.push(...more);
        }
      return rows;
    } finally {
      await servers.end();
    }
  },
};
