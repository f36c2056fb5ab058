import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { echoVolume, exchange } from './harness/exchange.js';
import { freePorts } from './harness/free-ports.js';
import type { RunningKubectl } from './harness/index.js';
import { kubectlBytes, startKubectl, waitFor } from './harness/index.js';
import { onTerminal } from './harness/on-terminal.js';
import { generations } from './kubelet-generations.js';
import type { KubectlCluster } from './playground-cluster.js';
import type { User } from './user.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const node = 'vk-kubelet-api';
const mebi = 1_048_576;
const stdinMebi = Number(process.env['STDIN_MB'] ?? 20);
const forwardMebi = Number(process.env['FORWARD_MB'] ?? 20);
/** Longest that a volume may take, milliseconds. */
const within = (mebibytes: number): number => 120_000 + mebibytes * 500;
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

describe.each(generations)('kubectl on a virtual node, $name', ({ plane: open, protocol, splitsLogs }) => {
  let plane: KubectlCluster;
  let user: User;
  let vk: VirtualKubelet | undefined;
  let folder = '';
  let metricsPort = 0;
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
    [metricsPort = 0] = await freePorts(1);
    vk = await user.startNode(node, '--metrics-addr', `127.0.0.1:${metricsPort}`);
    await user.create(
      podOn('talks', { 'log-rate': '50', 'log-stderr-every': '3' }),
      podOn('quiet', { 'log-rate': '0' }),
    );
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
    await plane.close();
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

  test.runIf(splitsLogs)('logs: of one stream, and of none that is unknown', async () => {
    const read = (query: string): Promise<string> =>
      user.kubectl('get', '--raw', `/api/v1/namespaces/default/pods/talks/log?${query}`);
    const numbers = async (stream: string): Promise<readonly number[]> => {
      // A line for each stream is there after the third.
      const text = await waitFor('there is a line', async () => (await read(`stream=${stream}`)) || undefined);
      return [...text.matchAll(/line (\d+)\n/g)].map(([, number]) => Number(number));
    };
    const [all, errors, others] = await Promise.all(['All', 'Stderr', 'Stdout'].map(numbers));
    const short = <T>(list: readonly T[] | undefined): readonly T[] => list?.slice(0, 2) ?? [];
    expect([short(all), short(errors), short(others)]).toEqual([
      [1, 2],
      [3, 6],
      [1, 2],
    ]);
    expect(others?.filter((number) => number % 3 === 0)).toEqual([]);
    expect(errors?.filter((number) => number % 3 !== 0)).toEqual([]);
    await expect(read('stream=Stdin')).rejects.toThrow(/invalid|Invalid/);
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

  test(
    `exec: ${stdinMebi} MB of standard input arrive whole, and come back whole`,
    async () => {
      const bytes = randomBytes(stdinMebi * mebi);
      const there = await kubectlBytes(plane, ['exec', '-i', 'quiet', '--', 'sha256sum'], bytes);
      expect(there.stdout.toString().split(' ')[0]).toBe(sha256(bytes));
      const back = await kubectlBytes(plane, ['exec', '-i', 'quiet', '--', 'cat'], bytes);
      expect([back.code, sha256(back.stdout)]).toEqual([0, sha256(bytes)]);
    },
    within(stdinMebi),
  );

  const inTerminal = (args: readonly string[], typed: string) =>
    onTerminal([plane.handle.kubectlPath, `--kubeconfig=${plane.kubeconfig()}`, ...args], { prompt: /# $/, typed });

  test('exec: a terminal, whose size is that of the client', async () => {
    const { output, code } = await inTerminal(['exec', '-it', 'quiet', '--', 'sh'], 'tty\nstty size\nexit 3\n');
    expect(output).toContain('/dev/');
    expect(output).toMatch(/33 111/);
    expect(output).toContain('exit code 3');
    expect(code).toBe(3);
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

  test(
    `port-forward: ${forwardMebi} MB there and back at once`,
    async () => {
      const forward = start('port-forward', 'pod/quiet', ':80');
      const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+)/);
      const { sent, received, bytes } = await echoVolume(Number(port), forwardMebi);
      expect([received, bytes]).toEqual([sent, forwardMebi * mebi]);
      await forward.stop();
    },
    within(forwardMebi),
  );

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

  const onNode = JSON.stringify({
    spec: { nodeName: node, automountServiceAccountToken: false, tolerations: [{ operator: 'Exists' }] },
  });
  const runFlags = ['--rm', '--image=busybox', '--restart=Never', `--overrides=${onNode}`];

  test('run -i --rm: the pod runs, says what it is told, and is gone', async () => {
    const args = ['run', 'once', '-i', ...runFlags, '--', 'cat'];
    const { stdout, stderr } = await kubectlBytes(plane, args, Buffer.from('from standard input\nexit\n'));
    expect(`${stdout.toString()}${stderr}`).toContain('from standard input');
    const { code } = await plane.kubectl(['get', 'pod', 'once']);
    expect(code).toBe(1);
  });

  test('run -it --rm: a shell on a terminal, whose exit code is that of kubectl, and the pod is gone', async () => {
    const args = ['run', 'shell-once', '-it', ...runFlags, '--', 'sh'];
    const { output, code } = await inTerminal(args, 'tty\nstty size\nexit 3\n');
    expect(output).toContain('/dev/');
    expect(output).toMatch(/33 111/);
    expect(output).toContain('pod "shell-once" deleted');
    expect(code).toBe(3);
    const left = await plane.kubectl(['get', 'pod', 'shell-once']);
    expect(left.code).toBe(1);
  });

  test.runIf(protocol)('the agent tells which protocol its streams have come with', async () => {
    await user.kubectl('exec', 'quiet', '--', 'true');
    const forward = start('port-forward', 'pod/quiet', ':80');
    await forward.until(/Forwarding from/);
    await forward.stop();
    const counted = await waitFor('both are counted', async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      const series = text.matchAll(/kubelet_api_requests_total\{route="(\w+)",code="101",protocol="(\w+)"\}/g);
      const found = [...series].map(([, route, by]) => `${route} ${by}`);
      return ['exec', 'portForward'].every((route) => found.some((each) => each.startsWith(route))) ? found : undefined;
    });
    expect(counted.filter((each) => !each.endsWith(` ${protocol}`))).toEqual([]);
  });
});
