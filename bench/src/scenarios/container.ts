import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@virtual-kubelet/client';
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import type { AgentAtWork } from '../agent-at-work.js';
import { whileAtWork } from '../agent-at-work.js';
import type { Bench, Numbers } from '../bench.js';
import type { Engine } from '../engine.js';
import { startEngine } from '../engine.js';
import { podName } from '../load/pods.js';
import { usageOf } from '../process-usage.js';
import type { Row, Scenario } from '../scenario.js';
import { median, rounded } from '../statistics.js';
import { containerAgent } from '../subjects/virtual-kubelet.js';

/** Pods one after another, pods at once, and pods with a probe. */
const counts = { apart: 20, together: 40, probed: 20 } as const;
/** Command lines at the same time: as many as the agent works on pods. */
const parallel = 10;
/** Seconds that pods are left to run. */
const quiet = 20;

/** Serves HTTP, and ends at once when it is asked to. */
const server = ['sh', '-c', 'trap "exit 0" TERM; httpd -f -p 80 -h /etc & wait'];
const everySecond = { periodSeconds: 1 } as const;

/** Milliseconds. */
async function timeOf(task: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await task();
  return performance.now() - began;
}

/** The work of one scenario: an agent with its pods, and the engine below it. */
interface Work extends AgentAtWork {
  readonly bench: Bench;
  readonly engine: Engine;
}

function podOf({ place, engine }: Work, number: number, more: Partial<Container> = {}): Pod {
  const container = { name: 'main', image: engine.image, imagePullPolicy: 'Never', command: server, ...more };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(number), namespace: place.node },
    spec: {
      nodeName: place.node,
      tolerations: [{ operator: 'Exists' }],
      automountServiceAccountToken: false,
      containers: [container],
    },
  };
}

async function createAll(work: Work, { from = 0, to }: Numbers, more?: Partial<Container>): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  await Promise.all(
    numbers.map((number) => work.bench.cluster.client.create(resources.pods, podOf(work, number, more))),
  );
  await work.place.observer.until('running', to);
}

async function removeAll(work: Work, { from = 0, to }: Numbers): Promise<void> {
  const { bench, place } = work;
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  await Promise.all(
    numbers.map((number) =>
      bench.cluster.client.delete(resources.pods, { namespace: place.node, name: podName(number) }),
    ),
  );
  await place.observer.until('gone', to);
}

/** A pod as the command line makes it. */
async function startByHand({ podman, image }: Engine, name: string): Promise<void> {
  await podman('pod', 'create', '--name', name);
  await podman('run', '--detach', '--pod', name, image, ...server);
}

const removeByHand = ({ podman }: Engine, name: string): Promise<string> => podman('pod', 'rm', '--force', name);

/** Pods one after another, of ours and of the command line in turn. */
async function oneByOne(work: Work, to: number): Promise<readonly Row[]> {
  const { engine } = work;
  const times = { starts: [[], []] as number[][], ends: [[], []] as number[][] };
  for (let number = 0; number < to; number += 1) {
    const one = { from: number, to: number + 1 };
    times.starts[0]?.push(await timeOf(() => createAll(work, one)));
    times.ends[0]?.push(await timeOf(() => removeAll(work, one)));
    times.starts[1]?.push(await timeOf(() => startByHand(engine, `by-hand-${number}`)));
    times.ends[1]?.push(await timeOf(() => removeByHand(engine, `by-hand-${number}`)));
  }
  const row = (id: string, what: string, [ours = [], limit = []]: readonly number[][]): Row => ({
    id: `container.${id}`,
    what,
    unit: 'ms',
    values: { 'virtual-kubelet': rounded(median(ours)), limit: rounded(median(limit)) },
    note: 'the limit is the command line of the engine: `podman pod create`, `run` and `pod rm`',
  });
  return [
    row('start', 'A pod on Podman: creation to seen Running, median', times.starts),
    { ...row('end', 'the same: deletion to seen gone, median', times.ends) },
  ];
}

/** So many at once. */
async function allAtOnce(work: Work, { from = 0, to }: Numbers): Promise<Row> {
  const { engine } = work;
  const count = to - from;
  const ours = await timeOf(() => createAll(work, { from, to }));
  await removeAll(work, { from, to });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await startByHand(engine, `at-once-${next}`);
    }
  };
  const limit = await timeOf(() => Promise.all(Array.from({ length: parallel }, worker)));
  await engine.podman('pod', 'rm', '--all', '--force');
  const rate = (ms: number): number => rounded((count * 1_000) / ms);
  return {
    id: 'container.rate',
    what: 'Pods on Podman, all created at once, to the last Running',
    unit: 'pods/s',
    values: { 'virtual-kubelet': rate(ours), limit: rate(limit) },
  };
}

/** What pods that run cost our process. */
async function whileTheyRun(
  work: Work,
  { from = 0, to }: Numbers,
  probe: { readonly id: string; readonly what: string; readonly readinessProbe: Container['readinessProbe'] },
): Promise<readonly Row[]> {
  const { bench, running } = work;
  const seconds = bench.isQuick ? 1 : quiet;
  const rest = async (): Promise<{ cpu: number; memory: number }> => {
    await sleep(bench.isQuick ? 0 : 5_000);
    const before = usageOf(running.pid);
    await sleep(seconds * 1_000);
    const after = usageOf(running.pid);
    return { cpu: ((after.cpu - before.cpu) * 1_000) / seconds, memory: after.memory };
  };
  const idle = await rest();
  await createAll(work, { from, to }, probe.readinessProbe ? { readinessProbe: probe.readinessProbe } : {});
  const busy = await rest();
  await removeAll(work, { from, to });
  const each = (value: number): Row['values'] => ({ 'virtual-kubelet': rounded(Math.max(value, 0) / (to - from)) });
  return [
    {
      id: `container.cpu.${probe.id}`,
      what: `Processor time of a pod that runs, ${probe.what}`,
      unit: 'ms a second',
      values: each(busy.cpu - idle.cpu),
    },
    {
      id: `container.memory.${probe.id}`,
      what: `Memory of a pod that runs, ${probe.what}`,
      unit: 'kB',
      values: each((busy.memory - idle.memory) * 1_024),
      note: 'of our process, measured over few pods: the heap grows in steps',
    },
  ];
}

async function measure(bench: Bench, engine: Engine, at: AgentAtWork): Promise<readonly Row[]> {
  const work: Work = { ...at, bench, engine };
  const apart = bench.scaled(counts.apart);
  const together = apart + bench.scaled(counts.together);
  const rows: Row[] = [...(await oneByOne(work, apart)), await allAtOnce(work, { from: apart, to: together })];
  const kinds = [
    { id: 'none', what: 'without a probe', readinessProbe: undefined },
    {
      id: 'http',
      what: 'with an HTTP probe each second',
      readinessProbe: { httpGet: { port: 80, path: '/passwd' }, ...everySecond },
    },
    {
      id: 'exec',
      what: 'with a command as probe each second',
      readinessProbe: { exec: { command: ['true'] }, ...everySecond },
    },
  ];
  let from = together;
  for (const kind of kinds) {
    const to = from + bench.scaled(counts.probed);
    rows.push(...(await whileTheyRun(work, { from, to }, kind)));
    from = to;
  }
  for (const { what, unit, values } of rows)
    bench.report(`${what}: ${values['virtual-kubelet']} (limit ${values.limit ?? 'none'}) ${unit}`);
  return rows;
}

/** Real pods on a container engine beside the engine's own command line. Without an engine there is nothing to measure. */
export const container: Scenario = {
  name: 'container',
  async run(bench) {
    const engine = await startEngine();
    if ('missing' in engine) {
      bench.report(`not measured: ${engine.missing}`);
      return [];
    }
    try {
      const config = join(engine.folder, 'bench.json');
      writeFileSync(config, JSON.stringify({ socket: engine.socket, stateFolder: join(engine.folder, 'state') }));
      return await whileAtWork(bench, containerAgent(bench.cluster, config), (at) => measure(bench, engine, at));
    } finally {
      await engine.close();
    }
  },
};
