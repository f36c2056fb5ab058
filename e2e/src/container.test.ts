import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from './harness/free-ports.js';
import { sharedControlPlane, waitFor } from './harness/index.js';
import type { ContainerNode } from './container-node.js';
import { startContainerNode, untilAsked } from './container-node.js';
import { whyNoPodman } from './podman.js';

const missing = await whyNoPodman();
// Without an engine nothing can run, and the name says why.
const reason = missing === undefined ? '' : ` (not run: ${missing})`;

describe.runIf(missing === undefined)(`pods of a real cluster on Podman${reason}`, () => {
  let node: ContainerNode;
  const server = 'trap "exit 0" TERM; httpd -p 80 -h /data; while true; do sleep 0.1; done';

  beforeAll(async () => {
    node = await startContainerNode(sharedControlPlane(), { name: 'vk-podman' });
  });
  afterAll(() => node.close());

  test('a pod serves HTTP at its address: init containers, volumes, environment, probes, hooks, logs and exec', async () => {
    await node.kubectl('create', 'configmap', 'page', '--from-literal=index.html=from the config map');
    await node.createPod('web', {
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'page', configMap: { name: 'page' } },
      ],
      initContainers: [
        node.sh('init', 'cp /page/index.html /data/', {
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'page', mountPath: '/page' },
          ],
        }),
      ],
      containers: [
        node.sh('web', `echo started as $NAME at $IP; ${server}`, {
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
    await node.ready('web');
    const { status } = await node.pod('web');
    expect(status.initContainerStatuses?.[0]?.state).toMatchObject({
      terminated: { exitCode: 0, reason: 'Completed' },
    });
    const answer = await fetch(`http://${status.podIP}/index.html`);
    expect(await answer.text()).toBe('from the config map');
    expect(await node.kubectl('logs', 'web')).toBe(`started as web at ${status.podIP}\n`);
    const shown = await node.kubectl('exec', 'web', '--', 'sh', '-c', 'hostname; ls /data; tail -n 1 /etc/hosts');
    expect(shown).toBe(`web\nhook\nindex.html\n${status.podIP}\tweb\n`);
    const events = await node.kubectl('get', 'events', '--field-selector', 'involvedObject.name=web', '-o', 'name');
    expect(events.split('\n').length).toBeGreaterThan(3);
  });

  test('a crash loop is counted, backs off, and leaves its exit code and last words', async () => {
    await node.createPod('crash', { containers: [node.sh('c', 'echo the reason > /dev/termination-log; exit 7')] });
    const status = await waitFor('the second restart is waited for', async () => {
      const [seen] = (await node.pod('crash')).status.containerStatuses ?? [];
      return seen?.state['waiting']?.reason === 'CrashLoopBackOff' && seen.restartCount >= 2 ? seen : undefined;
    });
    expect(status.lastState).toMatchObject({ terminated: { exitCode: 7, reason: 'Error', message: 'the reason\n' } });
    expect(await node.kubectl('get', 'pod', 'crash', '--no-headers')).toContain('CrashLoopBackOff');
    await node.remove('crash');
  });

  test('a container that cannot start, an image that is not there, and one that is never pulled say so', async () => {
    await node.createPod('bad', {
      containers: [
        { name: 'never', image: 'localhost/none:1', imagePullPolicy: 'Never' },
        { name: 'pull', image: '127.0.0.1:1/none:1' },
        { name: 'start', image: node.engine.image, imagePullPolicy: 'Never', command: ['/nope'] },
      ],
    });
    const reasons = await waitFor('all three reasons', async () => {
      const all = (await node.pod('bad')).status.containerStatuses ?? [];
      const found = all.map(({ state, lastState }) => state['waiting']?.reason ?? JSON.stringify({ state, lastState }));
      return /ErrImagePull|ImagePullBackOff/.test(found[1] ?? '') && found[2] === 'CrashLoopBackOff'
        ? found
        : undefined;
    });
    expect(reasons[0]).toBe('ErrImageNeverPull');
    await node.remove('bad');
  });

  test('a port of the machine leads to the container that asks for it', async () => {
    const [hostPort] = await freePorts(1);
    await node.createPod('door', {
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        node.sh('c', `echo through the door > /data/index.html; ${server}`, {
          ports: [{ containerPort: 80, hostPort }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        }),
      ],
    });
    await node.ready('door');
    const answer = await waitFor('an answer', () => fetch(`http://127.0.0.1:${hostPort}/`));
    expect(await answer.text()).toBe('through the door\n');
    await node.remove('door');
  });

  test('a container that may takes all others with it: they stop and start again in the same sandbox', async () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const leader = 'if [ -e /data/again ]; then exec sleep 1000; fi; touch /data/again; sleep 3; exit 42';
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    await node.createPod('together', {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'data', emptyDir: {} }],
      initContainers: [node.sh('init', 'echo once more >> /data/inits', { volumeMounts })],
      containers: [
        node.sh('leader', leader, { volumeMounts, restartPolicy: 'Never', restartPolicyRules: [rule] }),
        node.sh('other', untilAsked, { volumeMounts }),
      ],
    });
    await node.ready('together');
    const before = (await node.pod('together')).status;
    const after = await waitFor('all run again', async () => {
      const { status } = await node.pod('together');
      return status.containerStatuses?.every((c) => c.ready && c.restartCount === 1) ? status : undefined;
    });
    expect(after.podIP).toBe(before.podIP);
    expect(after.initContainerStatuses?.[0]?.restartCount).toBe(1);
    expect(await node.kubectl('exec', 'together', '-c', 'other', '--', 'cat', '/data/inits')).toBe(
      'once more\nonce more\n',
    );
    await node.remove('together');
  });

  test('a Job with a sidecar completes, and the sidecar ends with it', async () => {
    await node.user.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: node.namespace },
      spec: {
        template: {
          spec: {
            ...node.where,
            restartPolicy: 'Never',
            initContainers: [node.sh('side', untilAsked, { restartPolicy: 'Always' })],
            containers: [node.sh('work', 'sleep 1; exit 0')],
          },
        },
      },
    });
    await node.kubectl('wait', 'job/once', '--for=condition=Complete', '--timeout=60s');
  });

  test('a pod that is deleted runs preStop, is asked to stop, and goes without waiting for its grace period', async () => {
    await node.createPod('polite', {
      terminationGracePeriodSeconds: 60,
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        node.sh('c', untilAsked, {
          lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 1'] } } },
        }),
      ],
    });
    await node.ready('polite');
    const before = Date.now();
    await node.remove('polite');
    const took = Date.now() - before;
    expect(took).toBeGreaterThan(1_000);
    expect(took).toBeLessThan(20_000);
    expect((await node.engine.pids('polite')).size).toBe(0);
  });

  test('a liveness probe that fails restarts the container', async () => {
    await node.createPod('sick', {
      terminationGracePeriodSeconds: 1,
      containers: [
        node.sh('c', 'sleep 1000', {
          livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 },
        }),
      ],
    });
    await waitFor(
      'a restart',
      async () => ((await node.pod('sick')).status.containerStatuses?.[0]?.restartCount ?? 0) > 0 || undefined,
    );
    await node.remove('sick');
  });

  test('an agent that is killed and started again disturbs nothing: the same processes, no restarts', async () => {
    await Promise.all(
      ['r1', 'r2', 'r3'].map((name) =>
        node.createPod(name, {
          terminationGracePeriodSeconds: 1,
          containers: [node.sh('c', untilAsked)],
        }),
      ),
    );
    await Promise.all(['r1', 'r2', 'r3'].map(node.ready));
    const names = ['web', 'r1', 'r2', 'r3'];
    const before = await Promise.all(names.map((name) => node.engine.pids(name)));
    const statuses = await Promise.all(names.map(async (name) => (await node.pod(name)).status.containerStatuses));
    await node.killAgent();
    await node.kubectl('delete', 'pod', 'r3', '--wait=false');
    await node.startAgent();
    await waitFor('the pod deleted meanwhile is gone', async () => {
      const list = await node.kubectl('get', 'pods', '-o', 'name');
      return list.includes('pod/r3') ? undefined : true;
    });
    for (const [i, name] of ['web', 'r1', 'r2'].entries()) {
      expect(await node.engine.pids(name)).toEqual(before[i]);
      expect((await node.pod(name)).status.containerStatuses).toEqual(statuses[i]);
    }
  });
});
