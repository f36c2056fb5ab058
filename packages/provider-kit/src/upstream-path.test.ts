import type { StreamRequest } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import { apiServerPath, kubeletPath } from './index.js';

const pod = { namespace: 'shop', name: 'web', uid: 'u' };

describe('the path of a stream', () => {
  test.each<[StreamRequest, string, string]>([
    [
      { kind: 'exec', pod, container: 'c', query: 'command=ls&command=-l&error=1&input=1&output=1&tty=1' },
      '/exec/shop/web/c?command=ls&command=-l&error=1&input=1&output=1&tty=1',
      '/api/v1/namespaces/shop/pods/web/exec?command=ls&command=-l&stderr=true&stdin=true&stdout=true&tty=true&container=c',
    ],
    [
      { kind: 'attach', pod, container: 'c', query: 'output=1' },
      '/attach/shop/web/c?output=1',
      '/api/v1/namespaces/shop/pods/web/attach?stdout=true&container=c',
    ],
    [
      { kind: 'portForward', pod, query: 'port=80&port=81' },
      '/portForward/shop/web?port=80&port=81',
      '/api/v1/namespaces/shop/pods/web/portforward?ports=80&ports=81',
    ],
    [
      { kind: 'logs', pod, container: 'c', query: 'follow=true&tailLines=1' },
      '/containerLogs/shop/web/c?follow=true&tailLines=1',
      '/api/v1/namespaces/shop/pods/web/log?follow=true&tailLines=1&container=c',
    ],
    [{ kind: 'portForward', pod, query: '' }, '/portForward/shop/web', '/api/v1/namespaces/shop/pods/web/portforward'],
  ])('%j on a kubelet and on an API server', (request, onKubelet, onApiServer) => {
    expect(kubeletPath(request)).toBe(onKubelet);
    expect(apiServerPath(request)).toBe(onApiServer);
  });

  test('keeps a command named like a parameter, and names that need quoting', () => {
    const request: StreamRequest = { kind: 'exec', pod, container: 'a/b', query: 'command=input&command=a%26tty%3D1' };
    expect(apiServerPath(request)).toContain('?command=input&command=a%26tty%3D1&container=a%2Fb');
    expect(kubeletPath(request)).toContain('/shop/web/a%2Fb?');
  });
});
