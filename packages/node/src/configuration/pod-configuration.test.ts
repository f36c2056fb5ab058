import { ManualClock, recordingLogger, seededRandom } from '@virtual-kubelet/base';
import type { LogLine, Transport, TransportRequest, TransportResponse } from '@virtual-kubelet/base';
import { createApiClient } from '@virtual-kubelet/client';
import type { InformerEvent } from '@virtual-kubelet/client';
import type { Pod, PodSpec, TokenRequest } from '@virtual-kubelet/kubernetes';
import type { ContentVolume, PodInputs } from '@virtual-kubelet/provider';
import { resolve } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import type { ConfigInformers } from './config-notices.js';
import { ConfigReadError } from './config-read-error.js';
import { givenOf } from './config-watcher.js';
import type { PodConfiguration, PodConfigurationOptions } from './pod-configuration.js';
import { createPodConfiguration } from './pod-configuration.js';
import type { InputsOutcome } from './resolve-inputs.js';

const canary = 'canary-31337';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

type Answer = (request: TransportRequest) => { status: number; body: unknown } | undefined;

/** The little of an API server that is read here: objects by path, Services by namespace, tokens. */
class TestApi implements Transport {
  readonly objects = new Map<string, object>();
  readonly requests: string[] = [];
  readonly tokenRequests: TokenRequest[] = [];
  /** Answers instead of the objects, for faults. */
  fault: Answer = () => undefined;
  /** Held answers wait for this. */
  gate: Promise<void> = Promise.resolve();

  put(path: string, object: object): void {
    this.objects.set(`/api/v1/${path}`, object);
  }

  remove(path: string): void {
    this.objects.delete(`/api/v1/${path}`);
  }

  count(path: string): number {
    return this.requests.filter((line) => line.endsWith(path)).length;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(`${request.method} ${request.path}`);
    const { status, body } = this.fault(request) ?? this.#answer(request);
    await this.gate;
    return {
      status,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    };
  }

  #answer({ method, path, body }: TransportRequest): { status: number; body: unknown } {
    if (method === 'POST') return this.#token(path, JSON.parse(String(body)) as TokenRequest);
    const [plain = '', query = ''] = path.split('?');
    if (plain.endsWith('/services')) return { status: 200, body: this.#page(plain, query) };
    const found = this.objects.get(plain);
    return found ? { status: 200, body: found } : notFound(plain);
  }

  #page(path: string, query: string): unknown {
    const items = [...this.objects].filter(([at]) => at.startsWith(`${path}/`)).map(([, object]) => object);
    const from = Number(new URLSearchParams(query).get('continue') ?? 0);
    const more = from + 2 < items.length ? { continue: String(from + 2) } : {};
    return { metadata: { resourceVersion: '1', ...more }, items: items.slice(from, from + 2) };
  }

  #token(path: string, request: TokenRequest): { status: number; body: unknown } {
    if (!this.objects.has(path.replace('/token', ''))) return notFound(path);
    this.tokenRequests.push(request);
    return { status: 201, body: { ...request, status: { token: `${canary}-token-${this.tokenRequests.length}` } } };
  }

  stream(): Promise<never> {
    return Promise.reject(new Error('nothing is watched'));
  }

  upgrade(): Promise<never> {
    return Promise.reject(new Error('nothing is upgraded'));
  }

  async close(): Promise<void> {}
}

function notFound(path: string): { status: number; body: unknown } {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'NotFound',
    code: 404,
    message: `${path} not found`,
  };
  return { status: 404, body: status };
}

interface World {
  readonly api: TestApi;
  readonly clock: ManualClock;
  readonly configuration: PodConfiguration;
  readonly lines: LogLine[];
  readonly changed: string[];
}

function world(more: Partial<PodConfigurationOptions> = {}): World {
  const api = new TestApi();
  const clock = new ManualClock();
  const random = seededRandom(3);
  const lines: LogLine[] = [];
  const changed: string[] = [];
  const configuration = createPodConfiguration({
    client: createApiClient({ transport: api, clock, random }),
    clock,
    random,
    logger: recordingLogger(lines),
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: ['10.96.0.10'] },
    consumes: { env: true, volumes: true, tokens: true, pullSecrets: true },
    nodeName: 'vk',
    nodeAllocatable: () => ({ cpu: '4' }),
    ...more,
  });
  configuration.onChanged((uid) => changed.push(uid));
  return { api, clock, configuration, lines, changed };
}

function pod(uid: string, spec: Partial<PodSpec> = {}): Pod {
  const metadata = { name: `pod-${uid}`, namespace: 'shop', uid };
  return { metadata, spec: { nodeName: 'vk', serviceAccountName: 'robot', containers: [{ name: 'app' }], ...spec } };
}

function withEnv(
  uid: string,
  kind: 'configMapKeyRef' | 'secretKeyRef',
  ref: { name: string; optional?: boolean },
): Pod {
  const env = [{ name: 'X', valueFrom: { [kind]: { ...ref, key: 'k' } } }];
  return pod(uid, { containers: [{ name: 'app', env }], enableServiceLinks: false });
}

const access: NonNullable<PodSpec['volumes']> = [
  {
    name: 'kube-api-access',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ],
    },
  },
];

function inputs(outcome: InputsOutcome): PodInputs {
  if (outcome.kind !== 'resolved') throw new Error(outcome.message);
  return outcome.inputs;
}

function valueOf(outcome: InputsOutcome, name: string): unknown {
  const found = inputs(outcome).containers[0]?.env.find((variable) => variable.name === name);
  return found && resolve(found.value, { podIPs: [], hostIPs: [] });
}

/** Content of a file of the first volume. */
function fileOf(volumes: PodInputs['volumes'] | readonly ContentVolume[], path: string): string | undefined {
  const [volume] = volumes;
  const file = volume?.kind === 'contents' ? volume.files.find((one) => one.path === path) : undefined;
  return file && Buffer.from(file.content.reveal(), 'base64').toString();
}

describe('the configuration of a pod', () => {
  test('is read from the cluster, each object once', async () => {
    const { api, configuration } = world();
    api.put('namespaces/shop/configmaps/c', { data: { k: 'v' } });
    api.put('namespaces/shop/secrets/s', { data: { k: base64(canary) } });
    const containers = ['a', 'b'].map((name) => ({
      name,
      envFrom: [{ configMapRef: { name: 'c' } }, { secretRef: { name: 's' } }],
    }));
    const outcome = await configuration.resolve(
      pod('1', { containers, volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
    );
    expect(fileOf(inputs(outcome).volumes, 'k')).toBe(canary);
    expect(api.requests.toSorted()).toEqual([
      'GET /api/v1/namespaces/default/services/kubernetes',
      'GET /api/v1/namespaces/shop/configmaps/c',
      'GET /api/v1/namespaces/shop/secrets/s',
      'GET /api/v1/namespaces/shop/services?limit=500&resourceVersion=0',
    ]);
    await configuration.close();
  });

  test('is not read where the provider does not consume it', async () => {
    const { api, configuration } = world({
      consumes: { env: false, volumes: false, tokens: false, pullSecrets: false },
    });
    const everything = {
      ...withEnv('1', 'secretKeyRef', { name: 's' }).spec,
      volumes: access,
      imagePullSecrets: [{ name: 's' }],
    };
    expect(await configuration.resolve(pod('1', everything))).toMatchObject({ kind: 'resolved' });
    expect(api.requests).toEqual([]);
    await configuration.close();
  });

  test('says what is missing, and heals when it appears', async () => {
    const { api, clock, configuration } = world();
    const waiting = withEnv('1', 'configMapKeyRef', { name: 'late' });
    expect(await configuration.resolve(waiting)).toMatchObject({
      kind: 'missing',
      container: 'app',
      waitingReason: 'CreateContainerConfigError',
      message: 'configmap "late" not found',
    });
    api.put('namespaces/shop/configmaps/late', { data: { k: 'v' } });
    await clock.advance(2_000);
    expect(valueOf(await configuration.resolve(waiting), 'X')).toBe('v');
    await configuration.close();
  });

  test('of a new pod is never older than the pod', async () => {
    const { api, configuration } = world();
    api.put('namespaces/shop/configmaps/c', { data: { k: 'old' } });
    expect(valueOf(await configuration.resolve(withEnv('1', 'configMapKeyRef', { name: 'c' })), 'X')).toBe('old');
    api.put('namespaces/shop/configmaps/c', { data: { k: 'new' } });
    expect(valueOf(await configuration.resolve(withEnv('2', 'configMapKeyRef', { name: 'c' })), 'X')).toBe('new');
    await configuration.close();
  });

  test("may hold the cluster's authorities as they were a while ago, but is never without them for that", async () => {
    const { api, clock, configuration } = world();
    api.put('namespaces/shop/serviceaccounts/robot', {});
    const start = (uid: string): Promise<InputsOutcome> => configuration.resolve(pod(uid, { volumes: access }));
    expect(await start('1')).toMatchObject({ kind: 'missing' });
    api.put('namespaces/shop/configmaps/kube-root-ca.crt', { data: { 'ca.crt': 'CA 1' } });
    expect(fileOf(inputs(await start('2')).volumes, 'ca.crt')).toBe('CA 1');
    api.put('namespaces/shop/configmaps/kube-root-ca.crt', { data: { 'ca.crt': 'CA 2' } });
    expect(fileOf(inputs(await start('3')).volumes, 'ca.crt')).toBe('CA 1');
    expect(api.count('/configmaps/kube-root-ca.crt')).toBe(2);
    await clock.advance(60_000);
    expect(fileOf(inputs(await start('4')).volumes, 'ca.crt')).toBe('CA 2');
    await configuration.close();
  });

  test('of many pods that start together is read together', async () => {
    const { api, configuration } = world();
    api.put('namespaces/shop/configmaps/c', { data: { k: 'v' } });
    const outcomes = Array.from({ length: 100 }, (_, i) =>
      configuration.resolve(withEnv(String(i), 'configMapKeyRef', { name: 'c' })),
    );
    await Promise.all(outcomes);
    expect(api.count('/configmaps/c')).toBeLessThanOrEqual(2);
    await configuration.close();
  });

  test('of pods that came together is read once, though their turns come one after another', async () => {
    const { api, configuration } = world();
    api.put('namespaces/shop/configmaps/c', { data: { k: 'v' } });
    const uses = (uid: string): Pod =>
      pod(uid, { containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'c' } }] }] });
    const pods = Array.from({ length: 20 }, (_, i) => uses(String(i)));
    for (const { metadata } of pods) configuration.sighted(metadata?.uid ?? '');
    for (const each of pods) await configuration.resolve(each);
    const lists = (): number => api.requests.filter((request) => request.includes('/shop/services?')).length;
    expect([api.count('/configmaps/c'), lists()]).toEqual([1, 1]);
    configuration.sighted('later');
    await configuration.resolve(uses('later'));
    expect([api.count('/configmaps/c'), lists()]).toEqual([2, 2]);
    await configuration.close();
  });

  test.each([
    { kind: 'configMapKeyRef', plural: 'configmaps', optional: false, reason: 'FailedToReadMandatoryConfigMap' },
    { kind: 'secretKeyRef', plural: 'secrets', optional: true, reason: 'FailedToReadOptionalSecret' },
  ] as const)(
    '$plural that cannot be read are an error, never missing ones',
    async ({ kind, plural, optional, reason }) => {
      const { api, configuration } = world();
      const forbidden = {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Forbidden',
        code: 403,
        message: 'may not look',
      };
      api.fault = ({ path }) => (path.includes(plural) ? { status: 403, body: forbidden } : undefined);
      const rejected = await configuration
        .resolve(withEnv('1', kind, { name: 'x', optional }))
        .catch((error: unknown) => error);
      expect(rejected).toBeInstanceOf(ConfigReadError);
      expect(rejected).toMatchObject({
        code: 'VK_POD_CONFIG_UNREADABLE',
        events: [{ reason, message: expect.stringContaining('may not look') }],
      });
      api.fault = () => undefined;
      api.put(`namespaces/shop/${plural}/x`, { data: { k: '' } });
      expect(await configuration.resolve(withEnv('1', kind, { name: 'x', optional }))).toMatchObject({
        kind: 'resolved',
      });
      await configuration.close();
    },
  );

  test('ends with the signal of who asked', async () => {
    const { api, configuration } = world();
    api.gate = new Promise(() => undefined);
    const stop = new AbortController();
    const asked = configuration.resolve(withEnv('1', 'secretKeyRef', { name: 's' }), stop.signal);
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await configuration.close();
  });
});

describe('Services', () => {
  test("of the pod's namespace and the API server are told of, page by page", async () => {
    const { api, configuration } = world();
    for (const name of ['a', 'b', 'c']) {
      api.put(`namespaces/shop/services/${name}`, {
        metadata: { name, namespace: 'shop' },
        spec: { clusterIP: `10.0.0.${name.charCodeAt(0)}`, ports: [{ port: 80 }] },
      });
    }
    api.put('namespaces/default/services/kubernetes', {
      metadata: { name: 'kubernetes', namespace: 'default' },
      spec: { clusterIP: '10.96.0.1', ports: [{ port: 443 }] },
    });
    const linked = await configuration.resolve(pod('1'));
    expect([valueOf(linked, 'C_SERVICE_HOST'), valueOf(linked, 'KUBERNETES_SERVICE_HOST')]).toEqual([
      '10.0.0.99',
      '10.96.0.1',
    ]);
    const alone = await configuration.resolve(pod('2', { enableServiceLinks: false }));
    expect([valueOf(alone, 'C_SERVICE_HOST'), valueOf(alone, 'KUBERNETES_SERVICE_HOST')]).toEqual([
      undefined,
      '10.96.0.1',
    ]);
    await configuration.close();
  });

  test('the API server may have another address for pods', async () => {
    const apiServer = { host: 'api.example.com', port: 6443 };
    const { api, configuration } = world({
      clusterNetwork: { apiServer, clusterDomain: 'cluster.local', dnsAddresses: [] },
    });
    const outcome = await configuration.resolve(pod('1'));
    expect(valueOf(outcome, 'KUBERNETES_SERVICE_HOST')).toBe('api.example.com');
    expect(api.count('/services/kubernetes')).toBe(0);
    await configuration.close();
  });
});

describe('claims', () => {
  test('are resolved to their volumes, and waited for until they are bound', async () => {
    const { api, configuration } = world();
    const claiming = pod('1', {
      enableServiceLinks: false,
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'disk' } }],
    });
    const claim = { metadata: { name: 'disk', uid: 'c1' }, spec: { volumeName: 'pv' } };
    api.put('namespaces/shop/persistentvolumeclaims/disk', { ...claim, status: { phase: 'Pending' } });
    expect(await configuration.resolve(claiming)).toMatchObject({
      kind: 'missing',
      waitingReason: 'ContainerCreating',
      message: 'volume "data": persistentvolumeclaim "disk" is not bound',
      events: [{ reason: 'FailedMount' }],
    });
    api.put('namespaces/shop/persistentvolumeclaims/disk', { ...claim, status: { phase: 'Bound' } });
    api.put('persistentvolumes/pv', { spec: { claimRef: { uid: 'c1' }, nfs: { server: 's', path: '/' } } });
    expect(inputs(await configuration.resolve(claiming)).volumes).toMatchObject([
      { kind: 'claim', volume: { nfs: { server: 's' } } },
    ]);
    await configuration.close();
  });
});

describe('a running pod', () => {
  async function running(): Promise<World & { one: Pod; volumes: () => Promise<readonly ContentVolume[]> }> {
    const all = world();
    const { api, configuration } = all;
    api.put('namespaces/shop/serviceaccounts/robot', {});
    api.put('namespaces/shop/configmaps/kube-root-ca.crt', { data: { 'ca.crt': 'CA 1' } });
    api.put('namespaces/shop/secrets/s', { data: { k: base64('x') } });
    const one = pod('1', { ...withEnv('1', 'secretKeyRef', { name: 's' }).spec, volumes: access });
    configuration.watch(one, givenOf(inputs(await configuration.resolve(one)).volumes));
    return { ...all, one, volumes: async () => (await configuration.resolveVolumes(one)).volumes };
  }

  test('gets a token bound to it', async () => {
    const { api, configuration, volumes } = await running();
    expect(fileOf(await volumes(), 'token')).toBe(`${canary}-token-1`);
    expect(api.requests).toContain('POST /api/v1/namespaces/shop/serviceaccounts/robot/token');
    expect(api.tokenRequests.map((request) => request.spec)).toEqual([
      {
        audiences: [],
        expirationSeconds: 3607,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'pod-1', uid: '1' },
      },
    ]);
    await configuration.close();
  });

  test('is told of when a ConfigMap of a volume changes, within the time to live', async () => {
    const { api, clock, configuration, changed, volumes } = await running();
    await clock.advance(150_000);
    expect(changed).toEqual([]);
    api.put('namespaces/shop/configmaps/kube-root-ca.crt', { data: { 'ca.crt': 'CA 2' } });
    await clock.advance(150_000);
    expect(changed).toContain('1');
    expect(fileOf(await volumes(), 'ca.crt')).toBe('CA 2');
    await configuration.close();
  });

  test('is told of when a token is due, even if the rest of its configuration is gone', async () => {
    const { api, clock, configuration, changed, one, volumes } = await running();
    api.remove('namespaces/shop/secrets/s');
    api.fault = ({ path }) => (path.includes('/secrets/') ? { status: 403, body: {} } : undefined);
    await clock.advance(0.8 * 3_607_000);
    expect(changed).toContain('1');
    expect(fileOf(await volumes(), 'token')).toBe(`${canary}-token-2`);
    api.fault = () => undefined;
    expect(await configuration.resolve(one)).toMatchObject({ kind: 'missing' });
    await configuration.close();
  });

  test('keeps what it has of a volume whose source is gone', async () => {
    const { api, clock, configuration, changed, one } = await running();
    api.remove('namespaces/shop/configmaps/kube-root-ca.crt');
    await clock.advance(150_000);
    expect(changed).toEqual([]);
    expect(await configuration.resolveVolumes(one)).toMatchObject({ volumes: [], events: [{ reason: 'FailedMount' }] });
    await configuration.close();
  });

  test('does not ask again for what cannot change', async () => {
    const { api, clock, configuration } = world();
    api.put('namespaces/shop/configmaps/c', { immutable: true, data: { k: 'v' } });
    const one = pod('1', { enableServiceLinks: false, volumes: [{ name: 'v', configMap: { name: 'c' } }] });
    configuration.watch(one, givenOf(inputs(await configuration.resolve(one)).volumes));
    await clock.advance(3_600_000);
    expect(api.count('/configmaps/c')).toBe(1);
    await configuration.close();
  });

  test('leaves nothing behind when it goes', async () => {
    const { api, clock, configuration, one } = await running();
    configuration.forget('1');
    const before = api.requests.length;
    await clock.advance(1_000_000);
    expect(api.requests).toHaveLength(before);
    expect(clock.pending).toBe(0);
    await configuration.resolve(one);
    expect(api.tokenRequests).toHaveLength(2);
    await configuration.close();
  });

  test('is not spoken of after closing', async () => {
    const { clock, configuration, api, changed } = await running();
    await configuration.close();
    api.put('namespaces/shop/configmaps/kube-root-ca.crt', { data: { 'ca.crt': 'CA 2' } });
    await clock.advance(3_600_000);
    expect(changed).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('with informers', () => {
  interface Watching extends World {
    /** Watches open now, as `plural/namespace`. */
    readonly open: Set<string>;
    /** Puts an object and tells its watch. */
    readonly change: (plural: string, name: string, object: object) => void;
  }

  function watching(): Watching {
    const open = new Set<string>();
    const listeners = new Map<string, (event: InformerEvent<never>) => void>();
    const informers: ConfigInformers = ({ plural }, namespace) => {
      const key = `${plural}/${namespace}`;
      return {
        start(signal) {
          open.add(key);
          signal.addEventListener('abort', () => open.delete(key));
        },
        subscribe(listener) {
          listeners.set(key, listener);
          return () => undefined;
        },
      };
    };
    const all = world({ informers });
    const change: Watching['change'] = (plural, name, object) => {
      all.api.put(`namespaces/shop/${plural}/${name}`, object);
      const event = {
        type: 'added',
        object: { metadata: { namespace: 'shop', name } },
      } as unknown as InformerEvent<never>;
      listeners.get(`${plural}/shop`)?.(event);
    };
    return { ...all, open, change };
  }

  const mounting = (uid: string, name: string): Pod =>
    pod(uid, { enableServiceLinks: false, volumes: [{ name: 'v', configMap: { name } }] });

  test('a change of a volume is told at once, to the pods that have it only', async () => {
    const { api, clock, configuration, changed, change } = watching();
    api.put('namespaces/shop/configmaps/a', { data: { k: '1' } });
    api.put('namespaces/shop/configmaps/b', { data: { k: '1' } });
    for (const one of [mounting('1', 'a'), mounting('2', 'b')]) {
      configuration.watch(one, givenOf(inputs(await configuration.resolve(one)).volumes));
    }
    change('configmaps', 'a', { data: { k: '2' } });
    change('configmaps', 'unrelated', {});
    await clock.settle();
    expect(changed).toEqual(['1']);
    expect(fileOf((await configuration.resolveVolumes(mounting('1', 'a'))).volumes, 'k')).toBe('2');
    await configuration.close();
  });

  test('a pod that waits is told of when what it misses appears', async () => {
    const { configuration, changed, change } = watching();
    const one = withEnv('1', 'secretKeyRef', { name: 's' });
    expect(await configuration.resolve(one)).toMatchObject({ kind: 'missing' });
    change('secrets', 's', { data: { k: base64('here') } });
    expect(changed).toEqual(['1']);
    expect(await configuration.resolve(one)).toMatchObject({ kind: 'resolved' });
    change('secrets', 's', { data: { k: base64('other') } });
    expect(changed).toEqual(['1']);
    await configuration.close();
  });

  test('only what pods refer to is watched, where they are', async () => {
    const { configuration, open } = watching();
    await configuration.resolve(pod('0'));
    expect([...open]).toEqual([]);
    await configuration.resolve(mounting('1', 'a'));
    await configuration.resolve(mounting('2', 'a'));
    expect([...open]).toEqual(['configmaps/shop']);
    await configuration.resolve(withEnv('3', 'secretKeyRef', { name: 's' }));
    expect([...open]).toEqual(['configmaps/shop', 'secrets/shop']);
    configuration.forget('1');
    expect(open.size).toBe(2);
    configuration.forget('2');
    expect([...open]).toEqual(['secrets/shop']);
    await configuration.resolve(mounting('4', 'a'));
    expect(open.size).toBe(2);
    await configuration.close();
    expect(open.size).toBe(0);
  });
});

test('no Secret or token shows in outcomes, errors or logs, whatever fails', async () => {
  const { api, clock, configuration, lines } = world();
  const said: unknown[] = [];
  api.put('namespaces/shop/serviceaccounts/robot', {});
  api.put('namespaces/shop/configmaps/kube-root-ca.crt', { data: { 'ca.crt': 'CA' } });
  api.put('namespaces/shop/secrets/s', { data: { k: base64(canary), '.dockerconfigjson': base64(`{${canary}`) } });
  const one = pod('1', {
    ...withEnv('1', 'secretKeyRef', { name: 's' }).spec,
    volumes: access,
    imagePullSecrets: [{ name: 's' }],
  });
  said.push(await configuration.resolve(one));
  const malformed: Answer = ({ path }) =>
    path.endsWith('/secrets/s') ? { status: 200, body: `{"data":{"k":"${canary}` } : undefined;
  api.fault = malformed;
  await clock.advance(60_000);
  said.push(
    await configuration
      .resolve(one)
      .catch((error: unknown) => [error, String(error), error instanceof Error && String(error.cause)]),
  );
  api.fault = ({ method }) => (method === 'POST' ? { status: 500, body: {} } : undefined);
  await clock.advance(3_500_000);
  said.push(
    await Promise.race([configuration.resolve(one).catch(String), clock.advance(120_000).then(() => 'still trying')]),
  );
  const written = JSON.stringify([said, lines]);
  expect(written).toContain('redacted');
  expect(written).not.toContain(canary);
  expect(written).not.toContain(base64(canary));
  await configuration.close();
});
