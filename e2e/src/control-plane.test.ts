import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sharedControlPlane } from './harness/index.js';

const plane = sharedControlPlane();
const own = plane.handle.kind === 'own';
const namespace = `control-plane-${randomUUID().slice(0, 8)}`;

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

describe('a real control plane', () => {
  test('is ready, and both sides are the version that was built', async () => {
    expect(await plane.request('/readyz')).toMatchObject({ status: 200, text: 'ok' });
    const version = JSON.parse(await kubectl('version', '-o', 'json')) as Record<string, { gitVersion: string }>;
    expect(version['clientVersion']?.gitVersion).toBe('v1.37.2');
    expect(version['serverVersion']?.gitVersion).toBe('v1.37.2');
  });

  test('has controllers and a scheduler: a pod of a Deployment waits for a node', async () => {
    await plane.createNamespace(namespace);
    await kubectl('create', 'deployment', 'web', '--image=nginx', '-n', namespace);
    const waiting = '--for=jsonpath={.status.conditions[?(@.type=="PodScheduled")].reason}=Unschedulable';
    const output = await kubectl('wait', 'pod', '-l', 'app=web', '-n', namespace, waiting, '--timeout=30s');
    expect(output).toContain('condition met');
  });

  test.runIf(own)('knows users by certificate and by token, and gives them their rights only', async () => {
    const user = await plane.kubectl(['auth', 'whoami', '-o', 'json'], {
      identity: { user: 'jane', groups: ['readers'] },
    });
    expect(JSON.parse(user.stdout)).toMatchObject({ status: { userInfo: { username: 'jane' } } });
    const token = await plane.serviceAccountToken(namespace, 'default', 60);
    const account = await plane.kubectl(['auth', 'whoami', '-o', 'json'], { identity: { token } });
    const username = `system:serviceaccount:${namespace}:default`;
    expect(JSON.parse(account.stdout)).toMatchObject({ status: { userInfo: { username } } });
    const denied = await plane.kubectl(['get', 'secrets', '-n', namespace], {
      identity: { token },
    });
    expect(denied.stderr).toContain('forbidden');
    const expired = await plane.serviceAccountToken(namespace, 'default', -60);
    expect((await plane.kubectl(['get', 'pods'], { identity: { token: expired } })).code).not.toBe(0);
  });

  test.runIf(own)('writes down who asked for what', async () => {
    const mark = plane.auditPosition();
    await plane.kubectl(['get', 'configmaps', '-n', namespace], { identity: { user: 'audited' } });
    const events = plane.auditEvents(mark).filter(({ user }) => user.username === 'audited');
    expect(
      events.map(({ verb, objectRef, responseStatus }) => [verb, objectRef?.resource, responseStatus?.code]),
    ).toContainEqual(['list', 'configmaps', 403]);
    expect(events[0]?.userAgent).toMatch(/^kubectl\//);
  });

  test('tells what it did in its metrics', async () => {
    expect(await plane.metrics()).toMatch(/^apiserver_request_total\{.*resource="deployments".*\} \d+$/m);
  });

  test.runIf(own)('keeps its data when the API server is killed, and is away in between', async () => {
    await kubectl('create', 'configmap', 'kept', '--from-literal=key=value', '-n', namespace);
    await plane.killApiServer();
    await expect(plane.request('/readyz')).rejects.toThrow('ECONNREFUSED');
    await plane.startApiServer();
    expect(await kubectl('get', 'configmap', 'kept', '-n', namespace, '-o', 'jsonpath={.data.key}')).toBe('value');
    await plane.restartApiServer();
    expect(await kubectl('get', 'configmap', 'kept', '-n', namespace, '-o', 'jsonpath={.data.key}')).toBe('value');
  });
});
