import { describe, expect, it } from 'vitest';
import {
  apiPath,
  codeOfReason,
  failureStatus,
  formatApiVersion,
  isStatus,
  objectKey,
  parseApiVersion,
  reasonOfCode,
  referenceTo,
  successStatus,
} from './index.js';

describe('paths on the API server', () => {
  const pods = { group: '', version: 'v1', resource: 'pods' };

  it.each([
    [pods, '/api/v1/pods'],
    [{ ...pods, namespace: 'a' }, '/api/v1/namespaces/a/pods'],
    [{ ...pods, namespace: 'a', name: 'p' }, '/api/v1/namespaces/a/pods/p'],
    [{ ...pods, namespace: 'a', name: 'p', subresource: 'status' }, '/api/v1/namespaces/a/pods/p/status'],
    [{ ...pods, resource: 'nodes', name: 'n', subresource: 'proxy/a b' }, '/api/v1/nodes/n/proxy/a%20b'],
    [
      { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'a' },
      '/apis/apps/v1/namespaces/a/deployments',
    ],
    [
      {
        group: 'rbac.authorization.k8s.io',
        version: 'v1',
        resource: 'clusterroles',
        name: 'system:node',
      },
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
    ],
    [{ ...pods, namespace: '../x', name: '?y#' }, '/api/v1/namespaces/..%2Fx/pods/%3Fy%23'],
  ])('%j is %s', (target, path) => {
    expect(apiPath(target)).toBe(path);
  });

  it.each(['', '.', '..'])('never have the part %j', (name) => {
    expect(() => apiPath({ ...pods, namespace: 'a', name })).toThrow(RangeError);
  });
});

describe('apiVersion', () => {
  it.each([
    ['v1', { group: '', version: 'v1' }],
    ['apps/v1', { group: 'apps', version: 'v1' }],
  ])('%s is read and written', (text, parsed) => {
    expect(parseApiVersion(text)).toEqual(parsed);
    expect(formatApiVersion(parsed)).toBe(text);
  });
});

describe('references', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'a', uid: 'u', resourceVersion: '7', labels: { x: 'y' } },
  };

  it('name one object and its version', () => {
    expect(referenceTo(pod)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      namespace: 'a',
      uid: 'u',
      resourceVersion: '7',
    });
    expect(referenceTo({})).toEqual({});
  });

  it('are short for people', () => {
    expect(objectKey(pod)).toBe('a/p');
    expect(objectKey({ metadata: { name: 'node-1' } })).toBe('node-1');
  });
});

describe('Status objects', () => {
  it('carry the code of their reason', () => {
    const status = failureStatus('NotFound', { message: 'pods "p" not found' });
    expect(status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'pods "p" not found',
      reason: 'NotFound',
      code: 404,
    });
    expect(isStatus(status)).toBe(true);
    expect(isStatus(successStatus({ name: 'p' }))).toBe(true);
    expect(isStatus({ kind: 'Pod', apiVersion: 'v1' })).toBe(false);
    expect(isStatus(null)).toBe(false);
  });

  it('give the likeliest reason for a bare code', () => {
    expect(reasonOfCode(409)).toBe('Conflict');
    expect(reasonOfCode(410)).toBe('Gone');
    expect(reasonOfCode(500)).toBe('InternalError');
    expect(reasonOfCode(418)).toBeUndefined();
    expect(codeOfReason('AlreadyExists')).toBe(409);
  });
});
