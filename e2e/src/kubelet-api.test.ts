import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from './harness/exchange.js';
import type { RunningKubectl } from './harness/index.js';
import { kubectlBytes, sharedControlPlane, startControlPlane, startKubectl, waitFor } from './harness/index.js';
import { kubectlReleases } from './harness/kubectl-releases.js';
import { binaryPaths } from './harness/toolchain.js';
import type { KubectlCluster } from './playground-cluster.js';
import { startPlaygroundCluster, withKubectl } from './playground-cluster.js';
import type { User } from './user.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const shared = sharedControlPlane();

const older = (): Promise<KubectlCluster> => startControlPlane({ generation: '1.34' });

/** The newest API server passes WebSockets to the node; the older one speaks SPDY to it. */
const generations: readonly { readonly name: string; readonly plane: () => Promise<KubectlCluster> }[] = [
  { name: 'API server 1.37, WebSocket to the node', plane: async () => shared },
  ...(shared.handle.kind === 'own'
    ? [
        { name: 'API server 1.34, SPDY to the node', plane: older },
        {
          name: 'API server 1.37, kubectl 1.34',
          plane: async () => withKubectl(shared, binaryPaths(['kubectl-1.34'])['kubectl-1.34']),
        },
        {
          name: 'API server 1.34, kubectl 1.37',
          plane: async () => withKubectl(await older(), binaryPaths(['kubectl']).kubectl),
        },
      ]
    : []),
  ...kubectlReleases().map(({ release, path }) => ({
    name: `playground, kubectl ${release}`,
    plane: async () => withKubectl(await startPlaygroundCluster(), path),
  })),
];

const node = 'vk-kubelet-api';
const mebi = 1_048_576;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function podOn(name: string, annotations: Readonly<Record<string, string>>, container: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`mock.virtual-kubelet.io/${key}`, value]),
      ),
    },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      // The older API server comes without the controller that publishes the authority for tokens.
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'c', image: 'busybox', ...container }],
    },
  };
}

/** Runs a command on a terminal of 33 lines of 111 characters, as util-linux makes one, and types. */
async function onTerminal(command: string, typed: string): Promise<{ readonly stdout: string }> {
  const child = spawn('script', ['-qec', `stty rows 33 cols 111; ${command}`, '/dev/null'], { stdio: 'pipe' });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (stdout === '') child.stdin.write(typed);
    stdout += chunk.toString();
  });
  await once(child, 'close');
  return { stdout };
}

describe.each(generations)('kubectl on a virtual node, $name', ({ plane: open }) => {
  let plane: KubectlCluster;
  let user: User;
  let vk: VirtualKubelet | undefined;
  let folder = '';
  const running: RunningKubectl[] = [];

  const start = (...args: readonly string[]): RunningKubectl => {
    const made = startKubectl(plane, args);
    running.push(made);
    return made;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-kubelet-api-'));
    plane = await open();
    user = userOf(plane);
    vk = await user.startNode(node);
    await user.create(podOn('talks', { 'log-rate': '50' }), podOn('quiet', { 'log-rate': '0' }));
    await user.create(
      podOn('crashes', { 'log-rate': '1000', 'log-lines': '5', 'run-time': '200ms', 'exit-code': '3' }),
    );
    await user.create(podOn('shell', {}, { stdin: true }));
    await user.kubectl('wait', 'pod/talks', 'pod/quiet', 'pod/shell', '--for=condition=Ready', '--timeout=30s');
  });

  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop('SIGKILL')));
    await plane.kubectl(['delete', 'pod', 'talks', 'quiet', 'crashes', 'shell', '--ignore-not-found', '--timeout=30s']);
    await user.stopNode(node, vk);
    if (plane !== shared) await plane.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('logs: the end of them, a number of bytes, with times, since a time', async () => {
    await waitFor(
      'there are ten lines',
      async () => (await user.kubectl('logs', 'talks')).split('\n').length > 10 || undefined,
    );
    expect((await user.kubectl('logs', 'talks', '--tail=3')).trim().split('\n')).toHaveLength(3);
    expect(await user.kubectl('logs', 'talks', '--limit-bytes=10')).toHaveLength(10);
    expect(await user.kubectl('logs', 'talks', '--timestamps', '--tail=1')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z talks\/c line \d+\n$/,
    );
    const lines = await user.kubectl('logs', 'talks', '--since=1h');
    expect(lines).toMatch(/^talks\/c line 1\n/);
  });

  test('logs: followed until kubectl ends, without a line lost or doubled', async () => {
    const follower = start('logs', '-f', 'talks');
    await follower.until(/line 60\n/);
    await follower.stop();
    const numbers = [...follower.output().matchAll(/line (\d+)\n/g)].map(([, n]) => Number(n));
    expect(numbers.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  test('logs: of the run before a crash, and the reasons when there is none', async () => {
    const previous = await waitFor('the container has crashed', async () => {
      const { stdout, code } = await plane.kubectl(['logs', 'crashes', '--previous']);
      return code === 0 ? stdout : undefined;
    });
    expect(previous.trim().split('\n').at(-1)).toBe('crashes/c line 5');
    const none = await plane.kubectl(['logs', 'quiet', '--previous']);
    expect(none.stderr).toMatch(/previous terminated container "c" in pod "quiet" not found/);
  });

  test('exec: output of both kinds apart, exit codes, and the reason when it cannot be run', async () => {
    const both = await plane.kubectl(['exec', 'quiet', '--', 'sh', '-c', 'echo out; echo err >&2']);
    expect(both).toMatchObject({ stdout: 'out\n', code: 0 });
    expect(both.stderr).toContain('err');
    const failed = await plane.kubectl(['exec', 'quiet', '--', 'sh', '-c', 'exit 42']);
    expect(failed.code).toBe(42);
    expect(failed.stderr).toContain('command terminated with exit code 42');
    const ended = await plane.kubectl(['exec', 'crashes', '--', 'true']);
    expect(ended.code).not.toBe(0);
  });

  test('exec: 20 MB of standard input arrive whole, and come back whole', async () => {
    const bytes = randomBytes(20 * mebi);
    const there = await kubectlBytes(plane, ['exec', '-i', 'quiet', '--', 'sha256sum'], bytes);
    expect(there.stdout.toString().split(' ')[0]).toBe(sha256(bytes));
    const back = await kubectlBytes(plane, ['exec', '-i', 'quiet', '--', 'cat'], bytes);
    expect([back.code, sha256(back.stdout)]).toEqual([0, sha256(bytes)]);
  });

  test('exec: a terminal, whose size is that of the client', async () => {
    const kubectl = [
      plane.handle.kubectlPath,
      `--kubeconfig=${plane.kubeconfig()}`,
      'exec',
      '-it',
      'quiet',
      '--',
      'sh',
    ];
    const { stdout } = await onTerminal(kubectl.join(' '), 'tty\nstty size\nexit 3\n');
    expect(stdout).toContain('/dev/');
    expect(stdout).toMatch(/33 111/);
    expect(stdout).toContain('exit code 3');
  });

  test('exec: many at once, each with its own output', async () => {
    const words = Array.from({ length: 20 }, (_, i) => `word-${i}`);
    const results = await Promise.all(words.map((word) => plane.kubectl(['exec', 'quiet', '--', 'echo', word])));
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(words);
  });

  test('attach: what is typed reaches the first process, and its output comes back', async () => {
    const attached = start('attach', '-i', 'shell');
    attached.write('echo there\n');
    await attached.until(/^there$/m);
    await attached.stop();
  });

  test('cp: a file there and back', async () => {
    const bytes = randomBytes(mebi);
    const [there, back] = [join(folder, 'there'), join(folder, 'back')];
    await writeFile(there, bytes);
    await user.kubectl('cp', there, 'quiet:/tmp/file');
    await user.kubectl('cp', 'quiet:/tmp/file', back);
    expect(sha256(await readFile(back))).toBe(sha256(bytes));
  });

  test('port-forward: 200 connections at once, each whole', async () => {
    const forward = start('port-forward', 'pod/quiet', ':80');
    const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+)/);
    const payloads = Array.from({ length: 200 }, (_, i) => Buffer.concat([Buffer.from(`${i} `), randomBytes(10_000)]));
    const answers = await Promise.all(payloads.map((payload) => exchange(Number(port), payload)));
    expect(answers.map(sha256)).toEqual(payloads.map(sha256));
    await forward.stop();
  });

  test('debug: a container is added to a running pod, and can be entered', async () => {
    await user.kubectl(
      'debug',
      'quiet',
      '--image=busybox',
      '--container=helper',
      '--profile=general',
      '--',
      'sleep',
      '1000',
    );
    await waitFor('the container runs', async () => {
      const { stdout, code } = await plane.kubectl(['exec', 'quiet', '-c', 'helper', '--', 'echo', 'inside']);
      return (code === 0 && stdout === 'inside\n') || undefined;
    });
  });

  test('run -i --rm: the pod runs, says what it is told, and is gone', async () => {
    const spec = JSON.stringify({
      spec: { nodeName: node, automountServiceAccountToken: false, tolerations: [{ operator: 'Exists' }] },
    });
    const args = [
      'run',
      'once',
      '--rm',
      '-i',
      '--image=busybox',
      '--restart=Never',
      `--overrides=${spec}`,
      '--',
      'cat',
    ];
    const { stdout, stderr } = await kubectlBytes(plane, args, Buffer.from('from standard input\nexit\n'));
    expect(`${stdout.toString()}${stderr}`).toContain('from standard input');
    const { code } = await plane.kubectl(['get', 'pod', 'once']);
    expect(code).toBe(1);
  });
});
