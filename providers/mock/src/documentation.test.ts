import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mock, scriptOptions } from './index.js';
import { commandNames } from './shell/interpreter.js';

const page = await readFile(new URL('../../../docs/mock.md', import.meta.url), 'utf8');

describe('the page of the mock provider', () => {
  it('has a row for every annotation', () => {
    const missing = scriptOptions.filter(({ name }) => !new RegExp(`^\\| .*\`${name}\`.* \\|`, 'm').test(page));
    expect(missing).toEqual([]);
  });

  it('names annotations that exist only', () => {
    const calls = ['latency', 'fails', 'failure'].flatMap((what) => [`update-${what}`, `delete-${what}`]);
    const known = new Set([...scriptOptions.map(({ name }) => name), ...calls]);
    const [, scripts = ''] = page.split('## Scripts');
    const rows = (scripts.split('## What')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(named.filter((name) => !known.has(name ?? ''))).toEqual([]);
    expect(named.length).toBeGreaterThan(15);
  });

  it('names every command of the shell', () => {
    expect(commandNames.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('names fields that the configuration takes, and all of them', async () => {
    const [, configuration = ''] = page.split('## Configuration');
    const rows = (configuration.split('## Scripts')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const fields = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
    const validate = async (field: string) =>
      (await mock.configSchema['~standard'].validate({ node: { [field]: null } })).issues ?? [];
    for (const field of fields) expect((await validate(field)).map((issue) => issue.path)).toEqual([['node', field]]);
    expect(fields.toSorted()).toEqual(
      [
        'cpu',
        'journal',
        'localPorts',
        'memory',
        'notify',
        'others',
        'podIPRange',
        'pods',
        'providerID',
        'seed',
      ].toSorted(),
    );
  });
});
