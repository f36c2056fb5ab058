import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { virtualKubelet } from '../command.test-kit.js';
import { candidates } from './completion.js';
import { runOptions } from '../options/option-table.js';
import type { Actions } from './program.js';
import { buildProgram } from './program.js';
import { completedBy, isInstalled } from './shell-completion.test-kit.js';

const program = buildProgram({} as Actions, '0');
const wordsFor = (...words: readonly string[]): readonly string[] =>
  candidates(program, words).words.map(([word]) => word);

describe('the words a shell can offer', () => {
  test('are the commands at first, and the options behind a dash', () => {
    expect(wordsFor('')).toEqual(program.commands.map((each) => each.name()));
    expect(wordsFor('con')).toEqual(['config']);
    expect(wordsFor('config', '')).toEqual(['print', 'validate', 'schema']);
    expect(wordsFor('--nodena')).toEqual(['--nodename']);
    expect(wordsFor('run', '--nodena')).toEqual(['--nodename']);
    expect(wordsFor('version', '--')).toEqual(['--output', '--help']);
  });

  test('are all options that help shows, and none that it hides', () => {
    const shown = runOptions.filter(({ hidden }) => !hidden).map(({ flag }) => `--${flag}`);
    expect(wordsFor('run', '--').toSorted()).toEqual([...shown, '--config', '--help'].toSorted());
  });

  test('are the choices of every option that has them, behind a space and behind =', () => {
    for (const { flag, choices } of runOptions) {
      if (!choices) continue;
      expect(wordsFor(`--${flag}`, '')).toEqual(choices);
      expect(wordsFor('config', 'print', `--${flag}=`)).toEqual(choices.map((choice) => `--${flag}=${choice}`));
    }
  });

  test.each([
    [
      ['--provider', ''],
      ['container', 'docker', 'podman', 'mock'],
    ],
    [
      ['playground', '--provider', 'mock,'],
      ['mock,container', 'mock,docker', 'mock,podman', 'mock,mock'],
    ],
    [['providers', 'mo'], ['mock']],
    [['--disable-taint='], ['--disable-taint=true', '--disable-taint=false']],
    [
      ['--provider-outage', ''],
      ['keep', 'not-ready:'],
    ],
    [
      ['version', '-o', ''],
      ['text', 'json'],
    ],
    [['completion', 'z'], ['zsh']],
    [['playground', '--log-format', 'j'], ['json']],
    [['--nodename', 'config', ''], []],
    [['--nodename', ''], []],
    [['--nope='], []],
  ])('for %j are %j', (words, offered) => {
    expect(wordsFor(...words)).toEqual(offered);
  });

  test.each([
    ['--kubeconfig', 'file'],
    ['--provider-config', 'file'],
    ['--config', 'file'],
    ['--tls-cert-file', 'file'],
    ['--cert-dir', 'folder'],
    ['--nodename', 'none'],
  ])('for %s are paths of the kind %s', (flag, paths) => {
    expect(candidates(program, [flag, '']).paths).toBe(paths);
    expect(candidates(program, [`${flag}=`]).paths).toBe(paths);
  });
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-completion-'));
  await mkdir(join(folder, 'certificates'));
  await writeFile(join(folder, 'mock file.json'), '{}');
  await writeFile(join(folder, 'nodes.yaml'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const lines: readonly (readonly [typed: string, completed: string])[] = [
  ['virtual-kubelet compl', 'virtual-kubelet completion'],
  ['virtual-kubelet config v', 'virtual-kubelet config validate'],
  ['virtual-kubelet --nodena', 'virtual-kubelet --nodename'],
  ['virtual-kubelet --provider mo', 'virtual-kubelet --provider mock'],
  ['virtual-kubelet --on-exit=ke', 'virtual-kubelet --on-exit=keep'],
  ['virtual-kubelet run --log-format js', 'virtual-kubelet run --log-format json'],
  ['virtual-kubelet --provider-outage not', 'virtual-kubelet --provider-outage not-ready:'],
  ['virtual-kubelet --config nod', 'virtual-kubelet --config nodes.yaml'],
  ['virtual-kubelet --config=nod', 'virtual-kubelet --config=nodes.yaml'],
  ['virtual-kubelet --cert-dir cert', 'virtual-kubelet --cert-dir certificates/'],
  ['virtual-kubelet providers mo', 'virtual-kubelet providers mock'],
  ['virtual-kubelet --nodename mo', 'virtual-kubelet --nodename mo'],
  ['virtual-kubelet --nodename "$(exit 1)" --provider mo', 'virtual-kubelet --nodename "$(exit 1)" --provider mock'],
];

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  const found = isInstalled(shell);
  const reason = found ? '' : ` (not run: ${shell} is not installed)`;
  test.runIf(found)(`completes what is typed, as the shell itself does it${reason}`, async () => {
    const completed = await completedBy(
      shell,
      lines.map(([typed]) => typed),
      folder,
    );
    expect(completed).toEqual(lines.map(([, expected]) => expected));
  });
});

describe('PowerShell', () => {
  test('gets a script that asks the command for the words and takes them apart as they are printed', async () => {
    const { stdout } = await virtualKubelet(['completion', 'powershell']);
    expect(stdout).toMatch(/^Register-ArgumentCompleter -Native -CommandName virtual-kubelet -ScriptBlock \{$/m);
    expect(stdout).toContain('& $command complete -- @rest');
    expect(stdout.replaceAll(/[^{]/g, '').length).toBe(stdout.replaceAll(/[^}]/g, '').length);
    expect((await virtualKubelet(['complete', '--', '--provider', 'mo'])).stdout).toMatch(/^mock\t[^\t\n]+\n:none\n$/);
  });
});
