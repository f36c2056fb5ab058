// What pods ask for beside running, on a real engine: ways to probe, deadlines, gates, limits of memory, measured use.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MetricsServer } from './harness/index.js';
import { sharedControlPlane, startMetricsServer, waitFor } from './harness/index.js';
import type { ContainerNode, ContainerStatus, SeenPod } from './container-node.js';
import { startContainerNode, untilAsked } from './container-node.js';
import { kernelLogIsThere } from './engine-kit.js';
import { whyNoPodman } from './podman.js';

const plane = sharedControlPlane();
const name = 'vk-fields';
const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;

/** Answers as grpc.health.v1: the service `web` serves; the server itself until there is a file that says otherwise. */
const healthServer = `
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http2';
rmSync('/data/sick', { force: true });
createServer().on('stream', (stream) => {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => {
    const serves = Buffer.concat(chunks).toString().endsWith('web') || !existsSync('/data/sick');
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, serves ? 1 : 2]));
  });
}).listen(50051);
process.on('SIGTERM', () => process.exit(0));
`;

describe.runIf(missing === undefined)(`fields of pods on a real engine${reason}`, () => {
  let node: ContainerNode;
  let metrics: MetricsServer | undefined;
  const short = { terminationGracePeriodSeconds: 1 };
  const condition = ({ status }: SeenPod, type: string): string | undefined =>
    status.conditions?.find((one) => one.type === type)?.status;
  const containers = async (pod: string): Promise<ReadonlyMap<string, ContainerStatus>> =>
    new Map(((await node.pod(pod)).status.containerStatuses ?? []).map((one) => [one.name, one]));
  const events = (pod: string): Promise<string> =>
    node.kubectl('get', 'events', '--field-selector', `involvedObject.name=${pod}`, '-o', 'jsonpath={..message}');
  const gone = (pod: string): Promise<boolean> =>
    waitFor(`no process of ${pod} is left`, async () => ((await node.engine.pids(pod)).size === 0 ? true : undefined));

  beforeAll(async () => {
    node = await startContainerNode(plane, { name });
    if (plane.handle.kind === 'own') metrics = await startMetricsServer(plane);
    const spins = node.sh('c', 'trap "exit 0" TERM; while true; do :; done', {
      resources: { limits: { cpu: '200m' } },
    });
    await node.createPod('spins', { ...short, containers: [spins] });
  });
  afterAll(async () => {
    await metrics?.stop();
    await node.close();
  });

  test('TCP and gRPC probes: ready when the port opens and the service serves, started again when the server does not', async () => {
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const grpc = { port: 50051 };
    await node.createPod('asked', {
      ...short,
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        node.sh('tcp', 'while [ ! -e /data/open ]; do sleep 0.1; done; exec httpd -f -p 81', {
          volumeMounts,
          readinessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1 },
        }),
        {
          name: 'grpc',
          image: await node.engine.nodeImage(),
          imagePullPolicy: 'Never',
          args: ['--input-type=module', '--eval', healthServer],
          volumeMounts,
          startupProbe: { grpc, periodSeconds: 1, failureThreshold: 60 },
          livenessProbe: { grpc, periodSeconds: 1, failureThreshold: 1 },
          readinessProbe: { grpc: { ...grpc, service: 'web' }, periodSeconds: 1 },
        },
      ],
    });
    await waitFor('the service serves', async () => (await containers('asked')).get('grpc')?.ready || undefined);
    expect((await containers('asked')).get('tcp')).toMatchObject({ ready: false, started: true });
    await node.kubectl('exec', 'asked', '-c', 'tcp', '--', 'touch', '/data/open');
    await node.ready('asked');
    await node.kubectl('exec', 'asked', '-c', 'tcp', '--', 'touch', '/data/sick');
    await waitFor('the server is started again', async () => {
      const grpcStatus = (await containers('asked')).get('grpc');
      return grpcStatus?.restartCount === 1 && grpcStatus.ready ? true : undefined;
    });
    expect((await containers('asked')).get('tcp')?.restartCount).toBe(0);
    expect(await events('asked')).toContain('service unhealthy (responded with "NOT_SERVING")');
    await node.remove('asked');
  });

  test('startup probes hold the others off until they pass, and a container that never passes is started again', async () => {
    const up = { exec: { command: ['test', '-e', '/tmp/up'] }, periodSeconds: 1 };
    await node.createPod('slow', {
      ...short,
      containers: [
        node.sh('late', `sleep 3; touch /tmp/up; ${untilAsked}`, {
          startupProbe: { ...up, failureThreshold: 60 },
          livenessProbe: { ...up, failureThreshold: 1 },
        }),
        node.sh('never', untilAsked, { startupProbe: { ...up, failureThreshold: 2 } }),
      ],
    });
    const late = await waitFor('the late one has started', async () => {
      const found = (await containers('slow')).get('late');
      return found?.started ? found : undefined;
    });
    expect(late).toMatchObject({ ready: true, restartCount: 0 });
    const never = await waitFor('the other is started again', async () => {
      const found = (await containers('slow')).get('never');
      return (found?.restartCount ?? 0) > 0 ? found : undefined;
    });
    expect(never).toMatchObject({ ready: false, started: false });
    expect(await events('slow')).toContain('Container never failed startup probe, will be restarted');
    await node.remove('slow');
  });

  test('a pod that is still active at its deadline fails, and its processes end', async () => {
    await node.createPod('hasty', { ...short, activeDeadlineSeconds: 3, containers: [node.sh('c', untilAsked)] });
    await node.ready('hasty');
    await node.kubectl('wait', 'pod/hasty', '--for=jsonpath={.status.phase}=Failed', '--timeout=30s');
    expect((await node.pod('hasty')).status).toMatchObject({ reason: 'DeadlineExceeded' });
    await gone('hasty');
    await node.remove('hasty');
  });

  test('a pod is Ready when its containers are and its gates are open, and no longer when one closes', async () => {
    const gate = 'example.com/open';
    await node.createPod('gated', {
      ...short,
      readinessGates: [{ conditionType: gate }],
      containers: [node.sh('c', untilAsked)],
    });
    const turn = (status: 'True' | 'False'): Promise<string> =>
      node.kubectl(
        ...['patch', 'pod', 'gated', '--subresource=status', '--type=strategic', '-p'],
        JSON.stringify({ status: { conditions: [{ type: gate, status }] } }),
      );
    const ready = (status: string): Promise<SeenPod> =>
      waitFor(`Ready is ${status}`, async () => {
        const pod = await node.pod('gated');
        return condition(pod, 'ContainersReady') === 'True' && condition(pod, 'Ready') === status ? pod : undefined;
      });
    const shut = await ready('False');
    expect(shut.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', reason: 'ReadinessGatesNotReady' }),
    );
    await turn('True');
    expect(condition(await ready('True'), gate)).toBe('True');
    await turn('False');
    await ready('False');
    await node.remove('gated');
  });

  test.runIf(kernelLogIsThere)(
    'a container that takes more memory than it may is OOMKilled, and starts again',
    async () => {
      await node.createPod('greedy', {
        ...short,
        containers: [node.sh('c', 'exec tail /dev/zero', { resources: { limits: { memory: '16Mi' } } })],
      });
      const seen = await waitFor('it has ended', async () => {
        const found = (await containers('greedy')).get('c');
        return found?.lastState['terminated'] && found.restartCount > 0 ? found : undefined;
      });
      expect(seen.lastState).toMatchObject({ terminated: { reason: 'OOMKilled', exitCode: 137 } });
      await node.remove('greedy');
    },
  );

  test.runIf(plane.handle.kind === 'own')('kubectl top shows the use of a pod and of the node', async () => {
    const top = (...args: readonly string[]): Promise<string> =>
      waitFor(
        `kubectl top ${args.join(' ')}\n${metrics?.log() ?? ''}`,
        async () => {
          const line = await node.kubectl('top', ...args, '--no-headers').catch(() => 'unknown');
          return line.includes('unknown') ? undefined : line;
        },
        { timeout: 100_000, interval: 1_000 },
      );
    const [, cpu, memory] = /^spins\s+(\d+)m\s+(\d+)Mi/.exec(await top('pod', 'spins')) ?? [];
    // A fifth of a core, as far as an engine holds it there.
    expect(Number(cpu)).toBeGreaterThan(100);
    expect(Number(cpu)).toBeLessThan(400);
    expect(Number(memory)).toBeLessThan(50);
    expect(await top('node', name)).toMatch(new RegExp(`^${name}\\s+\\d+m\\s+\\d+%\\s+\\d+Mi\\s+\\d+%`));
    await node.remove('spins');
  });
});
