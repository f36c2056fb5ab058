import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import type { Podman } from './podman.js';
import { startPodman, whyNoPodman } from './podman.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-podman';
const namespace = 'vk-podman';
const where = { ...onVirtualNode, nodeSelector: { 'kubernetes.io/hostname': node } };
const missing = await whyNoPodman();

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
  readonly state: Readonly<
    Record<string, { readonly reason?: string; readonly exitCode?: number; readonly message?: string }>
  >;
  readonly lastState: Readonly<Record<string, { readonly exitCode: number }>>;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

// Without an engine nothing can run, and the name says why.
const reason = missing === undefined ? '' : ` (not run: ${missing})`;

describe.runIf(missing === undefined)(`pods of a real cluster on Podman${reason}`, () => {
  let engine: Podman;
  let vk: VirtualKubelet | undefined;
  const start = (): Promise<VirtualKubelet> =>
    user.startNode(node, '--provider', 'podman', '--provider-config', join(engine.folder, 'vk.json'));
  const pod = async (name: string): Promise<Pod> =>
    JSON.parse(await user.kubectl('get', 'pod', name, '-n', namespace, '-o', 'json')) as Pod;
  const create = (name: string, spec: object): Promise<void> =>
    user.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { ...where, ...spec } });
  const sh = (name: string, script: string, more: object = {}): object => ({
    name,
    image: engine.image,
    imagePullPolicy: 'Never',
    command: ['sh', '-c', script],
    ...more,
  });
  const ready = (name: string): Promise<string> =>
    user.kubectl('wait', `pod/${name}`, '-n', namespace, '--for=condition=Ready', '--timeout=60s');
  const remove = (name: string): Promise<string> =>
    user.kubectl('delete', 'pod', name, '-n', namespace, '--timeout=60s');
  const server = 'trap "exit 0" TERM; httpd -p 80 -h /data; while true; do sleep 0.1; done';

  beforeAll(async () => {
    engine = await startPodman();
    const config = { socket: engine.socket, stateFolder: join(engine.folder, 'state') };
    await writeFile(join(engine.folder, 'vk.json'), JSON.stringify(config));
    await plane.createNamespace(namespace);
    vk = await start();
  });

  afterAll(async () => {
    await plane.kubectl(['delete', 'namespace', namespace, '--timeout=90s']);
    await user.stopNode(node, vk);
    await engine.close();
  });

  test('a pod serves HTTP at its address: init containers, volumes, environment, probes, hooks, logs and exec', async () => {
    await user.kubectl('create', 'configmap', 'page', '-n', namespace, '--from-literal=index.html=from the config map');
    await create('web', {
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'page', configMap: { name: 'page' } },
      ],
      initContainers: [
        sh('init', 'cp /page/index.html /data/', {
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'page', mountPath: '/page' },
          ],
        }),
      ],
      containers: [
        sh('web', `echo started as $NAME at $IP; ${server}`, {
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'page', mountPath: '/page' },
          ],
          env: [
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          readinessProbe: { httpGet: { port: 80, path: '/index.html' }, periodSeconds: 1 },
          lifecycle: { postStart: { exec: { command: ['touch', '/data/hook'] } } },
        }),
      ],
    });
    await ready('web').catch(async (error: unknown) => {
      throw new Error(`${JSON.stringify((await pod('web')).status, null, 1)}\n${vk?.log() ?? ''}`, { cause: error });
    });
    const { status } = await pod('web');
    expect(status.initContainerStatuses?.[0]?.state).toMatchObject({
      terminated: { exitCode: 0, reason: 'Completed' },
    });
    const answer = await fetch(`http://${status.podIP}/index.html`);
    expect(await answer.text()).toBe('from the config map');
    expect(await user.kubectl('logs', 'web', '-n', namespace)).toBe(`started as web at ${status.podIP}\n`);
    const shown = await user.kubectl(
      'exec',
      'web',
      '-n',
      namespace,
      '--',
      'sh',
      '-c',
      'hostname; ls /data; tail -n 1 /etc/hosts',
    );
    expect(shown).toBe(`web\nhook\nindex.html\n${status.podIP}\tweb\n`);
    const events = await user.kubectl(
      'get',
      'events',
      '-n',
      namespace,
      '--field-selector',
      'involvedObject.name=web',
      '-o',
      'name',
    );
    expect(events.split('\n').length).toBeGreaterThan(3);
  });

  test('a crash loop is counted, backs off, and leaves its exit code and last words', async () => {
    await create('crash', { containers: [sh('c', 'echo the reason > /dev/termination-log; exit 7')] });
    const status = await waitFor('the second restart is waited for', async () => {
      const [seen] = (await pod('crash')).status.containerStatuses ?? [];
      return seen?.state['waiting']?.reason === 'CrashLoopBackOff' && seen.restartCount >= 2 ? seen : undefined;
    });
    expect(status.lastState).toMatchObject({ terminated: { exitCode: 7, reason: 'Error', message: 'the reason\n' } });
    expect(await user.kubectl('get', 'pod', 'crash', '-n', namespace, '--no-headers')).toContain('CrashLoopBackOff');
    await remove('crash');
  });

  test('a container that cannot start, an image that is not there, and one that is never pulled say so', async () => {
    await create('bad', {
      containers: [
        { name: 'never', image: 'localhost/none:1', imagePullPolicy: 'Never' },
        { name: 'pull', image: '127.0.0.1:1/none:1' },
        { name: 'start', image: engine.image, imagePullPolicy: 'Never', command: ['/nope'] },
      ],
    });
    const reasons = await waitFor('all three reasons', async () => {
      const all = (await pod('bad')).status.containerStatuses ?? [];
      const found = all.map(({ state, lastState }) => state['waiting']?.reason ?? JSON.stringify({ state, lastState }));
      return /ErrImagePull|ImagePullBackOff/.test(found[1] ?? '') && found[2] === 'CrashLoopBackOff'
        ? found
        : undefined;
    });
    expect(reasons[0]).toBe('ErrImageNeverPull');
    await remove('bad');
  });

  test('a Job with a sidecar completes, and the sidecar ends with it', async () => {
    await user.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace },
      spec: {
        template: {
          spec: {
            ...where,
            restartPolicy: 'Never',
            initContainers: [
              sh('side', 'trap "exit 0" TERM; while true; do sleep 0.1; done', { restartPolicy: 'Always' }),
            ],
            containers: [sh('work', 'sleep 1; exit 0')],
          },
        },
      },
    });
    await user.kubectl('wait', 'job/once', '-n', namespace, '--for=condition=Complete', '--timeout=60s');
  });

  test('a pod that is deleted runs preStop, is asked to stop, and goes without waiting for its grace period', async () => {
    await create('polite', {
      terminationGracePeriodSeconds: 60,
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        sh('c', 'trap "exit 0" TERM; while true; do sleep 0.1; done', {
          lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 1'] } } },
        }),
      ],
    });
    await ready('polite');
    const before = Date.now();
    await remove('polite');
    const took = Date.now() - before;
    expect(took).toBeGreaterThan(1_000);
    expect(took).toBeLessThan(20_000);
    expect((await engine.pids('polite')).size).toBe(0);
  });

  test('a liveness probe that fails restarts the container', async () => {
    await create('sick', {
      terminationGracePeriodSeconds: 1,
      containers: [
        sh('c', 'sleep 1000', {
          livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 },
        }),
      ],
    });
    await waitFor(
      'a restart',
      async () => ((await pod('sick')).status.containerStatuses?.[0]?.restartCount ?? 0) > 0 || undefined,
    );
    await remove('sick');
  });

  test('an agent that is killed and started again disturbs nothing: the same processes, no restarts', async () => {
    await Promise.all(
      ['r1', 'r2', 'r3'].map((name) =>
        create(name, {
          terminationGracePeriodSeconds: 1,
          containers: [sh('c', 'trap "exit 0" TERM; while true; do sleep 0.1; done')],
        }),
      ),
    );
    await Promise.all(['r1', 'r2', 'r3'].map(ready));
    const names = ['web', 'r1', 'r2', 'r3'];
    const before = await Promise.all(names.map((name) => engine.pids(name)));
    const statuses = await Promise.all(names.map(async (name) => (await pod(name)).status.containerStatuses));
    await vk?.stop('SIGKILL');
    await user.kubectl('delete', 'pod', 'r3', '-n', namespace, '--wait=false');
    vk = await start();
    await waitFor('the pod deleted meanwhile is gone', async () => {
      const list = await user.kubectl('get', 'pods', '-n', namespace, '-o', 'name');
      return list.includes('pod/r3') ? undefined : true;
    });
    for (const [i, name] of ['web', 'r1', 'r2'].entries()) {
      expect(await engine.pids(name)).toEqual(before[i]);
      expect((await pod(name)).status.containerStatuses).toEqual(statuses[i]);
    }
  });

  test('an engine that goes and comes back is shown on the node, and the pods go on', async () => {
    const before = await engine.pids('web');
    await engine.stopService();
    const reachable = async (): Promise<string> =>
      user.kubectl('get', 'node', node, '-o', 'jsonpath={.status.conditions[?(@.type=="ProviderReachable")].status}');
    await waitFor('the node says that the engine is gone', async () =>
      (await reachable()) === 'False' ? true : undefined,
    );
    expect((await pod('web')).status.phase).toBe('Running');
    await engine.startService();
    await waitFor('the node says that it is back', async () => ((await reachable()) === 'False' ? undefined : true));
    expect(await engine.pids('web')).toEqual(before);
    expect((await pod('web')).status.containerStatuses?.[0]?.restartCount).toBe(0);
  });
});
