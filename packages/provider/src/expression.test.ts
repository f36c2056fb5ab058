import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Expression } from './index.js';
import { isSensitive, literal, needsRuntime, resolve, reveal, Sensitive } from './index.js';

const facts = { podIPs: ['10.0.0.1', 'fd00::1'], hostIPs: ['192.0.2.1'] };
const url: Expression = {
  parts: [
    { from: 'literal', text: 'http://admin:' },
    { from: 'secret', name: 's', key: 'k', text: new Sensitive('canary') },
    { from: 'literal', text: '@' },
    { from: 'runtime', field: 'status.podIP' },
  ],
};

describe('a value of env, command or args', () => {
  it('is the text of its parts', () => {
    expect(reveal(url, facts)).toBe('http://admin:canary@10.0.0.1');
    expect(reveal(literal('plain'))).toBe('plain');
    expect(
      reveal(
        {
          parts: [
            { from: 'configMap', name: 'c', key: 'k', text: 'a' },
            { from: 'field', path: 'metadata.name', text: 'b' },
          ],
        },
        facts,
      ),
    ).toBe('ab');
  });

  it.each([
    ['status.podIP', '10.0.0.1'],
    ['status.podIPs', '10.0.0.1,fd00::1'],
    ['status.hostIP', '192.0.2.1'],
    ['status.hostIPs', '192.0.2.1'],
  ] as const)('knows %s only when the pod has a place', (field, text) => {
    const value: Expression = { parts: [{ from: 'runtime', field }] };
    expect(needsRuntime(value)).toBe(true);
    expect(reveal(value, facts)).toBe(text);
    expect(reveal(value)).toBe('');
  });

  it('stays hidden when a part of it is secret, until it is revealed', () => {
    const hidden = resolve(url, facts);
    expect(isSensitive(url)).toBe(true);
    expect(`${hidden as unknown as string} ${JSON.stringify({ hidden })} ${inspect(hidden)}`).not.toContain('canary');
    expect(resolve(literal('plain'), facts)).toBe('plain');
    expect(isSensitive(literal('plain'))).toBe(false);
    expect(needsRuntime(literal('plain'))).toBe(false);
  });
});
