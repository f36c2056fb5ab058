import type { Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { environmentField, metadataField } from './field-reference.js';

const metadata = JSON.parse(
  '{"name":"web","namespace":"shop","uid":"u-1","labels":{"app":"web","__proto__":"polluted","a/b":""},"annotations":{"Note":"one\\ntwo","quote":"\\"\\\\"}}',
) as NonNullable<Pod['metadata']>;
const pod: Pod = {
  metadata,
  spec: { nodeName: 'vk', serviceAccountName: 'robot', restartPolicy: 'Always', containers: [] },
};

describe('field references', () => {
  test.each([
    ['metadata.name', 'web'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u-1'],
    ["metadata.labels['app']", 'web'],
    ["metadata.labels['a/b']", ''],
    ["metadata.labels['missing']", ''],
    ["metadata.labels['constructor']", ''],
    ["metadata.annotations['Note']", 'one\ntwo'],
    ["metadata.annotations['Example.COM/note']", ''],
    ['metadata.labels', '__proto__="polluted"\na/b=""\napp="web"'],
    ['metadata.annotations', 'Note="one\\ntwo"\nquote="\\"\\\\"'],
    ['spec.nodeName', 'vk'],
    ['spec.host', 'vk'],
    ['spec.serviceAccountName', 'robot'],
  ])('%s is %j', (fieldPath, text) => {
    expect(environmentField(pod, { fieldPath })).toMatchObject({ found: { from: 'field', text } });
  });

  test.each(['status.podIP', 'status.podIPs', 'status.hostIP', 'status.hostIPs'])(
    '%s is left to who starts the container',
    (fieldPath) => {
      expect(environmentField(pod, { fieldPath })).toEqual({
        found: { from: 'runtime', field: fieldPath },
      });
    },
  );

  test.each([
    'spec.restartPolicy',
    'status.phase',
    '',
    'metadata',
    "spec.x['y']",
    'metadata.constructor',
    "metadata.labels['']",
    "metadata.labels['a b']",
  ])('%j is refused by name', (fieldPath) => {
    expect(environmentField(pod, { fieldPath })).toEqual({
      problem: expect.stringContaining(fieldPath),
    });
  });

  test('knows version v1 only', () => {
    expect(metadataField(pod, { apiVersion: 'v2', fieldPath: 'metadata.name' })).toEqual({
      problem: expect.stringContaining('v2'),
    });
  });

  test('volumes have no addresses and no spec', () => {
    expect(metadataField(pod, { fieldPath: 'status.podIP' })).toHaveProperty('problem');
    expect(metadataField(pod, { fieldPath: 'spec.nodeName' })).toHaveProperty('problem');
  });

  test('values are written as Go quotes them', () => {
    const labels = { v: '\u0007\b\f\r\t\v\u0000\u001f\u007f\u00a0é中\u200b😀\u{e0001}' };
    const text = metadataField({ metadata: { labels } }, { fieldPath: 'metadata.labels' });
    expect(text).toEqual({
      found: String.raw`v="\a\b\f\r\t\v\x00\x1f\x7f\u00a0é中\u200b😀\U000e0001"`,
    });
  });
});
