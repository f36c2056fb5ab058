import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane } from './harness/index.js';
import { whyNoPodman } from './podman.js';

const plane = sharedControlPlane();
const bench = fileURLToPath(new URL('../../bench/dist/main.js', import.meta.url));
/** All but `streams`, whose limit is a pipe and not an API server, and `container`, which wants an engine. */
const scenarios = ['start', 'latency', 'burst', 'drain', 'follow', 'memory', 'playground'];
const run = promisify(execFile);

interface Report {
  readonly isQuick: boolean;
  readonly failures: readonly object[];
  readonly rows: readonly { readonly id: string; readonly values: Readonly<Record<string, number>> }[];
}

describe.runIf(plane.handle.kind === 'own')('the bench, with a few pods', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-bench-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('measures everything it promises and says that its numbers mean nothing', { timeout: 180_000 }, async () => {
    const args = [
      bench,
      ...scenarios,
      '--quick',
      '--own',
      '-o',
      'json',
      '--out',
      folder,
      '--kubeconfig',
      plane.kubeconfig(),
    ];
    const { stdout } = await run(process.execPath, args, { timeout: 170_000 });
    const { isQuick, failures, rows } = JSON.parse(stdout) as Report;
    expect([isQuick, failures]).toEqual([true, []]);
    // What of ours lacks a number was not measured; what is counted beyond a bare client's calls may be below zero.
    const measured = rows.filter(({ values }) =>
      Number.isFinite(values['virtual-kubelet'] ?? values['playground'] ?? Number.NaN),
    );
    expect(measured.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const servers = rows.filter(({ values }) => 'playground' in values && 'kubernetes' in values);
    expect(servers.map(({ id }) => id)).toEqual(expect.arrayContaining(['life.cpu', 'watch.rate', 'pods.memory']));
    expect(new Set(rows.map(({ id }) => id.split('.')[0]))).toEqual(
      new Set([
        'start',
        'delete',
        'bare',
        'burst',
        'requests',
        'drain',
        'follow',
        'cpu',
        'memory',
        'heartbeat',
        'server',
        'watch',
        'life',
        'pods',
      ]),
    );
    expect((await readdir(folder)).toSorted().map((file) => file.slice(file.indexOf('quick')))).toEqual([
      'quick.json',
      'quick.md',
    ]);
  });

  test('measures pods on an engine, or says why it cannot', { timeout: 180_000 }, async () => {
    const args = [bench, 'container', '--quick', '--own', '-o', 'json', '--kubeconfig', plane.kubeconfig()];
    const { stdout, stderr } = await run(process.execPath, args, { timeout: 170_000 });
    const { failures, rows } = JSON.parse(stdout) as Report;
    expect(failures).toEqual([]);
    const own = rows.filter(({ id }) => id.startsWith('container.'));
    const measured = own.map(({ id }) => id.split('.')[1]);
    const all = ['start', 'end', 'rate', 'cpu', 'memory', 'cpu', 'memory', 'cpu', 'memory'];
    const missing = await whyNoPodman();
    const isTold = stderr.includes(`container: not measured: ${missing}`);
    expect([measured, isTold]).toEqual(missing === undefined ? [all, false] : [[], true]);
    for (const { values } of own.slice(0, 3)) expect(Math.min(...Object.values(values))).toBeGreaterThan(0);
  });
});
