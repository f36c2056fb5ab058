import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-frozen';
const namespace = 'vk-frozen';

/** An agent with an identity and a platform of its own, so that what each did can be told apart. */
interface Agent extends VirtualKubelet {
  /** What it wrote into the cluster since a mark in the audit log, in order: `update leases 200`. */
  writes(since: number): readonly string[];
  /** UIDs of the pods its platform was asked to run. */
  created(): Promise<readonly string[]>;
}

async function startAgent(folder: string, instance: string): Promise<Agent> {
  const config = join(folder, `${instance}.json`);
  const journal = join(folder, instance);
  await writeFile(config, JSON.stringify({ [node]: { cpu: '10', memory: '1Gi', pods: '10', journal } }));
  const kubeconfig = plane.kubeconfig({ user: instance, groups: ['system:masters'] });
  const who = ['--nodename', node, '--instance', instance, '--kubeconfig', kubeconfig];
  const what = ['--provider', 'mock', '--provider-config', config, '--metrics-addr', 'none', '--port', '0'];
  return {
    ...startVirtualKubelet([...who, ...what]),
    writes: (since) =>
      plane
        .auditEvents(since)
        .filter(({ user: by, verb }) => by.username === instance && /^(create|update|patch|delete)$/.test(verb))
        .filter(({ objectRef }) => /^(leases|nodes|pods)$/.test(objectRef?.resource ?? ''))
        .map(({ verb, objectRef, responseStatus }) => `${verb} ${objectRef?.resource} ${responseStatus?.code}`),
    async created() {
      const lines = (await readFile(journal, 'utf8')).split('\n').filter((line) => line !== '');
      const entries = lines.map(
        (line) => JSON.parse(line) as { readonly put?: { readonly ref: { readonly uid: string } } },
      );
      return [...new Set(entries.flatMap(({ put }) => (put ? [put.ref.uid] : [])))];
    },
  };
}

async function untilReady(): Promise<void> {
  await user.kubectl('wait', `node/${node}`, '--for=create', '--timeout=60s');
  await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
}

async function untilLogged(agent: Agent, word: string): Promise<void> {
  await waitFor(word, async () => agent.log().includes(word) || undefined, { timeout: 90_000 });
}

describe.runIf(plane.handle.kind === 'own')('an agent that was frozen for longer than its Lease holds', () => {
  let folder = '';
  let agents: readonly Agent[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-frozen-'));
    await plane.createNamespace(namespace);
  });

  afterAll(async () => {
    for (const { process: child } of agents) child.kill('SIGCONT');
    await Promise.all(agents.map((agent) => agent.stop()));
    await plane.kubectl(['delete', 'node', node, '--ignore-not-found']);
    await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  test('finds another in its place: it claims nothing and starts nothing, and each pod runs once', async () => {
    const frozen = await startAgent(folder, 'frozen-first');
    agents = [frozen];
    await untilReady();
    frozen.process.kill('SIGSTOP');
    await user.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'meanwhile', namespace },
      spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'nginx' }] },
    });
    const other = await startAgent(folder, 'frozen-second');
    agents = [frozen, other];
    await user.kubectl('wait', 'pod/meanwhile', '-n', namespace, '--for=condition=Ready', '--timeout=110s');
    const uid = await user.kubectl('get', 'pod', 'meanwhile', '-n', namespace, '-o', 'jsonpath={.metadata.uid}');

    const mark = plane.auditPosition();
    frozen.process.kill('SIGCONT');
    await untilLogged(frozen, 'VK_NODE_TAKEN_OVER');
    await user.kubectl('delete', 'pod', 'meanwhile', '-n', namespace, '--timeout=30s');

    // Its one write was the renewal that told it, and the API server refused that.
    expect(frozen.writes(mark)).toEqual(['update leases 409']);
    expect(await frozen.created()).toEqual([]);
    expect(await other.created()).toEqual([uid]);
    expect(other.log()).not.toContain('VK_NODE_TAKEN_OVER');
  });

  test('takes the node back when the other has gone, the Lease before the Node', async () => {
    const [frozen, other] = agents;
    if (!frozen || !other) throw new Error('the agents did not start');
    const mark = plane.auditPosition();
    await other.stop();
    await waitFor('the first writes the Node again', async () => /nodes 200/.exec(frozen.writes(mark).join())?.[0], {
      timeout: 60_000,
    });
    expect(frozen.writes(mark)[0]).toBe('update leases 200');
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=30s');
  });
});
