import type { Service, ServicePort } from '@virtual-kubelet/kubernetes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serviceEnvironment, serviceVariablesMaker } from './service-environment.js';

function service(name: string, clusterIP: string, ports: readonly ServicePort[]): Service {
  return { metadata: { name, namespace: 'shop' }, spec: { clusterIP, ports } };
}

const kubernetes: Service = {
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
};

function lines(variables: ReadonlyMap<string, string>): string[] {
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

describe('service environment', () => {
  test('tells host, port and links of a Service with one unnamed port', () => {
    expect(lines(serviceEnvironment({ services: [service('web-app', '1.2.3.4', [{ port: 8080 }])] }))).toEqual([
      'WEB_APP_PORT=tcp://1.2.3.4:8080',
      'WEB_APP_PORT_8080_TCP=tcp://1.2.3.4:8080',
      'WEB_APP_PORT_8080_TCP_ADDR=1.2.3.4',
      'WEB_APP_PORT_8080_TCP_PORT=8080',
      'WEB_APP_PORT_8080_TCP_PROTO=tcp',
      'WEB_APP_SERVICE_HOST=1.2.3.4',
      'WEB_APP_SERVICE_PORT=8080',
    ]);
  });

  test('names ports, and keeps protocols of one number apart', () => {
    const ports = [
      { name: 'u-d-p', port: 53, protocol: 'UDP' },
      { name: 'tcp', port: 53, protocol: 'TCP' },
    ];
    const variables = serviceEnvironment({ services: [service('dns', '9.8.7.6', ports)] });
    expect(variables.get('DNS_SERVICE_PORT')).toBe('53');
    expect(variables.get('DNS_SERVICE_PORT_U_D_P')).toBe('53');
    expect(variables.get('DNS_PORT')).toBe('udp://9.8.7.6:53');
    expect(variables.get('DNS_PORT_53_TCP')).toBe('tcp://9.8.7.6:53');
    expect(variables.get('DNS_PORT_53_UDP_PROTO')).toBe('udp');
  });

  test('brackets IPv6 addresses in links only', () => {
    const variables = serviceEnvironment({
      services: [service('six', '2001:db8::1', [{ port: 80, protocol: 'SCTP' }])],
    });
    expect(variables.get('SIX_PORT')).toBe('sctp://[2001:db8::1]:80');
    expect(variables.get('SIX_SERVICE_HOST')).toBe('2001:db8::1');
    expect(variables.get('SIX_PORT_80_SCTP_ADDR')).toBe('2001:db8::1');
  });

  test.each(['None', ''])('says nothing of a Service with cluster IP %j', (ip) => {
    expect(serviceEnvironment({ services: [service('headless', ip, [{ port: 80 }])] }).size).toBe(0);
  });

  test('leaves dots and digits of names alone', () => {
    expect(
      serviceEnvironment({ services: [service('0a.b-c', '1.1.1.1', [{ port: 1 }])] }).has('0A.B_C_SERVICE_HOST'),
    ).toBe(true);
  });

  test('always tells of the API server', () => {
    expect(serviceEnvironment({ kubernetes, services: [] }).get('KUBERNETES_SERVICE_HOST')).toBe('10.96.0.1');
  });

  test("a Service called kubernetes in the pod's namespace takes its place", () => {
    const own = service('kubernetes', '1.1.1.1', [{ port: 1 }]);
    expect(serviceEnvironment({ kubernetes, services: [own] }).get('KUBERNETES_SERVICE_HOST')).toBe('1.1.1.1');
    const headless = service('kubernetes', 'None', [{ port: 1 }]);
    expect(serviceEnvironment({ kubernetes, services: [headless] }).get('KUBERNETES_SERVICE_HOST')).toBe('10.96.0.1');
  });

  test('an API server address for pods wins over the cluster IP, in namespace default too', () => {
    const apiServer = { host: 'api.example.com', port: 6443 };
    const variables = serviceEnvironment({ kubernetes, services: [kubernetes], apiServer });
    expect(variables.get('KUBERNETES_SERVICE_HOST')).toBe('api.example.com');
    expect(variables.get('KUBERNETES_SERVICE_PORT_HTTPS')).toBe('6443');
    expect(variables.get('KUBERNETES_PORT')).toBe('tcp://api.example.com:6443');
  });

  test('gives the same answer in whatever order Services are listed, collisions included', () => {
    const colliding = [
      service('a', '1.0.0.1', [{ name: 'port-1-tcp', port: 1 }]),
      service('a-service', '1.0.0.2', [{ port: 2 }]),
      service('a-service-port', '1.0.0.3', [{ port: 3 }]),
      service('a.b', '1.0.0.4', [{ port: 4 }]),
      service('A-B', '1.0.0.5', [{ port: 5 }]),
      service('a-b', '1.0.0.6', [{ port: 6 }]),
    ];
    const expected = lines(serviceEnvironment({ services: colliding }));
    expect(expected).toContain('A_B_SERVICE_HOST=1.0.0.6');
    fc.assert(
      fc.property(fc.shuffledSubarray(colliding, { minLength: colliding.length }), (services) => {
        expect(lines(serviceEnvironment({ services }))).toEqual(expected);
      }),
    );
  });
});

describe('variables of Services as expressions', () => {
  const versioned = (ip: string, resourceVersion: string): Service => {
    const made = service('web', ip, [{ port: 80 }]);
    return { ...made, metadata: { ...made.metadata, uid: 'u', resourceVersion } };
  };
  const host = { parts: [{ from: 'literal', text: '1.1.1.1' }] };

  test('are the same objects for pods that see the same Services, however often these were read', () => {
    const variablesOf = serviceVariablesMaker();
    const first = variablesOf({ services: [versioned('1.1.1.1', '1')] });
    expect(first.get('WEB_SERVICE_HOST')).toEqual(host);
    expect(variablesOf({ services: [versioned('1.1.1.1', '1')] })).toBe(first);
  });

  test('follow every change of a Service, of the set, and of where the API server is', () => {
    const variablesOf = serviceVariablesMaker();
    const services = [versioned('1.1.1.1', '1')];
    variablesOf({ services });
    expect(variablesOf({ services: [versioned('2.2.2.2', '2')] }).get('WEB_SERVICE_HOST')).not.toEqual(host);
    expect(variablesOf({ services: [] }).size).toBe(0);
    const apart = variablesOf({ services, apiServer: { host: '3.3.3.3', port: 443 } });
    expect(apart.get('KUBERNETES_SERVICE_HOST')?.parts).toEqual([{ from: 'literal', text: '3.3.3.3' }]);
    expect(variablesOf({ services: [], kubernetes: versioned('1.1.1.1', '1') }).has('WEB_SERVICE_HOST')).toBe(true);
  });

  test('are made anew for Services that do not say their version', () => {
    const variablesOf = serviceVariablesMaker();
    variablesOf({ services: [service('web', '1.1.1.1', [{ port: 80 }])] });
    const variables = variablesOf({ services: [service('web', '2.2.2.2', [{ port: 80 }])] });
    expect(variables.get('WEB_SERVICE_HOST')?.parts).toEqual([{ from: 'literal', text: '2.2.2.2' }]);
  });
});
