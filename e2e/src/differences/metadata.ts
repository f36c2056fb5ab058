import { paths } from './objects.js';
import type { Scenario, Seen } from './scenario.js';
import { patchTypes } from './scenario.js';

const { configMaps } = paths;
const a = `${configMaps}/a`;

/** Names, preconditions and what only the server may change. */
export const metadataScenarios: readonly Scenario[] = [
  {
    name: 'create',
    steps: [
      {
        title: 'create',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'a', labels: { x: 'y' } }, data: { k: 'v' } },
      },
      { title: 'create again', method: 'POST', path: configMaps, body: { metadata: { name: 'a' } } },
      { title: 'generated name', method: 'POST', path: configMaps, body: { metadata: { generateName: 'generated-' } } },
      { title: 'no name', method: 'POST', path: configMaps, body: {} },
      { title: 'bad name', method: 'POST', path: configMaps, body: { metadata: { name: 'A_' } } },
      { title: 'bad label', method: 'POST', path: configMaps, body: { metadata: { name: 'b', labels: { '-': '/' } } } },
      {
        title: 'bad annotation',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'b', annotations: { '-': '/' } } },
      },
      {
        title: 'too many annotations',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'b', annotations: { a: 'x'.repeat(256 * 1024) } } },
      },
      {
        title: 'with a version',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'b', resourceVersion: '1' } },
      },
      {
        title: 'what the server decides',
        method: 'POST',
        path: configMaps,
        body: {
          metadata: {
            name: 'b',
            uid: 'x',
            generation: 7,
            selfLink: 'x',
            creationTimestamp: null,
            deletionTimestamp: '2020-01-01T00:00:00Z',
            deletionGracePeriodSeconds: 5,
          },
        },
      },
      {
        title: 'another namespace',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'c', namespace: 'default' } },
      },
      {
        title: 'a namespace that is not there',
        method: 'POST',
        path: '/api/v1/namespaces/no-such-namespace/configmaps',
        body: { metadata: { name: 'c' } },
      },
      {
        title: 'another kind',
        method: 'POST',
        path: configMaps,
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c' } },
      },
      {
        title: 'another version',
        method: 'POST',
        path: configMaps,
        body: { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'c' } },
      },
      { title: 'a name that is a number', method: 'POST', path: configMaps, body: { metadata: { name: 5 } } },
      { title: 'dry run', method: 'POST', path: `${configMaps}?dryRun=All`, body: { metadata: { name: 'd' } } },
      {
        title: 'dry run of what exists',
        method: 'POST',
        path: `${configMaps}?dryRun=All`,
        body: { metadata: { name: 'a' } },
      },
      { title: 'bad dry run', method: 'POST', path: `${configMaps}?dryRun=Some`, body: { metadata: { name: 'd' } } },
      { title: 'dry run left nothing', method: 'GET', path: `${configMaps}/d` },
      {
        title: 'bad finalizer',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'e', finalizers: ['plain'] } },
      },
      {
        title: 'two controllers',
        method: 'POST',
        path: configMaps,
        body: {
          metadata: {
            name: 'e',
            ownerReferences: [1, 2].map((n) => ({
              apiVersion: 'v1',
              kind: 'Pod',
              name: `p${n}`,
              uid: `u${n}`,
              controller: true,
            })),
          },
        },
      },
      {
        title: 'owner without uid',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'e', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p' }] } },
      },
      {
        title: 'unknown field, strict',
        method: 'POST',
        path: `${configMaps}?fieldValidation=Strict`,
        body: { metadata: { name: 'f' }, foo: 1 },
      },
      {
        title: 'unknown field, ignored',
        method: 'POST',
        path: `${configMaps}?fieldValidation=Ignore`,
        body: { metadata: { name: 'f', bar: 2 }, foo: 1 },
      },
      {
        title: 'bad validation',
        method: 'POST',
        path: `${configMaps}?fieldValidation=Maybe`,
        body: { metadata: { name: 'g' } },
      },
    ],
  },
  {
    name: 'update',
    steps: [
      {
        title: 'create',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'a', labels: { x: 'y' } }, data: { k: 'v' } },
      },
      { title: 'replace', method: 'PUT', path: a, body: { metadata: { name: 'a' }, data: { k: 'w' } } },
      { title: 'replace by the same', method: 'PUT', path: a, body: { metadata: { name: 'a' }, data: { k: 'w' } } },
      {
        title: 'replace an old version',
        method: 'PUT',
        path: a,
        body: (seen: Seen) => ({
          metadata: { name: 'a', resourceVersion: seen.text('create', 'metadata', 'resourceVersion') },
        }),
      },
      {
        title: 'replace the present version',
        method: 'PUT',
        path: a,
        body: (seen: Seen) => ({
          metadata: { name: 'a', resourceVersion: seen.text('replace', 'metadata', 'resourceVersion') },
          data: { k: 'x' },
        }),
      },
      {
        title: 'replace with another uid',
        method: 'PUT',
        path: a,
        body: { metadata: { name: 'a', uid: '11111111-2222-4333-8444-555555555555' } },
      },
      { title: 'replace with another name', method: 'PUT', path: a, body: { metadata: { name: 'b' } } },
      { title: 'replace without a name', method: 'PUT', path: a, body: { metadata: {} } },
      {
        title: 'replace in another namespace',
        method: 'PUT',
        path: a,
        body: { metadata: { name: 'a', namespace: 'default' } },
      },
      {
        title: 'replace what is not there',
        method: 'PUT',
        path: `${configMaps}/nobody`,
        body: { metadata: { name: 'nobody' } },
      },
      {
        title: 'dry run',
        method: 'PUT',
        path: `${a}?dryRun=All`,
        body: { metadata: { name: 'a' }, data: { dry: 'run' } },
      },
      { title: 'unchanged', method: 'GET', path: a },
      {
        title: 'patch the uid',
        method: 'PATCH',
        path: a,
        body: { metadata: { uid: '11111111-2222-4333-8444-555555555555' } },
      },
      { title: 'patch the name', method: 'PATCH', path: a, body: { metadata: { name: 'b' } } },
      { title: 'patch the namespace', method: 'PATCH', path: a, body: { metadata: { namespace: 'default' } } },
      {
        title: 'patch an old version',
        method: 'PATCH',
        path: a,
        body: (seen: Seen) => ({ metadata: { resourceVersion: seen.text('create', 'metadata', 'resourceVersion') } }),
      },
      { title: 'patch nothing', method: 'PATCH', path: a, body: {} },
      { title: 'patch what is not there', method: 'PATCH', path: `${configMaps}/nobody`, body: {} },
      {
        title: 'patch what only the server changes',
        method: 'PATCH',
        path: a,
        body: {
          metadata: {
            creationTimestamp: '2001-01-01T00:00:00Z',
            generation: 9,
            deletionTimestamp: '2001-01-01T00:00:00Z',
            selfLink: 'x',
          },
        },
      },
      {
        title: 'merge',
        method: 'PATCH',
        path: a,
        body: { metadata: { labels: { l: '1' }, annotations: { a: 'b' } }, data: { k: null, n: 'm' } },
      },
      {
        title: 'json patch',
        method: 'PATCH',
        path: a,
        type: patchTypes.json,
        body: [{ op: 'add', path: '/data/j', value: 'p' }],
      },
      {
        title: 'json patch, failing test',
        method: 'PATCH',
        path: a,
        type: patchTypes.json,
        body: [{ op: 'test', path: '/data/j', value: 'q' }],
      },
      {
        title: 'json patch, no such path',
        method: 'PATCH',
        path: a,
        type: patchTypes.json,
        body: [{ op: 'remove', path: '/data/zzz' }],
      },
      { title: 'json patch that is none', method: 'PATCH', path: a, type: patchTypes.json, body: { not: 'a list' } },
      {
        title: 'strategic merge',
        method: 'PATCH',
        path: a,
        type: patchTypes.strategic,
        body: { data: { s: 'm', j: null } },
      },
      { title: 'unknown field, strict', method: 'PATCH', path: `${a}?fieldValidation=Strict`, body: { foo: 1 } },
      { title: 'unknown field', method: 'PATCH', path: a, body: { foo: 1 } },
      { title: 'wrong type', method: 'PATCH', path: a, body: { data: 5 } },
      { title: 'patch of unknown type', method: 'PATCH', path: a, type: 'application/json', body: {} },
    ],
  },
];
