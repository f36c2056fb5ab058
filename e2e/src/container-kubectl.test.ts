// What a user does with kubectl to real processes: commands, logs, files, ports, terminals, helpers, other sizes.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunningKubectl } from './harness/index.js';
import { kubectlBytes, sharedControlPlane, startKubectl, waitFor } from './harness/index.js';
import type { ContainerNode } from './container-node.js';
import { startContainerNode, untilAsked } from './container-node.js';
import { whyNoPodman } from './podman.js';

const plane = sharedControlPlane();
const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
const mebi = 1_048_576;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.runIf(missing === undefined)(`kubectl and real processes${reason}`, () => {
  let node: ContainerNode;
  const running: RunningKubectl[] = [];
  const start = (...args: readonly string[]): RunningKubectl => {
    const made = startKubectl(plane, ['-n', node.namespace, ...args]);
    running.push(made);
    return made;
  };
  const exec = (...args: readonly string[]): Promise<string> =>
    node.kubectl('exec', 'tools', '-c', 'main', '--', ...args);

  const restarts = async (): Promise<number | undefined> =>
    (await node.pod('tools')).status.containerStatuses?.find(({ name }) => name === 'main')?.restartCount;

  beforeAll(async () => {
    node = await startContainerNode(plane, { name: 'vk-engine-kubectl' });
    const pages =
      'echo on all addresses > /pages/index.html; httpd -p 8080 -h /pages; httpd -p 127.0.0.1:8081 -h /pages';
    const lines = 'i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo line $i; done';
    await node.createPod('tools', {
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'pages', emptyDir: {} }],
      containers: [
        node.sh('main', `${lines}; ${pages}; ${untilAsked}`, {
          volumeMounts: [{ name: 'pages', mountPath: '/pages' }],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
        }),
        node.sh('shell', 'exec sh', { stdin: true }),
      ],
    });
    await node.ready('tools');
  });
  afterEach(() => Promise.all(running.splice(0).map((each) => each.stop('SIGKILL'))));
  afterAll(() => node.close());

  test('exec: output of both kinds apart, exit codes, and 8 MB of standard input that come back whole', async () => {
    const at = ['-n', node.namespace, 'exec', 'tools', '-c', 'main'];
    const both = await plane.kubectl([...at, '--', 'sh', '-c', 'echo out; echo err >&2; exit 42']);
    expect(both).toMatchObject({ stdout: 'out\n', code: 42 });
    expect(both.stderr).toMatch(/^err\n/);
    const bytes = randomBytes(8 * mebi);
    const back = await kubectlBytes(plane, [...at, '-i', '--', 'cat'], bytes);
    expect([back.code, sha256(back.stdout)]).toEqual([0, sha256(bytes)]);
  });

  test('logs: all, the end of them, followed; and of the run before', async () => {
    expect((await node.kubectl('logs', 'tools', '-c', 'main')).split('\n').slice(0, 2)).toEqual(['line 1', 'line 2']);
    expect(await node.kubectl('logs', 'tools', '-c', 'main', '--tail=2')).toBe('line 99\nline 100\n');
    await node.createPod('talks', {
      terminationGracePeriodSeconds: 1,
      containers: [node.sh('c', 'echo run at $(stat -c %Y /proc/self); sleep 4; echo end; exit 3')],
    });
    await node.ready('talks');
    const follower = start('logs', '-f', 'talks');
    await follower.until(/^run at \d+\nend\n$/);
    await waitFor(
      'another run',
      async () => (await node.pod('talks')).status.containerStatuses?.[0]?.restartCount === 1 || undefined,
    );
    expect(await node.kubectl('logs', 'talks', '--previous')).toBe(follower.output());
    await node.remove('talks');
  });

  test('cp: files and a folder there and back, whole', async () => {
    const here = join(node.engine.folder, 'copies');
    const bytes = randomBytes(4 * mebi);
    await mkdir(join(here, 'tree/below'), { recursive: true });
    await writeFile(join(here, 'file'), bytes);
    await writeFile(join(here, 'tree/one'), '1');
    await writeFile(join(here, 'tree/below/two'), '2');
    const at = `${node.namespace}/tools`;
    const copy = (from: string, to: string): Promise<string> => node.kubectl('cp', '-c', 'main', from, to);
    await copy(join(here, 'file'), `${at}:/tmp/file`);
    await copy(join(here, 'tree'), `${at}:/tmp/tree`);
    expect(await exec('sh', '-c', 'stat -c %s /tmp/file; cat /tmp/tree/one /tmp/tree/below/two')).toBe(
      `${bytes.length}\n12`,
    );
    await copy(`${at}:/tmp/file`, join(here, 'back'));
    await copy(`${at}:/tmp/tree`, join(here, 'tree-back'));
    expect(sha256(await readFile(join(here, 'back')))).toBe(sha256(bytes));
    expect(await readFile(join(here, 'tree-back/below/two'), 'utf8')).toBe('2');
  });

  test('port-forward: HTTP to servers on the address of the pod and on its loopback, many at once', async () => {
    const forward = start('port-forward', 'pod/tools', ':8080', ':8081', ':9');
    await forward.until(/:\d+ -> 9\n/);
    const portOf = (remote: number): number =>
      Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${remote}\\n`).exec(forward.output())?.[1]);
    const get = async (remote: number): Promise<string> => (await fetch(`http://127.0.0.1:${portOf(remote)}/`)).text();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => get(i % 2 === 0 ? 8080 : 8081)));
    expect(new Set(answers)).toEqual(new Set(['on all addresses\n']));
    await expect(get(9)).rejects.toThrow('fetch failed');
    await forward.until(/ECONNREFUSED|[Cc]onnection refused/);
  });

  test('attach -i: what is typed reaches the first process, and its output comes back', async () => {
    const attached = start('attach', '-i', 'tools', '-c', 'shell');
    attached.write('echo process $$ hears\n');
    await attached.until(/^process 1 hears$/m);
  });

  test('debug: a helper joins the pod, sees the processes of another container, and ends without a restart', async () => {
    const script = 'until [ -e /tmp/enough ]; do sleep 0.1; done; exit 6';
    const helper = ['--container=helper', '--target=main', `--image=${node.engine.image}`, '--profile=general'];
    await node.kubectl('debug', 'tools', ...helper, '--', 'sh', '-c', script);
    const state = async (): Promise<Readonly<Record<string, { readonly exitCode?: number }>> | undefined> =>
      (await node.pod('tools')).status.ephemeralContainerStatuses?.[0]?.state;
    await waitFor('the helper runs', async () => (await state())?.['running'] && true);
    const seen = await node.kubectl('exec', 'tools', '-c', 'helper', '--', 'sh', '-c', 'ps; touch /tmp/enough');
    expect(seen).toContain('httpd -p 8080');
    await waitFor('the helper ended', async () => ((await state())?.['terminated']?.exitCode === 6 ? true : undefined));
    expect(await restarts()).toBe(0);
  });

  test('resize: the limits of the running process change in place, and the status says so', async () => {
    const read = `cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes`;
    const quota = `cut -d " " -f 1 /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us`;
    const limits = (): Promise<string> => exec('sh', '-c', `${read}; ${quota}`);
    expect(await limits()).toBe(`${64 * mebi}\n50000\n`);
    const before = await node.engine.pids('tools');
    const resources = { requests: { cpu: '200m', memory: '96Mi' }, limits: { cpu: '1', memory: '96Mi' } };
    const patch = JSON.stringify({ spec: { containers: [{ name: 'main', resources }] } });
    await node.kubectl('patch', 'pod', 'tools', '--subresource', 'resize', '-p', patch);
    await waitFor('the process has them', async () => (await limits()) === `${96 * mebi}\n100000\n` || undefined);
    await waitFor('the status says so', async () => {
      const path = 'jsonpath={.status.containerStatuses[?(@.name=="main")].resources}';
      const told = JSON.parse(await node.kubectl('get', 'pod', 'tools', '-o', path)) as unknown;
      return (
        JSON.stringify(told) === JSON.stringify({ limits: resources.limits, requests: resources.requests }) || undefined
      );
    });
    expect((await node.engine.pids('tools')).get('main')).toBe(before.get('main'));
    expect(await restarts()).toBe(0);
    const { conditions = [] } = (await node.pod('tools')).status;
    expect(conditions.filter(({ type }) => type.startsWith('PodResize'))).toEqual([]);
  });
});
