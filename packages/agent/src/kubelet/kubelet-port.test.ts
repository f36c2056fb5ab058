import { request as httpsRequest } from 'node:https';
import { lifetime, metricRegistry, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import { certificateSlot } from '@virtual-kubelet/kubelet-api';
import type { Node, SubjectAccessReview, SubjectAccessReviewSpec } from '@virtual-kubelet/kubernetes';
import { addresses, createPlatform, memoryJournal, mock, mockSession } from '@virtual-kubelet/mock';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import { createWorld, path, podNamed, send } from '../../test/world.js';
import type { World } from '../../test/world.js';
import type { Agent, AgentOptions, KubeletSettings } from '../index.js';
import { createAgent, requestedCertificate } from '../index.js';

const validity = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
// The clock of the node is not that of the machine, so certificates hold for both.
const authority = createCertificateAuthority({ commonName: 'ca', notBefore: 0, notAfter: validity.notAfter });
const serving = authority.issue({ commonName: 'node', usages: ['server'], ipAddresses: ['127.0.0.1'], ...validity });

function person(commonName: string, ...organizations: readonly string[]) {
  return authority.issue({ commonName, organizations, usages: ['client'], ...validity });
}
const apiServer = person('kube-apiserver-kubelet-client', 'system:masters');
const somebody = person('somebody');

const settings: KubeletSettings = {
  certificate: async () => ({ ...certificateSlot(serving), current: serving, close: async () => undefined }),
  clientAuthorities: { pem: authority.certificatePem, subscribe: () => () => undefined },
  configuration: () => ({ kind: 'KubeletConfiguration' }),
};

/** An API server where administrators may do everything and others nothing; it keeps what it was asked. */
function strict(world: World, asked: SubjectAccessReviewSpec[]) {
  return world.playground.transport({
    intercept({ method, path: at, body }) {
      if (method === 'PATCH' && at.startsWith(`${path}/unwritten/status`))
        return { do: 'answer', status: 503, body: '{}' };
      if (method !== 'POST' || !at.endsWith('/subjectaccessreviews')) return { do: 'pass' };
      const review = JSON.parse(String(body)) as SubjectAccessReview;
      asked.push(review.spec);
      const allowed = review.spec.groups?.includes('system:masters') ?? false;
      return { do: 'answer', status: 201, body: JSON.stringify({ ...review, status: { allowed } }) };
    },
  });
}

function agentIn(world: World, asked: SubjectAccessReviewSpec[], kubelet: AgentOptions['kubelet'] = settings): Agent {
  const { clock } = world;
  const platform = createPlatform({ clock, addresses: addresses(), journal: memoryJournal() });
  const open = async () => mockSession(platform, { config: {} });
  return createAgent({
    transport: strict(world, asked),
    clock,
    random: seededRandom(2),
    ids: seededIds(seededRandom(3)),
    logger: silentLogger,
    metrics: metricRegistry(),
    definition: { ...mock, open } as unknown as ProviderDefinition,
    config: {},
    capabilities: capabilitiesOf(mock, {}),
    environment: {},
    kubeletVersion: 'v1.37.2-vk-test',
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
    kubelet,
  });
}

/** What somebody shows; nothing is a way, too. */
type Shown = Partial<Pick<typeof apiServer, 'certificatePem' | 'keyPem'>>;

function ask(
  port: number,
  at: string,
  as: Shown = apiServer,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  const credentials = { ca: authority.certificatePem, cert: as.certificatePem, key: as.keyPem };
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port, path: at, method, agent: false, ...credentials }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .once('error', reject)
      .end();
  });
}

async function portOf(world: World): Promise<number> {
  return (await nodeOf(world, 'vk')).status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
}

async function nodeOf(world: World, name: string): Promise<Node> {
  const { body } = await world.transport.request({ method: 'GET', path: `/api/v1/nodes/${name}` });
  return JSON.parse(new TextDecoder().decode(body)) as Node;
}

/** Ports are bound outside of the manual clock: its time moves until the promise is settled. */
async function passing<T>(world: World, promise: Promise<T>): Promise<T> {
  const progress = { isOver: false };
  promise.finally(() => (progress.isOver = true)).catch(() => undefined);
  while (!progress.isOver) {
    await world.clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}

async function started(agent: Agent, world: World, names: readonly string[]): Promise<void> {
  const life = lifetime();
  await agent.connect();
  for (const name of names) {
    const options = {
      node: { name, providerName: 'mock' },
      instance: 'here',
      internalIP: '127.0.0.1',
      kubelet: { host: '127.0.0.1', port: 0 },
    };
    await passing(world, agent.addNode(options, life.signal));
  }
}

describe('the kubelet API of a node', () => {
  test('is found where the Node says, serves its own pods only, and asks the API server who may', async () => {
    const world = await createWorld();
    const asked: SubjectAccessReviewSpec[] = [];
    const agent = agentIn(world, asked);
    await started(agent, world, ['vk', 'other']);
    await send(world, path, podNamed('web', {}, 'Always'));
    await world.clock.advance(5_000);
    const [node, other] = [await nodeOf(world, 'vk'), await nodeOf(world, 'other')];
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    const otherPort = other.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    expect(new Set([port, otherPort, 0]).size).toBe(3);
    expect(node.status?.declaredFeatures).toEqual(['ExtendWebSocketsToKubelet']);
    expect(node.status?.addresses).toContainEqual({ type: 'InternalIP', address: '127.0.0.1' });

    expect((await ask(port, '/pods')).body).toContain('"name":"web"');
    expect((await ask(otherPort, '/pods')).body).not.toContain('"name":"web"');
    expect((await ask(port, '/healthz')).body).toBe('ok');
    expect((await ask(port, '/containerLogs/default/web/c')).status).toBe(200);
    expect((await ask(otherPort, '/containerLogs/default/web/c')).status).toBe(404);
    expect((await ask(port, '/pods', somebody)).body).toBe(
      'Forbidden (user=somebody, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    );
    expect(asked).toContainEqual({
      user: 'somebody',
      groups: ['system:authenticated'],
      resourceAttributes: { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'pods', name: 'vk' },
    });
    await passing(world, agent.stop(lifetime().signal));
    await expect(ask(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  test('that waits for its certificate is told by the Node, while the node is ready and runs pods', async () => {
    const world = await createWorld();
    const agent = agentIn(world, [], async (client) => ({
      ...settings,
      certificate: async ({ name: node }) =>
        requestedCertificate({
          identity: { usage: 'serving', node, dnsNames: [node] },
          client,
          clock: world.clock,
          random: seededRandom(4),
          logger: silentLogger,
          waiting: () => undefined,
        }),
    }));
    await started(agent, world, ['vk']);
    await send(world, path, podNamed('web', {}, 'Always'));
    await world.clock.advance(5_000);
    const condition = async (type: string) =>
      (await nodeOf(world, 'vk')).status?.conditions?.find((each) => each.type === type);
    expect(await condition('Ready')).toMatchObject({ status: 'True' });
    const waits = await condition('ServingCertificateIssued');
    expect(waits).toMatchObject({ status: 'False', reason: 'WaitsForApproval' });
    const [, name = ''] = /kubectl certificate approve (csr-\w+)$/.exec(waits?.message ?? '') ?? [];
    const pod = await world.transport.request({ method: 'GET', path: `${path}/web` });
    expect(JSON.parse(new TextDecoder().decode(pod.body))).toMatchObject({ status: { phase: 'Running' } });
    await expect(ask(await portOf(world), '/healthz')).rejects.toThrow(/ECONNRESET|SSL|hang up/i);
    const at = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}/status`;
    const certificate = Buffer.from(serving.certificatePem).toString('base64');
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } } as const;
    await world.transport.request({ ...patch, path: at, body: JSON.stringify({ status: { certificate } }) });
    await world.clock.advance(20_000);
    expect(await condition('ServingCertificateIssued')).toMatchObject({ status: 'True', reason: 'Issued' });
    await passing(world, agent.stop(lifetime().signal));
  });

  test('knows what runs before it is written, and what does not run any more', async () => {
    const world = await createWorld();
    const agent = agentIn(world, []);
    await started(agent, world, ['vk']);
    const run = async (): Promise<unknown> =>
      passing(world, ask(await portOf(world), '/run/default/unwritten/c?cmd=hostname', apiServer, 'POST'));
    await send(world, path, podNamed('unwritten', { 'mock.virtual-kubelet.io/run-time': '1h' }, 'Never'));
    await world.clock.advance(5_000);
    expect(await run()).toEqual({ status: 200, body: 'unwritten\n' });
    await world.clock.advance(3_600_000);
    expect(await run()).toEqual({ status: 400, body: 'container "c" in pod "unwritten" is not running\n' });
    const { body } = await world.transport.request({ method: 'GET', path: `${path}/unwritten` });
    expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject({ status: { phase: 'Pending' } });
    await passing(world, agent.stop(lifetime().signal));
  });

  describe.each([
    { access: 'everybody', status: 200, conditions: [['KubeletAPIOpen', 'True', 'EverybodyAllowed']] },
    { access: undefined, status: 401, conditions: [] },
  ] as const)('with access $access', ({ access, status, conditions }) => {
    test(`answers ${status} to who shows nothing, and the Node says when it is open`, async () => {
      const world = await createWorld();
      const asked: SubjectAccessReviewSpec[] = [];
      const agent = agentIn(world, asked, { ...settings, ...(access ? { access } : {}) });
      await started(agent, world, ['vk']);
      await send(world, path, podNamed('web', {}, 'Always'));
      await world.clock.advance(5_000);
      const port = await portOf(world);
      const answers = [
        await ask(port, '/run/default/web/c?cmd=hostname', {}, 'POST'),
        await ask(port, '/containerLogs/default/web/c', {}),
        await ask(port, '/pods', {}),
        await ask(port, '/configz', {}),
      ];
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status));
      expect(asked).toEqual([]);
      const said = (await nodeOf(world, 'vk')).status?.conditions?.filter(({ type }) => type === 'KubeletAPIOpen');
      expect(said?.map((each) => [each.type, each.status, each.reason])).toEqual(conditions);
      await passing(world, agent.stop(lifetime().signal));
    });
  });
});
