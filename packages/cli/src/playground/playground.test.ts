import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Transport } from '@virtual-kubelet/base';
import { Sensitive, silentLogger, systemClock, systemRandom } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import {
  connect,
  createApiClient,
  createTokenReview,
  loadClusterConfig,
  resources,
  systemFiles,
} from '@virtual-kubelet/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playgroundAddress } from './playground-address.js';
import { objectsOf } from './playground-apply.js';
import { playgroundOptions } from '../options/playground-options.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
let folder = '';
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playground-test-'));
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  children = [];
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  /** Resolves with all output when a text has appeared. Rejects when the program ends before. */
  until(text: string): Promise<string>;
  stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly output: string }>;
  ended(): Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Runs a line as a shell would, in the root of the repository. */
function run(line: string): Run {
  const env = { PATH: process.env['PATH'], VK_PLAYGROUND_KUBECONFIG: join(folder, 'kubeconfig') };
  const child = spawn('sh', ['-c', `exec ${line}`], { cwd: root, env });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += stripVTControlCharacters(String(chunk));
      child.emit('more');
    });
  const end = once(child, 'close');
  const ended = async () => {
    await end;
    return { code: child.exitCode, output };
  };
  return {
    async until(text) {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
        await Promise.race([once(child, 'more'), end]);
      }
      return output;
    },
    stop: (signal) => {
      child.kill(signal);
      return ended();
    },
    ended,
  };
}

/** A way to the server of the kubeconfig that was written. */
async function connected(): Promise<Transport> {
  const config = await loadClusterConfig(
    { files: systemFiles, env: {}, home: folder },
    { kubeconfig: join(folder, 'kubeconfig') },
  );
  return connect(config, { clock: systemClock, userAgent: 'test', logger: silentLogger });
}

async function clientOf(): Promise<{ client: ApiClient; close(): Promise<void> }> {
  const transport = await connected();
  const client = createApiClient({ transport, clock: systemClock, random: systemRandom, logger: silentLogger });
  return { client, close: () => transport.close() };
}

const lastLine = 'It runs until Ctrl-C';

describe('make run', () => {
  it('brings the nginx of the README to Running, says what to type next, serves kubectl, and leaves nothing behind', async () => {
    const makefile = await readFile(join(root, 'Makefile'), 'utf8');
    const [, recipe = ''] = /^run: .*\n\t(.*)$/m.exec(makefile) ?? [];
    // As without PROVIDER, where the condition says nothing.
    const line = recipe.replace(/\$\(if \$\(PROVIDER\),[^,]*\)\) /, '');
    expect(line).toMatch(/^bin\/virtual-kubelet playground /);
    const playground = run(line);
    const said = await playground.until(lastLine);
    expect(said).toContain('It is no production cluster');
    expect(said).toContain('✓ pod/nginx is Running');
    expect(said).toContain(`export KUBECONFIG=${join(folder, 'kubeconfig')}\n`);
    expect((await stat(join(folder, 'kubeconfig'))).mode & 0o777).toBe(0o600);
    const { client, close } = await clientOf();
    const { items } = await client.list(resources.pods, { namespace: 'default' });
    expect(items.map(({ metadata, status, spec }) => [metadata?.name, status?.phase, spec?.nodeName])).toEqual([
      ['nginx', 'Running', 'vkubelet-mock-0'],
    ]);
    await close();
    expect((await playground.stop('SIGINT')).code).toBe(0);
    await expect(stat(join(folder, 'kubeconfig'))).rejects.toThrow('ENOENT');
  });

  it('is what the README shows', async () => {
    const manifest = await readFile(join(root, 'docs/examples/nginx.yaml'), 'utf8');
    for (const page of ['README.md']) expect(await readFile(join(root, page), 'utf8')).toContain(manifest);
  });
});

it('the guide to the playground names every option', async () => {
  const page = await readFile(join(root, 'docs/playground-guide.md'), 'utf8');
  const missing = playgroundOptions.filter(({ flag }) => !page.includes(`| \`--${flag}`));
  expect(missing.map(({ flag }) => flag)).toEqual([]);
});

describe('virtual-kubelet playground', () => {
  it('keeps its objects in a data folder, and pods run again after the next start', async () => {
    const data = join(folder, 'data');
    const command = `bin/virtual-kubelet playground --nodes 2 --data-dir ${data}`;
    const first = run(command);
    await first.until(lastLine);
    const before = await clientOf();
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
    const wanted = {
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    };
    const { metadata } = await before.client.create(resources.deployments, wanted);
    await before.close();
    expect((await first.stop('SIGTERM')).code).toBe(0);
    const second = run(command);
    await second.until(lastLine);
    const after = await clientOf();
    expect((await after.client.get(resources.deployments, { namespace: 'default', name: 'web' })).metadata?.uid).toBe(
      metadata?.uid,
    );
    const ready = async (): Promise<number> =>
      (await after.client.get(resources.deployments, { namespace: 'default', name: 'web' })).status?.readyReplicas ?? 0;
    await expect.poll(ready, { timeout: 10_000 }).toBe(2);
    await after.close();
    await second.stop('SIGTERM');
  });

  it('has no nodes where none are asked for', async () => {
    const playground = run('bin/virtual-kubelet playground --nodes 0');
    await playground.until(lastLine);
    const { client, close } = await clientOf();
    expect((await client.list(resources.nodes)).items).toEqual([]);
    await close();
    expect((await playground.stop('SIGTERM')).code).toBe(0);
  });

  it('is the same server after the next start: kubeconfigs and tokens go on', async () => {
    const data = join(folder, 'data');
    const command = `bin/virtual-kubelet playground --data-dir ${data}`;
    const first = run(command);
    await first.until(lastLine);
    const kubeconfig = await readFile(join(folder, 'kubeconfig'), 'utf8');
    const before = await clientOf();
    const account = { namespace: 'default', name: 'default' };
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const made = await before.client.createSubresource(resources.serviceAccounts, account, {
      subresource: 'token',
      body: request,
    });
    const { token = '' } = (made as { readonly status: { readonly token?: string } }).status;
    await before.close();
    await first.stop('SIGTERM');
    expect((await stat(join(data, 'credentials.json'))).mode & 0o777).toBe(0o600);
    const second = run(command);
    await second.until(lastLine);
    expect(await readFile(join(folder, 'kubeconfig'), 'utf8')).toBe(kubeconfig);
    const after = await clientOf();
    expect(await createTokenReview(after.client, { token: new Sensitive(token) })).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:default' },
    });
    await after.close();
    await second.stop('SIGTERM');
  });

  it('says which file of credentials it cannot use, and leaves it as it is', async () => {
    const path = join(folder, 'credentials.json');
    await writeFile(path, '{"format": 1, "tokenKey": "x"}');
    const { code, output } = await run(`bin/virtual-kubelet playground --data-dir ${folder}`).ended();
    expect(code).toBe(3);
    expect(output).toContain(`cannot use ${path}`);
    expect(output).toContain('VK_PLAYGROUND_CREDENTIALS');
    expect(await readFile(path, 'utf8')).toContain('"tokenKey": "x"');
  });

  it('says what is wrong with a manifest, and where', async () => {
    const path = join(folder, 'wrong.yaml');
    await writeFile(
      path,
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fine}\n---\napiVersion: v1\nkind: Widget\nmetadata: {name: w}\n',
    );
    const { code, output } = await run(`bin/virtual-kubelet playground --apply ${path}`).ended();
    expect(code).toBe(3);
    expect(output).toContain(`error: ${path}:5: there is no Widget in v1`);
    expect(output).toContain('code: VK_PLAYGROUND_MANIFEST');
  });

  it.each([
    ['--apply', 'is not there', undefined, 'VK_CONFIG_READ'],
    ['--apply', 'is not well-formed', 'a: [', 'VK_PLAYGROUND_MANIFEST'],
    ['--provider-config', 'is not there', undefined, 'VK_CONFIG_READ'],
    ['--provider-config', 'says what the provider does not know', 'vk: {cpu: two}', 'VK_PROVIDER_CONFIG'],
  ])('starts nothing where the file of %s %s', async (flag, _case, content, error) => {
    const path = join(folder, 'given.yaml');
    if (content !== undefined) await writeFile(path, content);
    const { code, output } = await run(`bin/virtual-kubelet playground ${flag} ${path}`).ended();
    expect(code).toBe(3);
    expect(output).toContain(`code: ${error}`);
    expect(output).toContain(path);
    expect(output).not.toContain('✓');
    await expect(stat(join(folder, 'kubeconfig'))).rejects.toThrow('ENOENT');
  });

  it('applies a kind and then objects of it', async () => {
    const path = join(folder, 'kinds.yaml');
    const names = '{plural: widgets, kind: Widget}';
    const version = '{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}';
    await writeFile(
      path,
      `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Namespaced, names: ${names}, versions: [${version}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
`,
    );
    const playground = run(`bin/virtual-kubelet playground --apply ${path}`);
    expect(await playground.until(lastLine)).toContain('customresourcedefinition/widgets.example.com, widget/w');
    await playground.stop('SIGTERM');
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, output } = await run(`bin/virtual-kubelet playground --port ${port}`).ended();
    other.close();
    expect(code).toBe(1);
    expect(output).toContain('VK_PLAYGROUND_LISTEN');
  });

  it('is called by pods with what they are told, where it listens for them', async () => {
    const playground = run('bin/virtual-kubelet playground --address 0.0.0.0 --apply docs/examples/nginx.yaml');
    await playground.until(lastLine);
    const admin = await connected();
    const inPod = async (command: string): Promise<string> => {
      const path = `/api/v1/nodes/vkubelet-mock-0/proxy/run/default/nginx/nginx?cmd=${encodeURIComponent(command)}`;
      return Buffer.from((await admin.request({ method: 'POST', path })).body).toString();
    };
    const variables = new Map((await inPod('env')).split('\n').map((line) => line.split('=', 2) as [string, string]));
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const made = await admin.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}',
    });
    const { status } = JSON.parse(Buffer.from(made.body).toString()) as { status: { token: string } };
    const asking = request({
      host: variables.get('KUBERNETES_SERVICE_HOST'),
      port: variables.get('KUBERNETES_SERVICE_PORT'),
      ca: await inPod('cat /var/run/secrets/kubernetes.io/serviceaccount/ca.crt'),
      headers: { authorization: `Bearer ${status.token}`, 'content-type': 'application/json' },
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      agent: false,
    });
    asking.end('{}');
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    expect(await text(response)).toContain('"username":"system:serviceaccount:default:default"');
    await admin.close();
    expect((await playground.stop('SIGINT')).code).toBe(0);
  });

  it('refuses an address that is none', async () => {
    const { code, output } = await run('bin/virtual-kubelet playground --address everywhere').ended();
    expect(code).toBe(2);
    expect(output).toContain('--address: "everywhere" is not an IP address');
  });

  it.each([
    ['127.0.0.1', undefined, []],
    ['10.88.0.1', '10.88.0.1', []],
    ['0.0.0.0', '192.168.1.5', ['fd00::5', '192.168.1.5', '10.88.0.1']],
    ['::', 'fd00::5', ['fd00::5', '192.168.1.5', '10.88.0.1']],
  ])('that listens at %s is told to pods as %s', (host, forPods, names) => {
    expect(playgroundAddress(host, ['fd00::5', '192.168.1.5', '10.88.0.1'])).toEqual({ host, forPods, names });
  });

  it('leaves the kubeconfig of a playground that runs to it', async () => {
    const first = run('bin/virtual-kubelet playground');
    await first.until(lastLine);
    const path = join(folder, 'kubeconfig');
    const before = await readFile(path, 'utf8');
    const { code, output } = await run('bin/virtual-kubelet playground').ended();
    expect(code).toBe(1);
    expect(output).toContain(`cannot write the kubeconfig to ${path}: a playground that runs has written it`);
    expect(await readFile(path, 'utf8')).toBe(before);
    await first.stop('SIGKILL');
    const next = run('bin/virtual-kubelet playground');
    await next.until(lastLine);
    expect(await readFile(path, 'utf8')).not.toBe(before);
    expect((await next.stop('SIGTERM')).code).toBe(0);
  });

  it('leaves the data folder of a playground that runs to it', async () => {
    const data = join(folder, 'data');
    const first = run(`bin/virtual-kubelet playground --data-dir ${data}`);
    await first.until(lastLine);
    const other = `--data-dir ${data} --kubeconfig ${join(folder, 'other')}`;
    const { code, output } = await run(`bin/virtual-kubelet playground ${other}`).ended();
    expect(code).toBe(3);
    expect(output).toContain(`cannot use ${data}: a playground that runs keeps its objects there`);
    expect((await first.stop('SIGTERM')).code).toBe(0);
  });

  it('never overwrites or removes the kubeconfig of another cluster', async () => {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, 'apiVersion: v1\nkind: Config\ncurrent-context: production\n');
    const { code, output } = await run('bin/virtual-kubelet playground').ended();
    expect(code).toBe(1);
    expect(output).toContain('VK_PLAYGROUND_KUBECONFIG');
    expect(await readFile(path, 'utf8')).toContain('production');
  });

  it('refuses a data folder that holds something else', async () => {
    await writeFile(join(folder, 'objects.json'), '{"format": 7}');
    const { code, output } = await run(`bin/virtual-kubelet playground --data-dir ${folder}`).ended();
    expect(code).toBe(3);
    expect(output).toContain('VK_PLAYGROUND_DATA');
  });
});

describe('manifests', () => {
  it('may have several documents, lists, and nothing', () => {
    const text =
      '---\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}\n';
    const shown = objectsOf('x.yaml', text).map(
      ({ object }) => `${object.apiVersion} ${object.kind} ${object.metadata?.name}`,
    );
    expect(shown).toEqual(['v1 Pod a', 'apps/v1 Deployment b']);
  });

  it.each([
    ['a: [', 'x.yaml:1: '],
    ['- 1', 'x.yaml:1: not an object of the API'],
    ['kind: Pod', 'x.yaml:1: apiVersion and kind must be given'],
    ['{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}', 'x.yaml:1: Pod without metadata.name'],
  ])('%j is refused with its place', (text, message) => {
    expect(() => objectsOf('x.yaml', text)).toThrow(message);
  });
});
