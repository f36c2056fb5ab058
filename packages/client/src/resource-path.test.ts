import { expect, test } from 'vitest';
import { collectionPath, queryString, resourcePath } from './resource-path.js';
import * as resources from './resources.js';

test('core kinds live under /api, the others under their group', () => {
  expect(resourcePath(resources.pods, { namespace: 'shop', name: 'web' })).toBe('/api/v1/namespaces/shop/pods/web');
  expect(resourcePath(resources.leases, { namespace: 'kube-node-lease', name: 'vk' })).toBe(
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/vk',
  );
  expect(resourcePath(resources.nodes, { name: 'vk' }, 'status')).toBe('/api/v1/nodes/vk/status');
});

test('a collection without a namespace is that of all namespaces', () => {
  expect(collectionPath(resources.pods)).toBe('/api/v1/pods');
  expect(collectionPath(resources.pods, 'shop')).toBe('/api/v1/namespaces/shop/pods');
});

test('the namespace of a cluster-scoped kind is ignored', () => {
  expect(resourcePath(resources.nodes, { namespace: 'shop', name: 'vk' })).toBe('/api/v1/nodes/vk');
});

test('no name can lead to another path', () => {
  expect(resourcePath(resources.nodes, { name: 'a/../../secrets?x#y' })).toBe(
    '/api/v1/nodes/a%2F..%2F..%2Fsecrets%3Fx%23y',
  );
  expect(() => resourcePath(resources.nodes, { name: '..' })).toThrow(RangeError);
  expect(() => resourcePath(resources.nodes, { name: '' })).toThrow(RangeError);
  expect(() => resourcePath(resources.pods, { namespace: '..', name: 'x' })).toThrow(RangeError);
});

test('a namespaced object without a namespace is a mistake of the caller', () => {
  expect(() => resourcePath(resources.pods, { name: 'web' })).toThrow('needs a namespace');
});

test('queries are encoded and absent parameters left out', () => {
  expect(queryString({ labelSelector: 'a=b,c!=d', limit: 5, continue: undefined })).toBe(
    '?labelSelector=a%3Db%2Cc!%3Dd&limit=5',
  );
  expect(queryString({ limit: undefined })).toBe('');
});
