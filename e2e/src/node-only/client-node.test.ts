// The official client for JavaScript, @kubernetes/client-node, on a playground: what users of it rely on.
import { PassThrough } from 'node:stream';
import type { KubernetesObject, V1Status } from '@kubernetes/client-node';
import {
  AppsV1Api,
  Attach,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  PatchStrategy,
  PortForward,
  Watch,
  makeInformer,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { World } from '../cases/world.js';
import { openWorld, podOf, untilReady } from '../cases/world.js';
import type { WireDriver } from '../drivers/wire-driver.js';
import { wireDriver } from '../drivers/wire-driver.js';
import type { Heard } from '../harness/heard.js';
import { heardFrom } from '../harness/heard.js';
import type { Cluster } from '../playground-cluster.js';
import { startPlaygroundCluster } from '../playground-cluster.js';

const namespace = 'client-node';
const config = new KubeConfig();

let cluster: Cluster;
let driver: WireDriver;
let world: World;
let core: CoreV1Api;

beforeAll(async () => {
  cluster = await startPlaygroundCluster();
  driver = await wireDriver(cluster);
  world = await openWorld(cluster, driver, namespace);
  config.loadFromFile(cluster.kubeconfig());
  core = config.makeApiClient(CoreV1Api);
}, 60_000);

afterAll(async () => {
  await world.close();
  await driver.close();
  await cluster.close();
}, 60_000);

const configMap = (name: string, a = '1') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels: { of: name } },
  data: { a },
});

/** A stream whose text is heard. */
function heardStream(what: string): { readonly stream: PassThrough; readonly heard: Heard } {
  const heard = heardFrom(what);
  const stream = new PassThrough();
  stream.setEncoding('utf8').on('data', (chunk: string) => heard.hear(chunk));
  stream.once('close', () => heard.end());
  return { stream, heard };
}

async function makeChangeDelete(name: string): Promise<void> {
  await core.createNamespacedConfigMap({ namespace, body: configMap(name) });
  await core.replaceNamespacedConfigMap({ namespace, name, body: configMap(name, '2') });
  await core.deleteNamespacedConfigMap({ namespace, name });
}

describe('@kubernetes/client-node', () => {
  test('watches', async () => {
    const { resourceVersion } = (await core.listNamespacedConfigMap({ namespace })).metadata ?? {};
    const { hear, until } = heardFrom('the watch');
    const leave = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion, labelSelector: 'of=watched' },
      (phase, object: KubernetesObject) => hear(`${phase} ${object.metadata?.name} `),
      () => undefined,
    );
    await makeChangeDelete('watched');
    await until(/^ADDED watched MODIFIED watched DELETED watched $/);
    leave.abort();
  });

  test('has informers', async () => {
    const selector = 'of=informed';
    const informer = makeInformer(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: selector }),
      selector,
    );
    const { hear, until } = heardFrom('the informer');
    const connected = new Promise<void>((resolve) => informer.on('connect', () => resolve()));
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, (object) => hear(`${verb} ${object.metadata?.name} `));
    await informer.start();
    await connected;
    await makeChangeDelete('informed');
    await until(/^add informed update informed delete informed $/);
    await informer.stop();
  });

  test('applies, patches and scales', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const apply = (a: string, manager: string, force: boolean) =>
      objects.patch(configMap('applied', a), undefined, undefined, manager, force, PatchStrategy.ServerSideApply);
    await apply('1', 'one', false);
    await expect(apply('2', 'two', false)).rejects.toMatchObject({ code: 409 });
    await apply('2', 'two', true);
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    const patch = { namespace, name: 'applied', body: { data: { b: '1' } } };
    expect((await core.patchNamespacedConfigMap(patch, merge)).data).toEqual({ a: '2', b: '1' });
    const apps = config.makeApiClient(AppsV1Api);
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
    const spec = { replicas: 0, selector: { matchLabels: { app: 'web' } }, template };
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec } });
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' });
    scale.spec = { replicas: 2 };
    await apps.replaceNamespacedDeploymentScale({ namespace, name: 'web', body: scale });
    expect((await apps.readNamespacedDeployment({ namespace, name: 'web' })).spec?.replicas).toBe(2);
  });

  test('tells refusals apart', async () => {
    await expect(core.readNamespacedPod({ namespace, name: 'absent' })).rejects.toMatchObject({ code: 404 });
    const body = configMap('twice');
    await core.createNamespacedConfigMap({ namespace, body });
    await expect(core.createNamespacedConfigMap({ namespace, body })).rejects.toMatchObject({ code: 409 });
    const invalid = core.createNamespacedConfigMap({ namespace, body: configMap('Not A Name') });
    await expect(invalid).rejects.toMatchObject({ code: 422 });
  });
});

describe('@kubernetes/client-node with a pod', () => {
  beforeAll(async () => {
    await driver.create(
      podOf(world, 'talks', { behaviour: { 'log-rate': '50' } }),
      podOf(world, 'shell', { container: { stdin: true } }),
    );
    await Promise.all(['talks', 'shell'].map((name) => untilReady(driver, { namespace, name })));
  });

  test('reads logs, whole and followed', async () => {
    const { stream, heard } = heardStream('log');
    const leave = await new Log(config).log(namespace, 'talks', 'c', stream, { follow: true });
    await heard.until(/line 5\n/);
    leave.abort();
    const end = await core.readNamespacedPodLog({ namespace, name: 'talks', tailLines: 1 });
    expect(end).toMatch(/^talks\/c line \d+\n$/);
  });

  test('runs commands', async () => {
    const { stream, heard } = heardStream('exec');
    const stderr = heardStream('exec');
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
      new Exec(config)
        .exec(namespace, 'shell', 'c', command, stream, stderr.stream, null, false, resolve)
        .catch(reject);
    });
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    expect(status.details?.causes).toContainEqual({ reason: 'ExitCode', message: '3' });
    await heard.until(/^out\n$/);
    await stderr.heard.until(/^err\n$/);
  });

  test('attaches', async () => {
    const { stream, heard } = heardStream('attach');
    const typed = new PassThrough();
    const socket = await new Attach(config).attach(namespace, 'shell', 'c', stream, stream, typed, false);
    typed.write('echo there\n');
    await heard.until(/^there$/m);
    socket.close();
  });

  test('forwards ports', async () => {
    const { stream, heard } = heardStream('port-forward');
    const typed = new PassThrough();
    const errors = heardStream('port-forward');
    const socket = await new PortForward(config).portForward(namespace, 'shell', [80], stream, errors.stream, typed);
    typed.write('there and back');
    await heard.until(/^there and back$/);
    expect(errors.heard.output()).toBe('');
    if (typeof socket !== 'function') socket.close();
  });
});
