import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestScript, parseScript, ShellSyntaxError } from './syntax.js';

function outcome(text: string): 'script' | 'error' {
  try {
    parseScript(text);
    return 'script';
  } catch (error) {
    if (error instanceof ShellSyntaxError) return 'error';
    throw error;
  }
}

describe('a script', () => {
  it('is read or refused, whatever it is', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('echo ', 'A=', '"', "'", '$', '${', '}', '|', '||', '&&', ';', '>', '2>&1', '<', '\\n', '#'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(outcome(pieces.join(''))).toBeOneOf(['script', 'error']);
      }),
    );
  });

  it('of words is those words again', () => {
    const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        const [pipeline] = parseScript(words.map(quoted).join(' '));
        const parts = pipeline?.commands[0]?.words ?? [];
        expect(parts.map((word) => word.map((part) => ('text' in part ? part.text : '?')).join(''))).toEqual(words);
      }),
    );
  });

  it.each([
    ['a long word', 'a'],
    ['many words', 'a '],
    ['many variables', '$a'],
    ['many quotes', `''""`],
    ['an endless quote', '"a$'],
    ['many comments', '#\n'],
    ['many commands', 'a;'],
  ])('of the greatest length takes its length in time: %s', (_, text) => {
    expect(outcome(text.repeat(longestScript / text.length))).toBeOneOf(['script', 'error']);
  });

  it('beyond that is refused', () => {
    expect(() => parseScript('a'.repeat(longestScript + 1))).toThrow('too long');
  });
});
