import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { waitFor } from '../harness/wait.js';
import type { World } from './world.js';
import { podOf, untilReady } from './world.js';

const mebi = 1_048_576;

/** Logs, commands and ports of a pod, through the API server to the node. */
export function streamCases(world: () => World): void {
  const at = (name: string): { namespace: string; name: string } => ({ namespace: world().node, name });

  beforeAll(async () => {
    const { driver } = world();
    await driver.create(
      podOf(world(), 'talks', { behaviour: { 'log-rate': '50' } }),
      podOf(world(), 'quiet', { behaviour: { 'log-rate': '0' } }),
      podOf(world(), 'shell', { container: { stdin: true } }),
    );
    await Promise.all(['talks', 'quiet', 'shell'].map((name) => untilReady(driver, at(name))));
  });

  test('logs: all of them, and the end of them', async () => {
    const { driver } = world();
    const logs = await waitFor('there are ten lines', async () => {
      const found = await driver.logs(at('talks'));
      return found.split('\n').length > 10 ? found : undefined;
    });
    expect(logs).toMatch(/^talks\/c line 1\n/);
    expect((await driver.logs(at('talks'), { tail: 3 })).trim().split('\n')).toHaveLength(3);
  });

  test('logs: followed, without a line lost or doubled', async () => {
    const follower = await world().driver.follow(at('talks'));
    const { input } = await follower.until(/line 60\n/);
    await follower.stop();
    const numbers = [...input.matchAll(/line (\d+)\n/g)].map(([, n]) => Number(n));
    expect(numbers.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  test('exec: output of both kinds apart, and exit codes', async () => {
    const { driver } = world();
    const both = await driver.exec(at('quiet'), ['sh', '-c', 'echo out; echo err >&2']);
    expect([both.code, both.stdout.toString()]).toEqual([0, 'out\n']);
    expect(both.stderr).toContain('err');
    expect((await driver.exec(at('quiet'), ['sh', '-c', 'exit 42'])).code).toBe(42);
  });

  test('exec: standard input arrives whole, and comes back whole', async () => {
    const bytes = randomBytes(4 * mebi);
    const { code, stdout } = await world().driver.exec(at('quiet'), ['cat'], bytes);
    expect([code, sha256(stdout)]).toEqual([0, sha256(bytes)]);
  });

  test('attach: what is typed reaches the first process, and its output comes back', async () => {
    const attached = await world().driver.attach(at('shell'));
    attached.write('echo there\n');
    await attached.until(/^there$/m);
    await attached.stop();
  });

  test('port-forward: many connections at once, each whole', async () => {
    const forward = await world().driver.forward(at('quiet'), 80);
    const payloads = Array.from({ length: 20 }, (_, i) => Buffer.concat([Buffer.from(`${i} `), randomBytes(10_000)]));
    const answers = await Promise.all(payloads.map((payload) => forward.exchange(payload)));
    expect(answers.map(sha256)).toEqual(payloads.map(sha256));
    await forward.stop();
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
