// Metrics of a node, read with the parser that Prometheus scrapes with: what it does not take, it drops with the whole scrape.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiAnswer } from './harness/api-request.js';
import { apiRequest } from './harness/api-request.js';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { binaryPaths } from './harness/toolchain.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-exposition';
const { exposition: program } = binaryPaths(['exposition']);

/** What Prometheus 3 asks for when it scrapes. */
const accept =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

interface Scrape {
  readonly types: Readonly<Record<string, string>>;
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly time?: number;
  }[];
}

/** Reads an answer by its own content type, as Prometheus does. */
function scraped({ text, contentType }: ApiAnswer): Scrape {
  return JSON.parse(execFileSync(program, [contentType], { input: text, encoding: 'utf8' })) as Scrape;
}

describe('what Prometheus reads of a node', () => {
  const account = { name: node, namespace: 'default', resource: 'nodes/metrics' };
  let vk: VirtualKubelet | undefined;
  let scrape: (path: string) => Promise<ApiAnswer>;

  beforeAll(async () => {
    vk = await user.startNode(node);
    // A real API server hands nothing through to a node on loopback, and Prometheus asks the nodes themselves, too.
    const baseUrl = `https://127.0.0.1:${await user.portOf(node)}`;
    const target = { baseUrl, verify: false, token: await user.tokenOf(account) };
    scrape = (path) => apiRequest(target, path, { accept });
    await user.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'measured' },
      spec: {
        nodeName: node,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          { name: 'one', image: 'busybox' },
          { name: 'two', image: 'example.com/odd"image\\name' },
        ],
      },
    });
    await user.kubectl('wait', 'pod/measured', '--for=condition=Ready', '--timeout=30s');
    await waitFor('its use is known', async () => {
      const { status, text } = await scrape('/metrics/resource');
      if (text.includes('"two"')) return true;
      throw new Error(`${status} ${text}`);
    });
  });
  afterAll(async () => {
    const made = ['pod/measured', `serviceaccount/${node}`, `clusterrole/${node}`, `clusterrolebinding/${node}`];
    await plane.kubectl(['delete', ...made, '--ignore-not-found']);
    await user.stopNode(node, vk);
  });

  test.each(['/metrics', '/metrics/resource', '/metrics/cadvisor', '/metrics/probes'])(
    '%s: no series comes twice, and each has a type',
    async (path) => {
      const answer = await scrape(path);
      expect([answer.status, answer.contentType]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
      const { types, samples } = scraped(answer);
      const series = samples.map(({ labels }) =>
        JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      );
      expect(new Set(series).size).toBe(series.length);
      const families = samples.map(({ labels: { __name__: name = '' } }) => name.replace(/_(bucket|sum|count)$/, ''));
      expect(families.filter((family) => types[family] === undefined)).toEqual([]);
      const lines = answer.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(samples).toHaveLength(lines.length);
    },
  );

  test('use of containers, pods and the node has its time, and no container is at zero', async () => {
    const { types, samples } = scraped(await scrape('/metrics/resource'));
    const of = (family: string) => samples.filter(({ labels }) => labels['__name__'] === family);
    for (const subject of ['container', 'pod', 'node']) {
      expect(types).toMatchObject({
        [`${subject}_cpu_usage_seconds_total`]: 'counter',
        [`${subject}_memory_working_set_bytes`]: 'gauge',
      });
      const use = [...of(`${subject}_cpu_usage_seconds_total`), ...of(`${subject}_memory_working_set_bytes`)];
      expect(use.length).toBeGreaterThan(0);
      expect(use.filter(({ value, time = 0 }) => !(value > 0) || time < Date.now() - 600_000)).toEqual([]);
    }
    expect(of('container_cpu_usage_seconds_total').map(({ labels }) => labels)).toEqual(
      expect.arrayContaining(
        ['one', 'two'].map((container) =>
          expect.objectContaining({ container, pod: 'measured', namespace: 'default' }),
        ),
      ),
    );
    expect(of('scrape_error').map(({ value }) => value)).toEqual([0]);
  });

  test('cAdvisor metrics have containers and the machine', async () => {
    const { samples } = scraped(await scrape('/metrics/cadvisor'));
    const names = new Set(samples.map(({ labels }) => labels['__name__']));
    expect([...names]).toEqual(expect.arrayContaining(['container_cpu_usage_seconds_total', 'machine_cpu_cores']));
  });

  test('the parser refuses what is no exposition', () => {
    const contentType = 'text/plain; version=0.0.4; charset=utf-8';
    expect(() => scraped({ status: 200, contentType, text: 'a{b=1} 2\n' })).toThrow('expected label value');
    expect(() => scraped({ status: 200, contentType: 'text/html', text: 'a 1\n' })).toThrow('Content-Type');
  });
});
