import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { metricRegistry } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { kubeletApiMetrics } from './index.js';
import type { Door } from './kubelet-api.test-kit.js';
import { authority, canary, openDoor, people } from './kubelet-api.test-kit.js';

let door: Door;
afterEach(() => door.close());

const log = '/containerLogs/default/web/c';

/** Resolves with the head of the answer; its body is read by the test, or not at all. */
function headOf(path: string): Promise<IncomingMessage> {
  const { certificatePem: cert, keyPem: key } = people.full.certificate ?? {};
  return new Promise((resolve, reject) => {
    const { port } = door;
    httpsRequest({ host: '127.0.0.1', port, path, agent: false, ca: authority.certificatePem, cert, key }, resolve)
      .once('error', reject)
      .end();
  });
}

describe('logs', () => {
  test('come one after the other over the same connection, however long, line by line or at once', async () => {
    const line = Buffer.from(`${'x'.repeat(99)}\n`);
    async function* lines(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 5_000; i += 1) yield line;
      yield Buffer.alloc(1_000_000, line);
    }
    door = await openDoor({ provider: { getContainerLogs: lines } });
    const { url, tls } = door.target(log);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 3; round += 1) {
      const request = httpsRequest(url, { agent, ...tls }).end();
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part as Buffer);
      expect(Buffer.concat(parts).equals(Buffer.alloc(1_500_000, line))).toBe(true);
      expect(request.reusedSocket).toBe(round > 0);
    }
    agent.destroy();
  });

  test('are plain text', async () => {
    door = await openDoor();
    expect(await door.ask(log)).toMatchObject({
      status: 200,
      body: 'one\ntwo\n',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  test('followed, give their head at once and what there is, and end when the client goes', async () => {
    door = await openDoor();
    const response = await headOf(`${log}?follow=true`);
    expect(response.statusCode).toBe(200);
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text === 'one\ntwo\n') break;
    }
    await door.running.none();
  });

  test('of a silent container give their head though no line comes', async () => {
    async function* silent(
      _container: unknown,
      _options: unknown,
      { signal }: { signal: AbortSignal },
    ): AsyncGenerator<Uint8Array> {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield* [];
    }
    door = await openDoor({ provider: { getContainerLogs: silent } });
    const response = await headOf(`${log}?follow=true`);
    expect(response.statusCode).toBe(200);
    response.destroy();
  });

  test('that fail on the way are cut, so that nobody takes them for whole', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one\n');
      throw new Error('the disk is gone');
    }
    door = await openDoor({ provider: { getContainerLogs: broken } });
    await expect(door.ask(log)).rejects.toThrow('aborted');
  });

  test.each([
    ['/containerLogs/default/nothing/c', 404, 'pod "nothing" does not exist'],
    ['/containerLogs/default/web/nothing', 404, 'container "nothing" not found in pod "web"'],
    [
      '/containerLogs/default/web/starting',
      400,
      'container "starting" in pod "web" is waiting to start: ContainerCreating',
    ],
    [`${log}?previous=true`, 400, 'previous terminated container "c" in pod "web" not found'],
    [`${log}?tailLines=-1`, 422, '{"message": "Invalid request."}'],
    [`${log}?sinceSeconds=0`, 422, '{"message": "Invalid request."}'],
    [`${log}?tailLines=1e18`, 400, '{"message": "Unable to decode query."}'],
    [`${log}?sinceTime=yesterday`, 400, '{"message": "Unable to decode query."}'],
    [`${log}?limitBytes=x`, 400, '{"message": "Unable to decode query."}'],
  ])('are refused with a reason: %s', async (path, status, body) => {
    door = await openDoor();
    expect(await door.ask(path)).toMatchObject({ status, body: `${body}\n` });
  });

  test('of a provider without any', async () => {
    door = await openDoor({ provider: {} });
    expect((await door.ask(log)).status).toBe(501);
  });
});

describe('a port that is taken', () => {
  test('is told with its address and what to do', async () => {
    door = await openDoor();
    const { port } = door;
    await expect(openDoor({}, port)).rejects.toMatchObject({
      code: 'VK_KUBELET_API_LISTEN',
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${port} for the kubelet API`) as string,
      remedy: expect.stringContaining('--port') as string,
    });
  });
});

describe('answers', () => {
  test.each([
    ['/healthz', 'text/plain; charset=utf-8', /^ok$/],
    ['/healthz/syncloop', 'text/plain; charset=utf-8', /^ok$/],
    ['/pods', 'application/json', /^\{"kind":"PodList","apiVersion":"v1",.*"name":"web"/],
    ['/runningpods/', 'application/json', /"kind":"PodList".*"uid":"uid-1"/],
    ['/configz', 'application/json', /^\{"kubeletconfig":\{"kind":"KubeletConfiguration"\}\}$/],
    ['/stats/summary', 'application/json', /"nodeName":"vk".*"podRef":\{"name":"web"/],
    ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', /the metrics of the process/],
    [
      '/metrics/resource',
      'text/plain; version=0.0.4; charset=utf-8',
      /container_cpu_usage_seconds_total\{container="c"/,
    ],
    ['/metrics/cadvisor', 'text/plain; version=0.0.4; charset=utf-8', /machine_cpu_cores/],
    ['/metrics/probes', 'text/plain; version=0.0.4; charset=utf-8', /^$/],
  ])('%s', async (path, type, body) => {
    door = await openDoor();
    const answer = await door.ask(path);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type } });
    expect(answer.body).toMatch(body);
  });

  test('metrics name the image and the runtime of containers, and the probes that the provider counts', async () => {
    const podOf = (uid: string) => ({ namespace: 'default', name: 'web', uid });
    const use = { time: '2026-01-01T00:00:00Z', cpuSeconds: 1, workingSetBytes: 1_000 };
    const containers = [{ name: 'over', ...use }];
    const probes = [{ pod: podOf('uid-1'), container: 'c', probe: 'Readiness', result: 'failed', count: 3 }] as const;
    const pods = ['uid-1', 'uid-of-an-earlier-pod'].map((uid) => ({ pod: podOf(uid), containers }));
    door = await openDoor({ provider: { getStats: async () => ({ pods, probes }) } });
    const memory = (pod: string, about: string): string =>
      `container_memory_working_set_bytes{container="over",id="/kubepods/pod${pod}/over",${about},namespace="default",pod="web"}`;
    const { body } = await door.ask('/metrics/cadvisor');
    expect(body).toContain(memory('uid-1', 'image="i",name="1"'));
    expect(body).toContain(memory('uid-of-an-earlier-pod', 'image="",name=""'));
    expect((await door.ask('/metrics/probes')).body).toContain(
      'prober_probe_total{container="c",namespace="default",pod="web",pod_uid="uid-1",probe_type="Readiness",result="failed"} 3',
    );
  });

  test('a node with a problem is not healthy and says why', async () => {
    door = await openDoor({ problems: () => ['the lease is not renewed'] });
    expect(await door.ask('/healthz')).toMatchObject({
      status: 500,
      body: expect.stringContaining('the lease') as string,
    });
  });

  test('metrics say that the use cannot be read, the summary fails', async () => {
    door = await openDoor({ provider: { getStats: () => Promise.reject(new Error('away')) } });
    expect((await door.ask('/metrics/resource')).body).toMatch(/^scrape_error 1$/m);
    expect((await door.ask('/stats/summary')).status).toBe(500);
  });
});

describe('paths', () => {
  test.each([
    '/containerLogs/default/web/%63/..',
    '/containerLogs/default/web/c/../../x',
    '/containerLogs/default/%2e%2e/c',
    '/containerLogs/default/web%2Fc/c',
    '/containerLogs//web/c',
    '//containerLogs/default/web/c',
    '/ContainerLogs/default/web/c',
    '/containerLogs/default/web/c%00',
    '/containerLogs/default/web/%E0%A4%A',
    '/exec/default/web',
    '/logs/../configz/x',
    '/healthz/unknown',
    `/containerLogs/default/${'w'.repeat(10_000)}/c`,
  ])('that mean nothing find nothing: %s', async (path) => {
    door = await openDoor();
    expect((await door.ask(path)).status).toBe(404);
  });

  test('are decoded once', async () => {
    door = await openDoor();
    expect((await door.ask('/containerLogs/default/w%65b/c')).status).toBe(200);
    expect((await door.ask('/containerLogs/default/w%2565b/c')).status).toBe(404);
  });

  test('of absolute form mean their path, whatever host they name', async () => {
    door = await openDoor();
    expect((await door.ask('https://elsewhere/healthz')).status).toBe(200);
  });
});

describe('counters', () => {
  test('tell routes and statuses, never paths, and how many streams are open', async () => {
    const registry = metricRegistry();
    door = await openDoor({ observer: kubeletApiMetrics(registry) });
    const follower = await headOf(`${log}?follow=true`);
    await door.ask('/pods', { as: people.nobody });
    await door.ask('/containerLogs/default/nothing/c');
    await door.ask('/what/ever');
    expect(registry.render()).toContain('virtual_kubelet_kubelet_api_streams 1');
    follower.destroy();
    await door.idle();
    const text = registry.render();
    for (const line of [
      'virtual_kubelet_kubelet_api_requests_total{route="pods",code="401",protocol="HTTP"} 1',
      'virtual_kubelet_kubelet_api_requests_total{route="containerLogs",code="404",protocol="HTTP"} 1',
      'virtual_kubelet_kubelet_api_requests_total{route="unknown",code="404",protocol="HTTP"} 1',
      'virtual_kubelet_kubelet_api_requests_total{route="containerLogs",code="200",protocol="HTTP"} 1',
      'virtual_kubelet_kubelet_api_streams 0',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain('ever');
  });
});

describe('secrets', () => {
  test('of requests are in no log line and no answer to anybody else', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('away');
    };
    door = await openDoor({ provider: { getStats: broken } });
    const as = { token: `someone-${canary}` };
    const answers = [
      await door.ask(`/exec/default/web/c?command=${canary}&output=1`, { as, method: 'POST' }),
      await door.ask(`/exec/default/web/c?command=${canary}`, { method: 'POST' }),
      await door.ask(`/run/default/web/c?cmd=exit+1&secret=${canary}`, { method: 'POST' }),
      await door.ask('/stats/summary', { as: people.scraper }),
      await door.ask('/metrics/resource', { as: people.scraper }),
      await door.ask(`/nothing?token=${canary}`),
    ];
    expect(JSON.stringify([answers, door.logged])).not.toContain(canary);
    expect(door.logged).not.toEqual([]);
  });
});
