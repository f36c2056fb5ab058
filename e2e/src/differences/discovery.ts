import type { Scenario, Step } from './scenario.js';

function get(title: string, path: string): Step {
  return { title, method: 'GET', path };
}

/** What a server says about itself. */
export const discoveryScenarios: readonly Scenario[] = [
  {
    name: 'discovery',
    steps: [
      get('health', '/healthz'),
      get('liveness', '/livez'),
      get('readiness', '/readyz'),
      get('core versions', '/api'),
      get('core resources', '/api/v1'),
      get('apps group', '/apis/apps'),
      get('apps resources', '/apis/apps/v1'),
      get('policy resources', '/apis/policy/v1'),
      get('leases', '/apis/coordination.k8s.io/v1'),
      get('discovery resources', '/apis/discovery.k8s.io/v1'),
      get('batch resources', '/apis/batch/v1'),
      get('rbac resources', '/apis/rbac.authorization.k8s.io/v1'),
      get('storage resources', '/apis/storage.k8s.io/v1'),
      get('certificate resources', '/apis/certificates.k8s.io/v1'),
      get('authentication resources', '/apis/authentication.k8s.io/v1'),
      get('authorization resources', '/apis/authorization.k8s.io/v1'),
      get('autoscaling versions', '/apis/autoscaling'),
      get('unknown group', '/apis/nothing.example.com'),
      get('unknown version', '/apis/apps/v7'),
      get('unknown path', '/nothing'),
    ],
  },
];
