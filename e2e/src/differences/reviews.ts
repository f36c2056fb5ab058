import type { Scenario, Step } from './scenario.js';

const authorization = '/apis/authorization.k8s.io/v1';

function review(title: string, path: string, body: unknown): Step {
  return { title, method: 'POST', path, body };
}

const attributes = { verb: 'get', resource: 'pods', namespace: '{ns}' };

/** Who may do what. Both sides know one administrator, who may do everything. */
export const reviewScenarios: readonly Scenario[] = [
  {
    name: 'reviews',
    steps: [
      review('my access', `${authorization}/selfsubjectaccessreviews`, { spec: { resourceAttributes: attributes } }),
      review('my access to a path', `${authorization}/selfsubjectaccessreviews`, {
        spec: { nonResourceAttributes: { path: '/healthz', verb: 'get' } },
      }),
      review('my access to nothing', `${authorization}/selfsubjectaccessreviews`, { spec: {} }),
      review('access of an administrator', `${authorization}/subjectaccessreviews`, {
        spec: { user: 'x', groups: ['system:masters'], resourceAttributes: attributes },
      }),
      review('access of nobody', `${authorization}/subjectaccessreviews`, { spec: { resourceAttributes: attributes } }),
      review('both attributes', `${authorization}/subjectaccessreviews`, {
        spec: { user: 'x', resourceAttributes: attributes, nonResourceAttributes: { path: '/', verb: 'get' } },
      }),
      review('local access', `${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
        metadata: { namespace: '{ns}' },
        spec: { user: 'x', groups: ['system:masters'], resourceAttributes: attributes },
      }),
      review('local access elsewhere', `${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
        metadata: { namespace: '{ns}' },
        spec: { user: 'x', groups: ['system:masters'], resourceAttributes: { ...attributes, namespace: 'default' } },
      }),
      { title: 'reviews are not kept', method: 'GET', path: `${authorization}/subjectaccessreviews` },
    ],
  },
];
