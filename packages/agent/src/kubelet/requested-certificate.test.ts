import type { LogLine } from '@virtual-kubelet/base';
import { ManualClock, recordingLogger, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import {
  certificateValidity,
  createCertificateAuthority,
  generateKey,
  readCertificateRequest,
} from '@virtual-kubelet/certificates';
import { createApiClient, resources } from '@virtual-kubelet/client';
import type { ApiClient } from '@virtual-kubelet/client';
import type { CertificateAndKey } from '@virtual-kubelet/kubelet-api';
import type { CertificateSigningRequest } from '@virtual-kubelet/kubernetes';
import { createPlayground } from '@virtual-kubelet/playground';
import { describe, expect, test } from 'vitest';
import { renewalTime, requestedCertificate } from './requested-certificate.js';
import type { RequestedCertificate } from './requested-certificate.js';
import type { CertificateStore, PendingRequest } from './ask-for-certificate.js';
import { signingRequest } from './signing-request.js';

const day = 86_400_000;
const minute = 60_000;
const hour = 60 * minute;
const csrs = resources.certificateSigningRequests;

interface Cluster {
  readonly clock: ManualClock;
  readonly client: ApiClient;
  readonly lines: LogLine[];
  readonly asked: string[];
  /** Whether the API server answers nobody but the operator. */
  outage: boolean;
  ask(store?: CertificateStore): RequestedCertificate;
  /** A client certificate that renews itself; `bootstrap` asks when it has ended. */
  askAsItself(store: CertificateStore, bootstrap: ApiClient): RequestedCertificate;
  /** Another client; everything it asks is noted in `by`. */
  clientOf(by: string[]): ApiClient;
  requests(): Promise<readonly CertificateSigningRequest[]>;
  decide(name: string, type: 'Approved' | 'Denied'): Promise<void>;
  sign(name: string): Promise<void>;
}

/** A cluster whose operator is the test. @param life of the certificates it signs, milliseconds */
function cluster(life = 365 * day): Cluster {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const lines: LogLine[] = [];
  const asked: string[] = [];
  const playground = createPlayground({ clock, random, ids: seededIds(random), logger: silentLogger });
  const client = createApiClient({ transport: playground.transport(), clock, random, logger: silentLogger });
  const authority = createCertificateAuthority({
    commonName: 'ca',
    notBefore: 0,
    notAfter: clock.wall() + 3_650 * day,
  });
  const agent = createApiClient({
    transport: playground.transport({
      intercept: () => (world.outage ? { do: 'answer', status: 500, body: '{}' } : { do: 'pass' }),
    }),
    clock,
    random,
    logger: silentLogger,
  });
  const common = {
    client: agent,
    clock,
    random: seededRandom(2),
    logger: recordingLogger(lines),
    waiting: (name: string) => void asked.push(name),
    makeKey: generateKey,
  };
  const world: Cluster = {
    clock,
    client,
    lines,
    asked,
    outage: false,
    ask: (store) =>
      requestedCertificate({
        ...common,
        identity: { usage: 'serving', node: 'vk-1', dnsNames: ['vk-1'], ipAddresses: ['10.0.0.7'] },
        ...(store ? { store } : {}),
      }),
    askAsItself: (store, bootstrap) =>
      requestedCertificate({ ...common, identity: { usage: 'client', node: 'vk-1' }, store, afterEnd: bootstrap }),
    clientOf: (by) =>
      createApiClient({
        transport: playground.transport({
          intercept({ method, path }) {
            by.push(`${method} ${path.replace(/csr-\w+/, 'csr')}`);
            return { do: 'pass' };
          },
        }),
        clock,
        random,
        logger: silentLogger,
      }),
    requests: async () => (await client.list(csrs)).items,
    async decide(name, type) {
      const request = await client.get(csrs, { name });
      const conditions = [{ type, status: 'True', reason: 'Operator', message: 'as decided' }];
      await client.replace(csrs, { ...request, status: { conditions } }, { subresource: 'approval' });
    },
    async sign(name) {
      const request = await client.get(csrs, { name });
      const { publicKey, ipAddresses } = readCertificateRequest(
        Buffer.from(request.spec.request, 'base64').toString('utf8'),
      );
      const certificatePem = authority.certify(publicKey, {
        commonName: 'system:node:vk-1',
        usages: ['server'],
        ipAddresses,
        notBefore: clock.wall(),
        notAfter: clock.wall() + life,
      });
      const certificate = Buffer.from(certificatePem).toString('base64');
      await client.replace(csrs, { ...request, status: { ...request.status, certificate } }, { subresource: 'status' });
    },
  };
  return world;
}

interface Memory extends CertificateStore {
  kept: CertificateAndKey | undefined;
  request: PendingRequest | undefined;
}

function memory(first?: CertificateAndKey): Memory {
  const store: Memory = {
    kept: first,
    request: undefined,
    load() {
      return Promise.resolve(this.kept);
    },
    save(value) {
      this.kept = value;
      return Promise.resolve();
    },
    pending: {
      load: async () => store.request,
      async save(request) {
        store.request = request;
      },
    },
  };
  return store;
}

/** Brings the first certificate about. */
async function approved(world: Cluster): Promise<void> {
  await world.clock.advance(3_000);
  const name = world.asked.at(-1) ?? '';
  await world.decide(name, 'Approved');
  await world.sign(name);
  await world.clock.advance(30_000);
}

describe('a serving certificate asked of the cluster', () => {
  test('is requested as the signer for kubelets demands it, and its name is told for approval', async () => {
    const world = cluster();
    const certificate = world.ask();
    await world.clock.advance(60_000);
    const [request, ...others] = await world.requests();
    expect(others).toEqual([]);
    expect(request?.spec).toMatchObject({
      signerName: 'kubernetes.io/kubelet-serving',
      usages: ['digital signature', 'server auth'],
    });
    expect(readCertificateRequest(Buffer.from(request?.spec.request ?? '', 'base64').toString('utf8'))).toMatchObject({
      commonName: 'system:node:vk-1',
      organizations: ['system:nodes'],
      dnsNames: ['vk-1'],
      ipAddresses: ['10.0.0.7'],
    });
    expect(world.asked).toEqual([request?.metadata?.name]);
    expect(certificate.current).toBeUndefined();
    await certificate.close();
    expect(world.clock.pending).toBe(0);
  });

  test('is there soon after somebody approved it, with the key that never left', async () => {
    const world = cluster();
    const certificate = world.ask();
    let changes = 0;
    certificate.subscribe(() => (changes += 1));
    await approved(world);
    expect(changes).toBe(1);
    expect(certificate.current?.keyPem).toContain('PRIVATE KEY');
    expect(JSON.stringify([await world.requests(), world.lines])).not.toContain('PRIVATE KEY');
    await certificate.close();
  });

  test('that was denied is asked for again, at most once a minute', async () => {
    const world = cluster();
    const certificate = world.ask();
    await world.clock.advance(1_000);
    await world.decide(world.asked[0] ?? '', 'Denied');
    await world.clock.advance(20_000);
    expect(world.lines.map(({ message }) => message)).toEqual(['there is no serving certificate yet, asking again']);
    expect(await world.requests()).toHaveLength(1);
    await world.clock.advance(120_000);
    expect(await world.requests()).toHaveLength(2);
    await certificate.close();
  });

  test('whose request was deleted is asked for again', async () => {
    const world = cluster();
    const certificate = world.ask();
    await world.clock.advance(1_000);
    const [name = ''] = world.asked;
    await world.client.delete(csrs, { name });
    await world.clock.advance(60_000);
    expect((await world.requests()).map(({ metadata }) => metadata?.name)).not.toEqual([name]);
    expect(await world.requests()).toHaveLength(1);
    await certificate.close();
  });

  test('shows on the Node with the command that approves it, until it is there', async () => {
    const world = cluster();
    const certificate = world.ask();
    let changes = 0;
    certificate.conditions.subscribe(() => (changes += 1));
    expect(certificate.conditions.current()).toMatchObject([{ status: 'Unknown', reason: 'Requested' }]);
    await world.clock.advance(3_000);
    const [name = ''] = world.asked;
    expect(certificate.conditions.current()).toEqual([
      {
        type: 'ServingCertificateIssued',
        status: 'False',
        reason: 'WaitsForApproval',
        message: `the kubelet API refuses connections until its certificate is approved: kubectl certificate approve ${name}`,
      },
    ]);
    expect(changes).toBe(1);
    await approved(world);
    expect(certificate.conditions.current()).toMatchObject([{ status: 'True', reason: 'Issued' }]);
    expect(changes).toBe(2);
    await certificate.close();
  });

  test('that was denied shows on the Node with what was said', async () => {
    const world = cluster();
    const certificate = world.ask();
    await world.clock.advance(1_000);
    const [name = ''] = world.asked;
    await world.decide(name, 'Denied');
    await world.clock.advance(20_000);
    expect(certificate.conditions.current()).toMatchObject([
      { status: 'False', reason: 'Refused', message: expect.stringContaining(`${name} was refused: as decided`) },
    ]);
    await certificate.close();
  });

  test('that waits for its renewal alarms nobody before its end is near', async () => {
    const world = cluster(hour);
    const certificate = world.ask();
    await approved(world);
    const ends = certificateValidity(certificate.current?.certificatePem ?? '').notAfter;
    while (world.clock.wall() < ends - 4 * minute) {
      await world.clock.advance(minute);
      expect(certificate.conditions.current()).toMatchObject([{ status: 'True' }]);
    }
    const name = world.asked[1] ?? '';
    await world.clock.advance(1.5 * minute);
    expect(certificate.conditions.current()).toMatchObject([
      {
        status: 'False',
        reason: 'NotRenewed',
        message: `the certificate of the kubelet API ends at ${new Date(ends).toISOString()}: kubectl certificate approve ${name}`,
      },
    ]);
    await world.decide(name, 'Approved');
    await world.sign(name);
    await world.clock.advance(minute);
    expect(certificate.conditions.current()).toMatchObject([{ status: 'True' }]);
    await certificate.close();
  });

  test('is renewed between 70 and 90 percent of its life, and the old one serves until then', async () => {
    const world = cluster();
    const certificate = world.ask();
    await approved(world);
    const first = certificate.current;
    await world.clock.advance(0.69 * 365 * day);
    expect(await world.requests()).toHaveLength(1);
    const latest = world.clock.wall() + 0.22 * 365 * day;
    while (world.asked.length < 2 && world.clock.wall() < latest) await world.clock.advance(day / 4);
    expect(world.asked).toHaveLength(2);
    expect(certificate.current).toBe(first);
    const name = world.asked[1] ?? '';
    await world.decide(name, 'Approved');
    await world.sign(name);
    await world.clock.advance(60_000);
    expect(certificate.current).not.toBe(first);
    await certificate.close();
  });

  test('that was kept serves at once after a restart, without a request', async () => {
    const world = cluster();
    const store = memory();
    const before = world.ask(store);
    await approved(world);
    await before.close();
    const after = world.ask(store);
    await world.clock.advance(1_000);
    expect(after.current).toEqual(store.kept);
    expect(await world.requests()).toHaveLength(1);
    await after.close();
  });

  test('whose approval comes after a restart is not approved in vain', async () => {
    const world = cluster();
    const store = memory();
    const before = world.ask(store);
    await world.clock.advance(3_000);
    await before.close();
    const [name = ''] = world.asked;
    await world.decide(name, 'Approved');
    await world.sign(name);
    const after = world.ask(store);
    await world.clock.advance(1_000);
    expect(after.current).toBeDefined();
    expect(await world.requests()).toHaveLength(1);
    expect(store.request).toBeUndefined();
    await after.close();
  });

  test('whose request is of no use any more, since the names have changed, is asked for anew', async () => {
    const world = cluster();
    const store = memory();
    store.request = { name: 'csr-old', keyPem: '', identity: '{"usage":"serving","node":"vk-1"}' };
    const certificate = world.ask(store);
    await world.clock.advance(3_000);
    expect(world.asked).toHaveLength(1);
    expect(store.request.name).toBe(world.asked[0]);
    await certificate.close();
  });

  test('that was kept and is over is asked for anew', async () => {
    const world = cluster();
    const store = memory();
    const before = world.ask(store);
    await approved(world);
    await before.close();
    await world.clock.advance(400 * day);
    const after = world.ask(store);
    await world.clock.advance(1_000);
    expect(after.current).toBeUndefined();
    expect(world.asked).toHaveLength(2);
    await after.close();
  });

  test('serves though it cannot be kept', async () => {
    const world = cluster();
    const full = { load: async () => undefined, save: () => Promise.reject(new Error('no space left')) };
    const certificate = world.ask(full);
    await approved(world);
    expect(certificate.current).toBeDefined();
    expect(world.lines.map(({ level, fields }) => [level, fields['error']])).toEqual([['warn', 'no space left']]);
    await certificate.close();
  });

  test('to be a node with has no names but that of the node, as its signer demands', () => {
    const { spec } = signingRequest({ usage: 'client', node: 'vk-1' }, generateKey());
    expect(spec).toMatchObject({
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    });
    const request = readCertificateRequest(Buffer.from(spec.request, 'base64').toString('utf8'));
    expect(request).toMatchObject({ commonName: 'system:node:vk-1', organizations: ['system:nodes'] });
    expect([request.dnsNames, request.ipAddresses]).toEqual([[], []]);
  });

  test('nodes that were made together do not renew together', () => {
    const validity = { notBefore: 0, notAfter: 100 };
    const times = Array.from({ length: 50 }, (_, seed) => renewalTime(validity, seededRandom(seed)));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(70);
    expect(Math.max(...times)).toBeLessThanOrEqual(90);
    expect(new Set(times).size).toBeGreaterThan(40);
  });
});

describe('a client certificate that renews itself', () => {
  interface Due {
    readonly certificate: RequestedCertificate;
    readonly store: Memory;
    /** Requests of the bootstrap credentials since. */
    readonly by: string[];
    /** When the certificate ends, milliseconds since the epoch. */
    readonly ends: number;
    /** Moves time to a little beyond that. */
    end(): Promise<void>;
  }

  /** One that has been in use until its renewal was asked for. */
  async function due(world: Cluster): Promise<Due> {
    const store = memory();
    const by: string[] = [];
    const certificate = world.askAsItself(store, world.clientOf(by));
    await approved(world);
    expect(by.filter((call) => call.startsWith('POST'))).toHaveLength(1);
    by.length = 0;
    const ends = certificateValidity(certificate.current?.certificatePem ?? '').notAfter;
    while (world.asked.length < 2) await world.clock.advance(minute / 4);
    const end = async (): Promise<void> => {
      while (world.clock.wall() < ends + 5_000) await world.clock.advance(minute / 4);
    };
    return { certificate, store, by, ends, end };
  }

  async function approvedLast(world: Cluster): Promise<void> {
    const name = world.asked.at(-1) ?? '';
    await world.decide(name, 'Approved');
    await world.sign(name);
    await world.clock.advance(minute);
  }

  test('asks as itself, and goes on with the old one however late the answer comes', async () => {
    const world = cluster(hour);
    const { certificate, store, by } = await due(world);
    const old = certificate.current;
    await world.clock.advance(5 * minute);
    expect(certificate.current).toBe(old);
    await approvedLast(world);
    expect(certificate.current).not.toBe(old);
    expect(store.kept).toBe(certificate.current);
    expect(by).toEqual([]);
    await certificate.close();
  });

  test('that was refused is used until it ends; then the bootstrap credentials ask at once', async () => {
    const world = cluster(hour);
    const { certificate, by, ends, end } = await due(world);
    const old = certificate.current;
    for (let denied = 1; world.clock.wall() < ends - minute; await world.clock.advance(minute / 4))
      if (world.asked.length > denied) await world.decide(world.asked[denied++] ?? '', 'Denied');
    expect(world.asked.length).toBeGreaterThan(3);
    expect(certificate.current).toBe(old);
    expect(by).toEqual([]);
    await end();
    expect(by[0]).toBe('POST /apis/certificates.k8s.io/v1/certificatesigningrequests');
    // They do not wait as long as who was refused often.
    const asked = world.asked.length;
    await world.decide(world.asked.at(-1) ?? '', 'Denied');
    await world.clock.advance(2 * minute);
    expect(world.asked).toHaveLength(asked + 1);
    await approvedLast(world);
    expect(certificate.current).not.toBe(old);
    await certificate.close();
  });

  test('whose renewal nobody approved gives that request up at its end: one of the bootstrap credentials may be approved', async () => {
    const world = cluster(hour);
    const { certificate, store, by, end } = await due(world);
    const [, own = ''] = world.asked;
    expect(store.request?.name).toBe(own);
    await end();
    expect(by.filter((call) => call.startsWith('POST'))).toHaveLength(1);
    expect(store.request?.name).not.toBe(own);
    expect(world.asked.at(-1)).toBe(store.request?.name);
    await certificate.close();
  });

  test('keeps the request for its successor over a restart', async () => {
    const world = cluster(hour);
    const { certificate, store, by } = await due(world);
    await certificate.close();
    const before = await world.requests();
    const after = world.askAsItself(store, world.clientOf(by));
    await world.clock.advance(2 * minute);
    expect(await world.requests()).toEqual(before);
    await approvedLast(world);
    expect(after.current).toBe(store.kept);
    expect(after.current).not.toBe(certificate.current);
    expect(by).toEqual([]);
    await after.close();
  });

  test('is asked for again soon where the API server did not answer', async () => {
    const world = cluster(hour);
    const { certificate } = await due(world);
    world.outage = true;
    await world.clock.advance(4 * minute);
    const name = world.asked.at(-1) ?? '';
    world.outage = false;
    await world.decide(name, 'Approved');
    await world.sign(name);
    await world.clock.advance(1.5 * minute);
    expect(certificateValidity(certificate.current?.certificatePem ?? '').notAfter).toBeGreaterThan(
      world.clock.wall() + 55 * minute,
    );
    await certificate.close();
  });
});
