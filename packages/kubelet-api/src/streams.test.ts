import { afterEach, describe, expect, test } from 'vitest';
import { metricRegistry, systemClock } from '@virtual-kubelet/base';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import type { OpenPortForwardOptions, RemoteCommandClient } from '@virtual-kubelet/streams';
import type { Door } from './kubelet-api.test-kit.js';
import { kubeletApiMetrics } from './index.js';
import { canary, openDoor, people } from './kubelet-api.test-kit.js';

let door: Door;
afterEach(() => door.close());

const clock = systemClock;
const all = { stdin: true, stdout: true, stderr: true, tty: false };
const none = { stdin: false, stdout: true, stderr: false, tty: false };
const dialects = ['spdy', 'websocket'] as const;

function execPath(...command: readonly string[]): string {
  const query = new URLSearchParams(command.map((word): [string, string] => ['command', word]));
  return `/exec/default/web/c?${query.toString()}&input=1&output=1&error=1`;
}

async function textOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = '';
  for await (const chunk of bytes ?? []) text += Buffer.from(chunk).toString();
  return text;
}

/** Input goes in at once and ends; what comes back is the output and the end. */
async function converse(client: RemoteCommandClient, input: string): Promise<{ output: string; outcome: unknown }> {
  await client.stdin?.write(Buffer.from(input));
  await client.stdin?.close();
  const [output] = await Promise.all([textOf(client.stdout), textOf(client.stderr)]);
  return { output, outcome: await client.outcome };
}

describe.each(dialects)('exec over %s', (dialect) => {
  test('is counted as such', async () => {
    const registry = metricRegistry();
    door = await openDoor({ observer: kubeletApiMetrics(registry) });
    const client = await openRemoteCommand(door.target(execPath('cat')), { clock, dialect, streams: all });
    await converse(client, '');
    await door.idle();
    const protocol = { spdy: 'SPDY', websocket: 'WebSocket' }[dialect];
    expect(registry.render()).toContain(
      `virtual_kubelet_kubelet_api_requests_total{route="exec",code="101",protocol="${protocol}"} 1`,
    );
  });

  test('carries input and output, with a half-close, and the exit code', async () => {
    door = await openDoor();
    const client = await openRemoteCommand(door.target(execPath('cat')), { clock, dialect, streams: all });
    expect(await converse(client, 'ping')).toEqual({ output: 'ping', outcome: { exitCode: 0 } });
    const exits = await openRemoteCommand(door.target(execPath('exit', '42')), { clock, dialect, streams: all });
    expect((await converse(exits, '')).outcome).toEqual({ exitCode: 42 });
  });

  test('tells the client why a command could not run, and nobody else', async () => {
    door = await openDoor();
    const client = await openRemoteCommand(door.target(execPath('fail', canary)), { clock, dialect, streams: all });
    const { outcome } = await converse(client, '');
    expect(outcome).toMatchObject({
      error: expect.stringContaining(`error executing command in container: ${canary}`) as string,
    });
    expect(JSON.stringify(door.logged)).not.toContain(canary);
  });

  test('an attach ends well whatever the exit code: clients read that of the container', async () => {
    door = await openDoor();
    const client = await openRemoteCommand(door.target('/attach/default/web/c?output=1'), {
      clock,
      dialect,
      streams: none,
    });
    expect(await converse(client, '')).toEqual({ output: 'attached\n', outcome: { exitCode: 0 } });
  });

  test('the command is told within a second that its client has vanished', async () => {
    door = await openDoor();
    const client = await openRemoteCommand(door.target(execPath('wait')), { clock, dialect, streams: all });
    expect(door.running.count).toBe(1);
    const vanished = performance.now();
    client.destroy();
    await door.running.none();
    expect(performance.now() - vanished).toBeLessThan(1_000);
  });

  test('a client without rights gets the words of a kubelet', async () => {
    door = await openDoor();
    const refused = openRemoteCommand(door.target(execPath('cat'), people.reader), { clock, dialect, streams: all });
    await expect(refused).rejects.toThrow(
      'Forbidden (user=reader, verb=create, resource=nodes, subresource(s)=[proxy])',
    );
  });

  test('an end of the server is told, and waits for no provider', async () => {
    const deaf = await openDoor({ provider: { exec: () => new Promise(() => undefined) } });
    door = await openDoor();
    const client = await openRemoteCommand(deaf.target(execPath('x')), { clock, dialect, streams: all });
    await deaf.close();
    expect(await client.outcome).toMatchObject({
      error: expect.stringContaining('the node agent is stopping') as string,
    });
  });
});

describe('exec and attach are refused with a reason', () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
  test.each([
    ['/exec/default/nothing/c?command=a&output=1', 404, 'pod does not exist'],
    ['/exec/default/web/uid-2/c?command=a&output=1', 404, 'pod does not exist'],
    ['/exec/default/web/nothing?command=a&output=1', 404, 'container not found ("nothing") in pod "web"'],
    ['/exec/default/web/starting?command=a&output=1', 400, 'container "starting" in pod "web" is not running'],
    ['/exec/default/web/over?command=a&output=1', 400, 'container "over" in pod "web" is not running'],
    ['/exec/default/web/c?output=1', 400, 'you must specify a command'],
    ['/exec/default/web/c?command=a', 400, 'you must specify at least 1 of stdin, stdout, stderr'],
    ['/attach/default/nothing/c?output=1', 404, 'pod does not exist'],
    ['/attach/default/web/over?output=1', 400, 'container "over" in pod "web" is not running'],
    ['/portForward/default/nothing', 404, 'pod does not exist'],
  ])('%s', async (path, status, body) => {
    door = await openDoor();
    expect(await door.ask(path, { method: 'POST', headers: upgrade })).toMatchObject({ status, body: `${body}\n` });
  });

  test.each(['/exec/default/web/c?command=a&output=1', '/attach/default/web/c?output=1', '/portForward/default/web'])(
    'where the provider has no such ability: %s',
    async (path) => {
      door = await openDoor({ provider: {} });
      const { status, body } = await door.ask(path, { method: 'POST', headers: upgrade });
      expect(status).toBe(501);
      expect(body).toContain('not implemented');
    },
  );

  test('without an upgrade', async () => {
    door = await openDoor();
    const { status, body } = await door.ask('/exec/default/web/c?command=a&output=1', { method: 'POST' });
    expect({ status, body }).toEqual({ status: 400, body: 'Upgrade request required\n' });
  });

  test('with a protocol nobody knows, naming those that are known', async () => {
    door = await openDoor();
    const headers = { ...upgrade, 'x-stream-protocol-version': 'v9.channel.k8s.io' };
    const path = '/exec/default/web/c?command=a&output=1';
    const { status, headers: answered } = await door.ask(path, { method: 'POST', headers });
    expect(status).toBe(403);
    expect(String(answered['x-accepted-stream-protocol-versions'])).toContain('v4.channel.k8s.io');
  });
});

const forwards: readonly [string, Omit<OpenPortForwardOptions, 'clock'>][] = [
  ['SPDY', { dialect: 'spdy' }],
  ['a tunnel', { dialect: 'tunnel' }],
  ['channels', { dialect: 'channels', ports: [80] }],
];

describe.each(forwards)('port-forward over %s', (_name, options) => {
  test('carries bytes both ways', async () => {
    door = await openDoor();
    const session = await openPortForward(door.target('/portForward/default/web'), { clock, ...options });
    const { readable, writable } = await session.connect(80);
    await writable.write(Buffer.from('ping'));
    const { value } = await readable[Symbol.asyncIterator]().next();
    expect(Buffer.from(value ?? []).toString()).toBe('ping');
    session.destroy();
    await door.running.none();
  });

  test('tells of a port that cannot be reached', async () => {
    door = await openDoor();
    const ports = options.ports ? { ports: [1] } : {};
    const session = await openPortForward(door.target('/portForward/default/web'), { clock, ...options, ...ports });
    const { error } = await session.connect(1);
    expect(await error).toContain('error forwarding port 1 to pod web, uid uid-1: connection refused');
    await session.close();
  });
});

describe('run', () => {
  test('gives the output of a command, or says how it ended', async () => {
    door = await openDoor();
    expect(await door.ask('/run/default/web/c?cmd=say', { method: 'POST' })).toMatchObject({
      status: 200,
      body: 'hello\n',
    });
    expect(await door.ask('/run/default/web/uid-1/c?cmd=exit+3', { method: 'POST' })).toMatchObject({ status: 500 });
    expect(await door.ask('/run/default/web/c', { method: 'POST' })).toMatchObject({ status: 400 });
  });
});
