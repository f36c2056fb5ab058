import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { container } from './index.js';

const page = await readFile(new URL('../../../docs/providers/container.md', import.meta.url), 'utf8');

describe('the page of the container provider', () => {
  it('names fields that the configuration takes, and all of them', async () => {
    const [, configuration = ''] = page.split('## Configuration');
    const rows = (configuration.split('## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const fields = rows.map((row) => /`([^`]+)`/.exec(row)?.[1] ?? '');
    for (const field of fields) {
      const [first = '', second] = field.split('.');
      const value = second === undefined ? { [first]: null } : { [first]: { [second]: null } };
      const { issues = [] } = await container.configSchema['~standard'].validate(value);
      expect(issues.map((issue) => issue.path)).toEqual([field.split('.')]);
    }
    expect(fields).toHaveLength(14);
  });
});
