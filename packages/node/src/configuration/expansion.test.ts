import { Sensitive } from '@virtual-kubelet/base';
import { literal, resolve } from '@virtual-kubelet/provider';
import type { Expression } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand, expansionLimit, ExpansionTooLarge } from './expansion.js';
import type { ExpansionBudget } from './expansion.js';

const variables = new Map([
  ['A', literal('1')],
  ['B', literal('two')],
  ['REF', literal('$(A)')],
  ['NONE', literal('')],
  ['__proto__', literal('odd')],
  ['with space', literal('ws')],
]);
const nowhere = { podIPs: [], hostIPs: [] };
const budget = (left = expansionLimit): ExpansionBudget => ({ left });
const text = (input: string): unknown =>
  resolve(
    expand(input, (name) => variables.get(name), budget()),
    nowhere,
  );

describe('expansion', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['$(A)', '1'],
    ['$(A)$(A)', '11'],
    ['$(A)-$(A)', '1-1'],
    ['$(A)/end', '1/end'],
    ['start/$(B)', 'start/two'],
    ['<$(B)>', '<two>'],
    ['$(A).$(B).$(NONE).', '1.two..'],
    ['$(with space)', 'ws'],
    ['$(__proto__)', 'odd'],
    ['$(constructor)', '$(constructor)'],
    ['$(MISSING)', '$(MISSING)'],
    ['$(MISSING)$(A)', '$(MISSING)1'],
    ['$()', '$()'],
    ['$$', '$'],
    ['$$$', '$$'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$$$$(A)', '$$(A)'],
    ['$$$$$(A)', '$$1'],
    ['$$$$$(MISSING)', '$$$(MISSING)'],
    ['$$(A)_$(A)_$$(B)', '$(A)_1_$(B)'],
    ['a$$A', 'a$A'],
    ['$A', '$A'],
    ['$A)', '$A)'],
    ['(A)', '(A)'],
    ['${A}', '${A}'],
    ['$?$!$1', '$?$!$1'],
    ['end$', 'end$'],
    ['$(A)end$', '1end$'],
    ['$(', '$('],
    ['$(A', '$(A'],
    ['$(A)$(B', '1$(B'],
    ['$(open$$', '$(open$'],
    ['$(A$(B))', '$(A$(B))'],
    ['$(A$(B)', '$(A$(B)'],
    ['$($($(', '$($($('],
    ['-$($($(-', '-$($($(-'],
    ['$(A$$B)', '$(A$$B)'],
    ['\\$(A)', '\\1'],
    ['\\\\$(A)', '\\\\1'],
    ['$(REF)', '$(A)'],
    ['$(REF)$(REF)', '$(A)$(A)'],
    ['$\n$(A)', '$\n1'],
    ['$£', '$£'],
    ['$中$(A)', '$中1'],
    ['$😀$(A)', '$😀1'],
  ])('%j becomes %j', (input, expected) => {
    expect(text(input)).toBe(expected);
  });

  test('every part keeps its origin', () => {
    const secret: Expression = {
      parts: [{ from: 'secret', name: 's', key: 'k', text: new Sensitive('hidden') }],
    };
    const address: Expression = { parts: [{ from: 'runtime', field: 'status.podIP' }] };
    const lookup = (name: string): Expression | undefined =>
      name === 'S' ? secret : name === 'IP' ? address : undefined;
    const value = expand('$$x-$(S)@$(IP):80', lookup, budget());
    expect(value.parts).toEqual([
      { from: 'literal', text: '$x-' },
      secret.parts[0],
      { from: 'literal', text: '@' },
      address.parts[0],
      { from: 'literal', text: ':80' },
    ]);
    expect(JSON.stringify(value)).not.toContain('hidden');
  });

  test('text without a dollar sign is unchanged, as one part', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (input) => {
        const plain = input.replaceAll('$', '');
        expect(expand(plain, () => undefined, budget()).parts).toEqual(
          plain === '' ? [] : [{ from: 'literal', text: plain }],
        );
      }),
    );
  });

  test('doubling every dollar sign protects any text', () => {
    const pieces = fc.array(fc.constantFrom('$', '(', ')', 'A', 'B', '$(A)', '$$', '\\', 'é'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(pieces, (list) => {
        const input = list.join('');
        expect(text(input.replaceAll('$', '$$$$'))).toBe(input);
      }),
    );
  });

  test('agrees with a plain reading, character by character', () => {
    const pieces = fc.array(fc.constantFrom('$', '(', ')', 'A', 'B', '$(A)', '$(REF)', '$$', ' '), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(pieces, (list) => {
        expect(text(list.join(''))).toBe(slowly(list.join('')));
      }),
    );
  });

  test('stops where doubling variables would fill the memory', () => {
    const room = budget();
    const known = new Map([['V', literal('x'.repeat(1_000))]]);
    const twice = (): void => {
      const doubled = expand('$(V)$(V)', (name) => known.get(name), room);
      known.set('V', doubled);
    };
    expect(() => {
      for (let i = 0; i < 60; i++) twice();
    }).toThrow(ExpansionTooLarge);
  });

  test('values without text count too', () => {
    const room = budget();
    const known = new Map<string, Expression>([['V', { parts: [{ from: 'runtime', field: 'status.podIP' }] }]]);
    expect(() => {
      for (let i = 0; i < 60; i++)
        known.set(
          'V',
          expand('$(V)$(V)', (name) => known.get(name), room),
        );
    }).toThrow(ExpansionTooLarge);
  });

  test('reads a megabyte of unfinished references once', () => {
    const input = '$('.repeat(500_000);
    expect(text(input)).toBe(input);
  });
});

/** The rules again, written the slow way. */
function slowly(input: string): string {
  if (input === '') return '';
  if (input.startsWith('$$')) return `$${slowly(input.slice(2))}`;
  const reference = /^\$\(([^)]*)\)/.exec(input);
  if (reference) {
    const value = variables.get(reference[1] ?? '');
    return (value ? String(resolve(value, nowhere)) : reference[0]) + slowly(input.slice(reference[0].length));
  }
  return input.slice(0, 1) + slowly(input.slice(1));
}
