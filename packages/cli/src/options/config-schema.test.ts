import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@virtual-kubelet/base';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { virtualKubelet } from '../command.test-kit.js';
import { nodeOptions } from '../run/node-settings.js';
import { parsePlaced, readConfig } from './config-file.js';
import { configSchema } from './config-schema.js';
import { runOptions } from './option-table.js';
import { resolveSettings } from './settings.js';

const example = fileURLToPath(new URL('../../../../docs/examples/nodes.yaml', import.meta.url));
const matches = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configSchema(runOptions));

/** Whether the command takes the file. */
function isTaken(text: string): boolean {
  try {
    for (const file of readConfig(parsePlaced('f', text), runOptions))
      nodeOptions(resolveSettings(runOptions, { flags: {}, environment: {}, file }), 'mock');
    return true;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** What people write, rightly and wrongly, somewhere in the file. */
const written: readonly unknown[] = [
  ...[
    '',
    'a',
    'A b',
    'a.b',
    'none',
    'keep',
    'wait',
    'true',
    'no',
    '0',
    '5',
    '-5',
    '1.5',
    '70000',
    'k=v',
    'k',
    '-a=b',
    'a,b',
  ],
  ...[
    '0s',
    '30s',
    '1h30m',
    '.5s',
    '+1m',
    '-1m',
    '5 m',
    'not-ready:5m',
    'not-ready:',
    'not-ready:-5m',
    'force-after:1h',
    'force-after:x',
    'force-after:-1h',
  ],
  ...[
    '10.0.0.1',
    'fd00::1',
    '10.0.0',
    ':10255',
    '127.0.0.1:10255',
    '[::1]:1',
    'https://a:1',
    'https://a/b',
    'http://a',
  ],
  ...[true, false, null, 0, 1, 5, -1, 1.5, 10_250, 70_000, 1_000_000_000],
  ...[[], ['a'], ['10.0.0.1', 'fd00::1'], ['x y'], ['k=v', 'l=w'], [['a']], [{ a: 'b' }], [null]],
  ...[{}, { k: 'v' }, { 'a.b/k': 1, l: true }, { 'k k': 'v' }, { k: { l: 'v' } }, { k: null }],
];

const placed = runOptions.filter(({ config }) => config !== undefined);

function fileWith(place: string, value: unknown): string {
  const [first = '', inner] = place.split('.', 2);
  return stringify({ [first]: inner === undefined ? value : { [inner]: value } });
}

describe('the schema of the configuration file', () => {
  it.each(placed.map((option) => [option.config ?? '', option] as const))(
    'says of values of %s the same as the command',
    (place, { default: usual, choices = [] }) => {
      const texts = [...written, ...choices, usual].map((value) => fileWith(place, value));
      const verdicts = texts.map((text) => [text, isTaken(text)]);
      expect(texts.map((text) => [text, matches(parse(text))])).toEqual(verdicts);
      // What is compared tells something: each place takes some of it and refuses some.
      expect(new Set(verdicts.map(([, taken]) => taken)).size).toBe(2);
    },
  );

  it.each([
    ['', true],
    ['pods: {workers: 3}', true],
    ['pods:', false],
    ['pods: 3', false],
    ['pods: {wrokers: 3}', false],
    ['colour: red', false],
    ['[]', false],
    ['nodes: [{name: a}, {name: b, taint: {disabled: true}}]', true],
    ['nodes: []', false],
    ['nodes:', false],
    ['nodes: {name: a}', false],
    ['nodes: [a]', false],
    ['nodes: [{nodes: [{name: a}]}]', false],
    ['nodes: [{name: A_b}]', false],
  ])('says of %j the same as the command', (text, isRight) => {
    expect([isTaken(text), matches(parse(text))]).toEqual([isRight, isRight]);
  });

  it('is printed by the command, and stands where the example says', async () => {
    const { stdout } = await virtualKubelet(['config', 'schema']);
    const text = await readFile(example, 'utf8');
    const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    const file = resolve(dirname(example), path);
    expect(existsSync(file)).toBe(true);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(file, 'utf8')));
    expect(matches(parse(text))).toBe(true);
    expect((await virtualKubelet(['config', 'validate', '--config', example])).stdout).toBe('valid: 2 nodes\n');
  });
});
