import { expect, test } from 'vitest';
import { readObjectPrefix } from './object-prefix.js';

function read(text: string, from?: number): unknown {
  return readObjectPrefix(Buffer.from(text), from);
}

test.each([
  [
    'a pod',
    '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","uid":"u","resourceVersion":"7"',
  ],
  [
    'a generated name',
    '{"metadata":{"name":"web-1","generateName":"web-","namespace":"s","uid":"u","resourceVersion":"7",',
  ],
  ['a node', '{"apiVersion":"v1","kind":"Node","metadata":{"name":"vk","uid":"u","resourceVersion":"7"}}'],
])('reads %s in the order of API servers', (_, text) => {
  expect(read(text)).toEqual({ uid: 'u', resourceVersion: '7' });
});

test('reads an object inside an event', () => {
  const before = '{"type":"MODIFIED","object":';
  expect(read(`${before}{"metadata":{"name":"x","uid":"u","resourceVersion":"7"}}}`, before.length)).toEqual({
    uid: 'u',
    resourceVersion: '7',
  });
});

test.each([
  [
    'labels that look like a UID',
    '{"metadata":{"labels":{"uid":"u","resourceVersion":"7"},"uid":"v","resourceVersion":"8"}}',
  ],
  ['a name that looks like more', '{"metadata":{"name":"a\\",\\"uid\\":\\"u","uid":"v","resourceVersion":"7"}}'],
  ['another order', '{"metadata":{"resourceVersion":"7","uid":"u"}}'],
  ['spaces', '{ "metadata": {"name":"x","uid":"u","resourceVersion":"7"}}'],
  ['a version that is cut off', '{"metadata":{"name":"x","uid":"u","resourceVersion":"7'],
  ['an early spec', '{"spec":{},"metadata":{"name":"x","uid":"u","resourceVersion":"7"}}'],
  ['an empty text', ''],
])('leaves %s to the parser', (_, text) => {
  expect(read(text)).toBeUndefined();
});

test('a start behind the end is nothing', () => {
  expect(read('{}', 10)).toBeUndefined();
});
