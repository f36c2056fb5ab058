import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import type { InProcessTransport } from '../../index.js';
import { createPlayground } from '../../index.js';

function open(): InProcessTransport {
  const random = seededRandom(1);
  return createPlayground({ clock: new ManualClock(), random, ids: seededIds(random) }).transport();
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  const { status, headers: found, body } = await open().request({ method: 'GET', path, headers });
  return { status, headers: found, bytes: body, text: new TextDecoder().decode(body) };
}

const aggregated = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

interface Discovery {
  readonly kind: string;
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources: readonly Resource[] }[];
  }[];
}

interface Resource {
  readonly resource: string;
  readonly subresources?: readonly { readonly subresource: string; readonly responseKind: object }[];
}

describe('discovery', () => {
  it('is one document for who asks for it, in the newest version it names', async () => {
    const answer = await get('/apis', { accept: `${aggregated('v2')},${aggregated('v2beta1')},application/json` });
    expect(answer.headers['content-type']).toBe(aggregated('v2'));
    const { kind, items } = JSON.parse(answer.text) as Discovery;
    expect(kind).toBe('APIGroupDiscoveryList');
    expect(items.map(({ metadata }) => metadata.name)).toContain('apps');
    const old = await get('/api', { accept: `${aggregated('v2beta1')},application/json` });
    expect(JSON.parse(old.text)).toMatchObject({ apiVersion: 'apidiscovery.k8s.io/v2beta1' });
  });

  it('tells that pods are evicted by a kind of another group: drain looks for that', async () => {
    const { items } = JSON.parse((await get('/api', { accept: aggregated('v2') })).text) as Discovery;
    const pods = items[0]?.versions[0]?.resources.find(({ resource }) => resource === 'pods');
    expect(pods?.subresources).toContainEqual(
      expect.objectContaining({
        subresource: 'eviction',
        responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
      }),
    );
  });

  it('is a plain list for all others', async () => {
    expect(JSON.parse((await get('/apis')).text)).toMatchObject({ kind: 'APIGroupList' });
    expect(JSON.parse((await get('/api', { accept: 'application/json' })).text)).toMatchObject({ kind: 'APIVersions' });
  });

  it('is not sent again to who has it', async () => {
    const accept = aggregated('v2');
    const { etag = '' } = (await get('/apis', { accept })).headers;
    expect(etag).toMatch(/^"\w+"$/);
    expect(await get('/apis', { accept, 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
    expect((await get('/apis', { accept, 'if-none-match': '"OTHER"' })).status).toBe(200);
  });
});

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Operation {
  readonly parameters: readonly { readonly name: string }[];
  readonly requestBody?: object;
  readonly 'x-kubernetes-group-version-kind'?: object;
}

describe('OpenAPI', () => {
  it('has a document for each group version, and says where it is', async () => {
    const index = JSON.parse((await get('/openapi/v3')).text) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    expect(index.paths['apis/apps/v1']).toEqual({ serverRelativeURL: '/openapi/v3/apis/apps/v1' });
    for (const { serverRelativeURL } of Object.values(index.paths))
      expect((await get(serverRelativeURL)).status).toBe(200);
    expect((await get('/openapi/v3/apis/none/v1')).status).toBe(404);
  });

  it('says that the server validates, but not what PATCH takes: kubectl uses its own types then', async () => {
    const { paths } = JSON.parse((await get('/openapi/v3/api/v1')).text) as OpenApi;
    const patch = paths['/api/v1/namespaces/{namespace}/pods/{name}']?.['patch'];
    expect(patch?.parameters.map(({ name }) => name)).toContain('fieldValidation');
    expect(patch?.['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'Pod' });
    expect(patch?.requestBody).toBeUndefined();
  });

  it('refers only to what is there', async () => {
    for (const path of ['/openapi/v3/api/v1', '/openapi/v3/apis/autoscaling/v1']) {
      const { text } = await get(path);
      const { components } = JSON.parse(text) as OpenApi;
      const named = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !Object.hasOwn(components.schemas, name))).toEqual([]);
    }
  });

  it('comes in its older version as JSON, or in the bytes that old kubectl insists on', async () => {
    expect(JSON.parse((await get('/openapi/v2')).text)).toMatchObject({ swagger: '2.0' });
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const { bytes, headers, text } = await get('/openapi/v2', { accept });
    expect(headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    expect([...bytes.slice(0, 5)]).toEqual([0x0a, 3, 0x32, 0x2e, 0x30]);
    expect(text).toContain('group: "apps"\nkind: Deployment\nversion: v1\n');
  });

  it('is refused in forms that nobody makes', async () => {
    expect((await get('/openapi/v3/api/v1', { accept: 'text/html' })).status).toBe(406);
  });
});
