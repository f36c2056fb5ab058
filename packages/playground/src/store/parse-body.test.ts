import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { expect, it } from 'vitest';
import { createPlayground } from '../index.js';
import { adminUser } from '../store.js';
import type { StoreSettings } from '../store.js';

const path = '/api/v1/namespaces/default/configmaps';

function open(settings: Partial<StoreSettings> = {}) {
  const random = seededRandom(1);
  const { server } = createPlayground({ clock: new ManualClock(), random, ids: seededIds(random), settings });
  return (method: string, target: string, type: string, body: string) => {
    const answer = server.handle({ method, target, headers: { 'content-type': type }, body, user: adminUser });
    if (answer.is !== 'object') throw new Error(answer.is);
    return { code: answer.code, body: answer.body as { readonly message?: string; readonly data?: object } };
  };
}

/** One line that no reader of JSON takes. */
function readYaml(text: string): unknown {
  const [, name] = /^metadata: \{name: (\w+)\}$/.exec(text) ?? [];
  if (name === undefined) throw new Error('a line is wrong');
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { from: 'yaml' } };
}

it('a body in YAML is read where something reads it, also that of an apply', () => {
  const send = open({ readYaml });
  expect(send('POST', path, 'application/yaml', 'metadata: {name: a}')).toMatchObject({
    code: 201,
    body: { data: { from: 'yaml' } },
  });
  const apply = `${path}/b?fieldManager=me`;
  expect(send('PATCH', apply, 'application/apply-patch+yaml', 'metadata: {name: b}').code).toBe(201);
  const { code, body } = send('POST', path, 'application/yaml', 'metadata {');
  expect(code).toBe(400);
  expect(body.message).toContain('yaml parse error: a line is wrong');
});

it('without a reader only JSON is taken as YAML', () => {
  const send = open();
  expect(send('POST', path, 'application/yaml', 'metadata: {name: a}').code).toBe(415);
  expect(send('POST', path, 'application/yaml', ' {"metadata": {"name": "a"}}').code).toBe(201);
  expect(send('POST', path, 'text/plain', '{"metadata": {"name": "b"}}').code).toBe(415);
});
