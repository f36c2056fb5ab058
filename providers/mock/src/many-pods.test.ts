import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
/** What a hundred thousand pods may take, megabytes of heap: some 3 kB each, and the program itself. */
const heap = 384;

/** In a process of its own, whose heap ends there. Nothing is timed. */
const program = `
import { seededRandom, silentLogger, systemClock } from '@virtual-kubelet/base';
import { mock } from '@virtual-kubelet/mock';
const session = await mock.open({ config: {}, clock: systemClock, random: seededRandom(1), logger: silentLogger, environment: {} });
const provider = await session.forNode({ name: 'vk', operatingSystem: 'linux' });
let told = 0;
const signal = new AbortController().signal;
const context = { signal, deadline: Infinity, logger: silentLogger, span: { set() {}, fail() {}, end() {} }, idempotencyKey: 'k' };
provider.notifyPods({ observed() { told += 1; }, synced() {}, interrupted() {} }, context);
const inputs = { containers: [], volumes: [], pullSecrets: [], dns: {}, hostname: 'h', clusterNetwork: {} };
const ref = (i) => ({ namespace: 'default', name: 'pod-' + i, uid: '00000000-0000-4000-8000-' + String(i).padStart(12, '0') });
for (let i = 0; i < 100_000; i += 1) {
  const pod = { metadata: ref(i), spec: { containers: [{ name: 'c', image: 'registry.example/web:' + i }] } };
  await provider.createPod({ ref: ref(i), pod, inputs, attempt: 1 }, context);
}
const { pods } = await provider.getPods(context);
const one = await provider.getPodStatus(ref(77_777), context);
process.stdout.write(JSON.stringify({ told, listed: pods.length, state: Object.keys(one.containers[0].state) }));
await session.close(signal);
`;

describe('a hundred thousand pods in one provider', () => {
  it(`run in ${heap} MB of heap, each told of, all listed`, { timeout: 120_000 }, async () => {
    const args = [`--max-old-space-size=${heap}`, '--input-type=module', '--eval', program];
    const { stdout } = await run(process.execPath, args, { cwd: new URL('.', import.meta.url) });
    expect(JSON.parse(stdout)).toEqual({ told: 100_000, listed: 100_000, state: ['running'] });
  });
});
