import type { Container } from '@virtual-kubelet/kubernetes';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProbeClient, ProbeRequest } from '../index.js';
import type { PodWorld } from '../pod-world.test-kit.js';
import { podOf, podWorld, ref } from '../pod-world.test-kit.js';

/** A network whose answers the test holds. */
interface Network extends ProbeClient {
  status: number;
  location?: string | undefined;
  serving: string;
  open: boolean;
  readonly requests: ProbeRequest[];
  readonly dialled: string[];
}

function network(): Network {
  const net: Network = {
    status: 200,
    serving: 'SERVING',
    open: true,
    requests: [],
    dialled: [],
    async http(request) {
      net.requests.push(request);
      const { status, location } = net;
      return { status, body: 'ok', ...(location === undefined ? {} : { location }) };
    },
    async tcp(host, port) {
      net.dialled.push(`${host}:${port}`);
      if (!net.open) throw new Error('connection refused');
    },
    async grpc() {
      return net.serving;
    },
  };
  return net;
}

async function world(net: Network = network()): Promise<PodWorld & { net: Network }> {
  const made = await podWorld({ probes: net });
  onTestFinished(() => made.stop());
  return Object.assign(made, { net });
}

const c = (more: Partial<Container>): Container => ({ name: 'a', image: 'img:1', ...more });
const kills = ({ notices }: PodWorld): number => notices.filter(({ reason }) => reason === 'Killing').length;

describe('a readiness probe', () => {
  it('decides readiness by its thresholds and never restarts', async () => {
    const w = await world();
    w.net.status = 503;
    const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 2, successThreshold: 2, failureThreshold: 3 };
    await w.create(podOf({ containers: [c({ readinessProbe })] }));
    await w.clock.advance(10_000);
    expect(w.seen('a')).toMatchObject({ ready: false, started: true });
    w.net.status = 200;
    await w.clock.advance(2_100);
    expect(w.seen('a')?.ready).toBe(false);
    await w.clock.advance(2_000);
    expect(w.seen('a')?.ready).toBe(true);
    w.net.status = 404;
    await w.clock.advance(4_000);
    expect(w.seen('a')?.ready).toBe(true);
    await w.clock.advance(2_000);
    expect(w.seen('a')?.ready).toBe(false);
    expect(kills(w)).toBe(0);
    expect(w.notices).toContainEqual({
      ref,
      container: 'a',
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed: HTTP probe failed with statuscode: 404',
    });
  });

  it('goes on while the pod ends, and its answer outlives the agent', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { stubborn: true });
    await w.create(
      podOf({
        containers: [c({ readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 1 } })],
      }),
    );
    await w.clock.advance(1_000);
    expect(w.seen('a')?.ready).toBe(true);
    await w.restart();
    expect(w.seen('a')?.ready).toBe(true);
    await w.remove(30);
    w.net.open = false;
    await w.clock.advance(2_000);
    expect(w.seen('a')).toMatchObject({ ready: false, state: { running: {} } });
  });
});

describe('a liveness probe', () => {
  it('waits for its delay, and kills and restarts after its threshold', async () => {
    const w = await world();
    w.net.open = false;
    const livenessProbe = { tcpSocket: { port: 80 }, initialDelaySeconds: 5, periodSeconds: 2, failureThreshold: 3 };
    await w.create(podOf({ containers: [c({ livenessProbe })] }));
    await w.clock.advance(4_900);
    expect(w.net.dialled).toEqual([]);
    await w.clock.advance(4_000);
    expect(kills(w)).toBe(0);
    await w.clock.advance(200);
    expect(w.net.dialled).toEqual(['10.0.0.1:80', '10.0.0.1:80', '10.0.0.1:80']);
    expect(kills(w)).toBe(1);
    await w.clock.advance(100);
    expect(w.seen('a')).toMatchObject({ restartCount: 1, last: { exitCode: 143 } });
  });

  it('uses its own grace period', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { stubborn: true });
    w.net.serving = 'NOT_SERVING';
    const livenessProbe = {
      grpc: { port: 9 },
      periodSeconds: 1,
      failureThreshold: 1,
      terminationGracePeriodSeconds: 3,
    };
    await w.create(podOf({ containers: [c({ livenessProbe })] }));
    await w.clock.advance(2_900);
    expect(w.backend.history).not.toContain('SIGKILL a#0');
    await w.clock.advance(200);
    expect(w.backend.history).toContain('SIGKILL a#0');
  });

  it('ends the container of a pod that never restarts', async () => {
    const w = await world();
    w.net.open = false;
    const livenessProbe = { tcpSocket: { port: 80 }, failureThreshold: 1 };
    await w.create(podOf({ restartPolicy: 'Never', containers: [c({ livenessProbe })] }));
    await w.clock.advance(1_000);
    expect(w.state('a')).toBe('Error:143');
    expect(w.backend.history).toContain('stop sandbox');
  });

  it('counts a command that takes too long as failed', async () => {
    const w = await world();
    w.backend.onExec = () => w.clock.sleep(60_000).then(() => 0);
    const livenessProbe = { exec: { command: ['slow'] }, timeoutSeconds: 2, periodSeconds: 3, failureThreshold: 1 };
    await w.create(podOf({ containers: [c({ livenessProbe })] }));
    await w.clock.advance(2_100);
    expect(w.notices).toContainEqual(
      expect.objectContaining({ reason: 'Unhealthy', message: 'Liveness probe failed: timed out after 2s' }),
    );
    expect(kills(w)).toBe(1);
  });
});

describe('counts of probes', () => {
  const counts = async (w: PodWorld): Promise<unknown> =>
    (await w.runtime.provider.getStats?.(w.context))?.probes?.map(({ container, probe, result, count }) =>
      [container, probe, result, count].join(' '),
    );

  it('tell each end, go on when a container is restarted, and end with the pod', async () => {
    const w = await world();
    expect(await counts(w)).toEqual([]);
    const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 1 };
    const livenessProbe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 2 };
    await w.create(podOf({ containers: [c({ readinessProbe, livenessProbe })] }));
    await w.clock.advance(2_900);
    expect(await counts(w)).toEqual(['a Liveness successful 3', 'a Readiness successful 3']);
    w.net.open = false;
    w.net.status = 503;
    await w.clock.advance(1_200);
    w.net.open = true;
    await w.clock.advance(1_000);
    expect(w.seen('a')?.restartCount).toBe(1);
    // The third failure is the first probe of the container that came after.
    expect(await counts(w)).toEqual([
      'a Liveness successful 4',
      'a Readiness successful 3',
      'a Liveness failed 3',
      'a Readiness failed 3',
    ]);
    await w.remove(0);
    await w.clock.advance(61_000);
    expect(await counts(w)).toEqual([]);
    await w.create(podOf());
    expect(await counts(w)).toEqual([]);
  });
});

describe('a startup probe', () => {
  it('keeps the others away until it passes, and readiness is asked at once then', async () => {
    const w = await world();
    w.net.open = false;
    const startupProbe = { tcpSocket: { port: 1 }, periodSeconds: 5, failureThreshold: 10 };
    const probe = { httpGet: { port: 80 }, periodSeconds: 10 };
    await w.create(podOf({ containers: [c({ startupProbe, livenessProbe: probe, readinessProbe: probe })] }));
    await w.clock.advance(12_000);
    expect(w.net.requests).toEqual([]);
    expect(w.seen('a')).toMatchObject({ started: false, ready: false });
    w.net.open = true;
    await w.clock.advance(3_100);
    expect(w.seen('a')).toMatchObject({ started: true, ready: true });
  });

  it('kills a container that does not come up', async () => {
    const w = await world();
    w.net.open = false;
    await w.create(
      podOf({ containers: [c({ startupProbe: { tcpSocket: { port: 1 }, periodSeconds: 1, failureThreshold: 4 } })] }),
    );
    await w.clock.advance(3_200);
    expect(kills(w)).toBe(1);
  });
});

describe('an HTTP probe', () => {
  it('asks the named port of the container with the headers of a kubelet', async () => {
    const w = await world();
    const httpGet = {
      port: 'web',
      path: 'health?x=1',
      scheme: 'HTTPS',
      httpHeaders: [{ name: 'Host', value: 'shop' }],
    };
    await w.create(
      podOf({ containers: [c({ ports: [{ name: 'web', containerPort: 8443 }], readinessProbe: { httpGet } })] }),
    );
    await w.clock.advance(1);
    expect(w.net.requests[0]).toEqual({
      scheme: 'https',
      host: '10.0.0.1',
      port: 8443,
      path: '/health?x=1',
      headers: [
        ['User-Agent', 'kube-probe/1.37'],
        ['Accept', '*/*'],
        ['Host', 'shop'],
      ],
    });
  });

  it('follows redirects to the same host only, and takes one elsewhere for success', async () => {
    const w = await world();
    w.net.status = 302;
    w.net.location = 'http://elsewhere/';
    await w.create(podOf({ containers: [c({ readinessProbe: { httpGet: { port: 80 } } })] }));
    await w.clock.advance(1);
    expect(w.net.requests).toHaveLength(1);
    expect(w.seen('a')?.ready).toBe(true);
    const message = 'Readiness probe warning: Probe terminated redirects, Response body: ';
    const odd = w.notices.find(({ reason }) => reason === 'ProbeWarning');
    expect(odd).toMatchObject({ type: 'Warning', container: 'a', message: expect.stringContaining(message) });
  });

  it.each([
    [304, '/', 1, true],
    [302, undefined, 1, true],
    [301, '/again', 10, false],
  ])('an answer %i with location %s is the last of %i, passed: %s', async (status, location, requests, passed) => {
    const w = await world();
    w.net.status = status;
    w.net.location = location;
    await w.create(podOf({ containers: [c({ readinessProbe: { httpGet: { port: 80 } } })] }));
    await w.clock.advance(1);
    expect(w.net.requests).toHaveLength(requests);
    expect(w.seen('a')?.ready).toBe(passed);
    const [said] = w.notices.filter(({ type }) => type === 'Warning');
    expect(said).toMatchObject(
      passed
        ? { reason: 'ProbeWarning' }
        : { reason: 'Unhealthy', message: 'Readiness probe failed: stopped after 10 redirects' },
    );
  });

  it('fails when the port has no such name', async () => {
    const w = await world();
    await w.create(podOf({ containers: [c({ readinessProbe: { httpGet: { port: 'none' } } })] }));
    await w.clock.advance(1);
    expect(w.notices).toContainEqual(
      expect.objectContaining({ message: 'Readiness probe failed: container a has no port named none' }),
    );
  });
});

describe('hooks', () => {
  it('postStart holds back "started"; when it fails the container is killed and tried again', async () => {
    const w = await world();
    let code = 0;
    w.backend.onExec = () => w.clock.sleep(1_000).then(() => code);
    const lifecycle = { postStart: { exec: { command: ['hello'] } } };
    await w.create(podOf({ containers: [c({ lifecycle })] }));
    expect(w.seen('a')).toMatchObject({ started: false, ready: false });
    await w.clock.advance(1_100);
    expect(w.seen('a')).toMatchObject({ started: true, ready: true });
    code = 1;
    w.backend.exit('a', 1);
    await w.clock.advance(2_000);
    expect(w.notices).toContainEqual(expect.objectContaining({ reason: 'FailedPostStartHook' }));
    expect(kills(w)).toBe(1);
  });

  it('postStart is not run again for a container that ran before the agent', async () => {
    const w = await world();
    let count = 0;
    w.backend.onExec = async () => {
      count += 1;
      return 0;
    };
    await w.create(podOf({ containers: [c({ lifecycle: { postStart: { exec: { command: ['x'] } } } })] }));
    await w.restart();
    expect(count).toBe(1);
    expect(w.seen('a')).toMatchObject({ started: true, ready: true });
  });
});
