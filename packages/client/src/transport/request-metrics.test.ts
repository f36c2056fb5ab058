import { afterEach, describe, expect, it } from 'vitest';
import { metricRegistry } from '@virtual-kubelet/base';
import type { TransportRequest } from '@virtual-kubelet/base';
import { failure, localServers } from './local-server.test-kit.js';
import { requestCounter } from './request-metrics.js';

const servers = localServers();
const { serving, transportTo } = servers;
afterEach(() => servers.cleanUp());

describe('the count of requests', () => {
  it('is kept by lane, method, resource and outcome, without names of objects', async () => {
    const metrics = metricRegistry();
    const { transport } = await serving((_, response) => response.writeHead(409).end(), { metrics });
    const request: TransportRequest = { method: 'PATCH', path: '/api/v1/namespaces/n/pods/secret-name/status?x=1' };
    await transport.request(request);
    await transport.request(request);
    await failure(transport.request({ ...request, signal: AbortSignal.abort() }));
    await transport.stream({ method: 'GET', path: '/api/v1/pods?watch=1' });
    await transport.request({ method: 'GET', path: '/version', lane: 'heartbeat' });
    const lines = metrics
      .render()
      .split('\n')
      .filter((line) => line.startsWith('virtual_kubelet_api'));
    expect(lines).toEqual([
      'virtual_kubelet_api_requests_total{lane="pods",method="PATCH",resource="pods/status",status="409"} 2',
      'virtual_kubelet_api_requests_total{lane="watch",method="GET",resource="pods",status="409"} 1',
      'virtual_kubelet_api_requests_total{lane="heartbeat",method="GET",resource="other",status="409"} 1',
    ]);
  });

  it.each([
    ['/api/v1/pods', 'pods'],
    ['/api/v1/namespaces/n/pods/p/status?x=/y', 'pods/status'],
    ['/api/v1/namespaces/n/pods/p/exec', 'pods/exec'],
    ['/api/v1/nodes/n/proxy/stats/summary', 'nodes/proxy'],
    ['/api/v1/namespaces', 'namespaces'],
    ['/api/v1/namespaces/n', 'namespaces'],
    ['/api/v1/namespaces/n/finalize', 'namespaces/finalize'],
    ['/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n', 'leases'],
    ['/apis/certificates.k8s.io/v1/certificatesigningrequests', 'certificatesigningrequests'],
    ['/apis', 'other'],
    ['/api/v1', 'other'],
    ['/', 'other'],
  ])('knows that %s is about %s', (path, resource) => {
    const metrics = metricRegistry();
    requestCounter(metrics)({ method: 'GET', path }, 'pods', 200);
    expect(metrics.render()).toContain(`resource="${resource}"`);
  });

  it('counts broken exchanges by how they broke', async () => {
    const metrics = metricRegistry();
    await failure(transportTo(1, { metrics }).request({ method: 'GET', path: '/api/v1/nodes' }));
    expect(metrics.render()).toContain('resource="nodes",status="refused"} 1');
  });
});
