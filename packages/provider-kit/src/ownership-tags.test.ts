import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Owner, TagFormat } from './index.js';
import { digestOf, isOwnedBy, listedOwner, ownerOf, ownershipTags, tagReader, workloadName } from './index.js';

const owner: Owner = {
  ref: { namespace: 'shop', name: 'web.example-0', uid: '7f1d' },
  node: 'vk',
  cluster: 'c1',
  attempt: 2,
};
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
const owners: fc.Arbitrary<Owner> = fc
  .record({
    ref: fc.record({ namespace: text, name: text, uid: text }),
    node: text,
    attempt: fc.integer({ min: 1, max: 1_000_000 }),
    cluster: fc.option(text, { nil: undefined }),
  })
  .map(({ cluster, ...rest }) => ({ ...rest, ...(cluster === undefined ? {} : { cluster }) }));

describe('ownership tags', () => {
  it('say each fact in a tag of its own', () => {
    expect(ownershipTags(owner, { valueLength: 128 })).toEqual({
      'vk-cluster': 'c1',
      'vk-node': 'vk',
      'vk-namespace': 'shop',
      'vk-name': 'web.example-0',
      'vk-uid': '7f1d',
      'vk-attempt': '2',
    });
  });

  it('go on in further tags where a value is too long, and escape what the platform does not take', () => {
    const tags = ownershipTags(owner, { valueLength: 10, plain: /[a-z0-9]/, prefix: 'VK_' });
    expect(tags).toMatchObject({ VK_name: 'web_2eexam', 'VK_name-2': 'ple_2d0' });
  });

  it('are read back whatever the names and the limits are', () => {
    const formats: fc.Arbitrary<TagFormat> = fc.record({
      valueLength: fc.integer({ min: 1, max: 200 }),
      plain: fc.constantFrom(/[a-z]/, /[A-Za-z0-9.-]/, /./s, /\w/),
    });
    fc.assert(
      fc.property(owners, formats, (some, format) => {
        const tags = ownershipTags(some, format);
        for (const value of Object.values(tags)) expect(value.length).toBeLessThanOrEqual(format.valueLength);
        // Half a surrogate pair is no text a tag could hold.
        fc.pre([some.node, some.cluster ?? '', ...Object.values(some.ref)].every((part) => part.isWellFormed()));
        expect(ownerOf(tagReader(tags), format)).toEqual(some);
      }),
    );
  });

  it('are not taken in by names that look like escapes', () => {
    const format = { valueLength: 128, plain: /\w/ };
    const odd = { ...owner, node: 'a_2eb', ref: { ...owner.ref, name: '_5f_' } };
    expect(ownerOf(tagReader(ownershipTags(odd, format)), format)).toEqual(odd);
  });

  it('of strangers are nobody of ours', () => {
    const format = { valueLength: 128 };
    expect(ownerOf(tagReader({ Name: 'x' }), format)).toBeUndefined();
    expect(ownerOf(tagReader(undefined), format)).toBeUndefined();
    expect(ownerOf(tagReader({ ...ownershipTags(owner, format), 'vk-attempt': 'many' }), format)?.attempt).toBe(1);
    expect(isOwnedBy(owner, 'vk', 'c1')).toBe(true);
    for (const [node, cluster] of [
      ['other', 'c1'],
      ['vk', 'c2'],
      ['vk', undefined],
    ] as const) {
      expect(isOwnedBy(owner, node, cluster)).toBe(false);
    }
  });

  it('make the ownership part of a listing', () => {
    expect(listedOwner(owner)).toEqual({ ref: owner.ref, node: 'vk', cluster: 'c1', attempt: 2 });
  });
});

describe('the name of a workload', () => {
  it('is readable and ends in a digest', () => {
    expect(workloadName(owner, { length: 63 })).toMatch(/^vk-shop-web-example-0-[0-9a-f]{16}$/);
    expect(workloadName(owner, { length: 24 })).toMatch(/^vk-shop-[0-9a-f]{16}$/);
  });

  it('is legal, stable, and another for every other run', () => {
    fc.assert(
      fc.property(owners, owners, fc.integer({ min: 24, max: 90 }), (a, b, length) => {
        const [first, second] = [workloadName(a, { length }), workloadName(b, { length })];
        expect(first).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(first.length).toBeLessThanOrEqual(length);
        expect(first).toBe(workloadName(structuredClone(a), { length }));
        expect(first === second).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('keeps apart what a plain joining of names would not', () => {
    expect(digestOf(['ab', 'c'])).not.toBe(digestOf(['a', 'bc']));
  });
});
