import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { kernelLog } from './kernel-log.js';

const record = (id: string): string =>
  `6,19776,35377575123,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=libpod-other,mems_allowed=0,` +
  `oom_memcg=/pod-of-c3,task_memcg=/libpod_parent/libpod-${id},task=tail,pid=7498,uid=0\n`;

it('tells of containers whose processes were killed for memory, also of those it wrote of since it was last asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vk-kmsg-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'kmsg');
  await writeFile(path, `6,1,2,-;eth0: link is up\n${record('c1')}`);
  const log = kernelLog(path);
  expect(await Promise.all(['c1', 'c2', 'c3', 'other'].map((id) => log.killedForMemory(id)))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  await appendFile(path, record('c2'));
  expect(await Promise.all(['c1', 'c2'].map((id) => log.killedForMemory(id)))).toEqual([true, true]);
});

it('tells nothing where there is no log', async () => {
  expect(await kernelLog('/nowhere/kmsg').killedForMemory('c1')).toBe(false);
});
