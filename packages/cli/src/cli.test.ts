import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CodedError } from '@virtual-kubelet/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigFor, virtualKubelet } from './command.test-kit.js';
import { cliLogger, prettyLine } from './output/cli-logger.js';
import { parsePlaced, readConfig } from './options/config-file.js';
import { startHealthServer } from './run/health-server.js';
import { logLevelNames, logLevelOf } from './options/log-levels.js';
import { runOptions } from './options/option-table.js';
import { reportError } from './output/report-error.js';
import { readSettings, resolveSettings } from './options/settings.js';

const settings = (sources: Partial<Parameters<typeof resolveSettings>[1]>) =>
  resolveSettings(runOptions, { flags: {}, environment: {}, file: {}, ...sources });

describe('settings', () => {
  it('come from flag, environment, file and default, in this order', () => {
    const all = { flags: { nodename: 'a' }, environment: { DEFAULT_NODE_NAME: 'b' }, file: { nodename: 'c' } };
    expect(settings(all).get('nodename')).toEqual({ text: 'a', source: 'flag' });
    expect(settings({ ...all, flags: {} }).get('nodename')).toEqual({ text: 'b', source: 'environment' });
    expect(settings({ file: { nodename: 'c' } }).get('nodename')).toEqual({ text: 'c', source: 'file' });
    expect(settings({}).get('nodename')).toEqual({ text: 'virtual-kubelet', source: 'default' });
  });

  it.each([
    [{ flags: { os: 'plan9' } }, '--os: "plan9" is not one of: linux, windows'],
    [
      { environment: { VKUBELET_TAINT_EFFECT: 'Never' } },
      'environment variable VKUBELET_TAINT_EFFECT: "Never" is not one of',
    ],
    [{ file: { 'poll-interval': '5' } }, 'configuration entry pods.poll: "5" is not a duration'],
    [{ flags: { 'pod-sync-workers': '0' } }, 'is not a whole number above zero'],
    [{ flags: { nodename: 'My_Node' } }, '--nodename: "My_Node" is not a name such as node-1'],
    [{ environment: { KUBELET_PORT: '65536' } }, 'environment variable KUBELET_PORT: "65536" is not a port'],
    [{ flags: { 'node-labels': 'a=b, c d=e' } }, '--node-labels: "c d=e" is not of the form key=value'],
    [{ flags: { taint: 'a b' } }, '--taint: "a b" is not a key such as'],
    [{ flags: { 'internal-ip': 'node-1' } }, '--internal-ip: "node-1" is not an IP address'],
    [{ flags: { 'cluster-dns': '10.0.0.10,dns' } }, '--cluster-dns: "dns" is not an IP address'],
    [{ flags: { 'metrics-addr': '10255' } }, '--metrics-addr: "10255" is not an address such as 127.0.0.1:10255'],
    [{ flags: { address: 'every where' } }, '--address: "every where" is not an address or a host name'],
    [{ flags: { 'pod-api-server': 'http://10.0.0.1' } }, '--pod-api-server: "http://10.0.0.1" is not a URL such as'],
    [{ flags: { 'pod-api-server': 'https://10.0.0.1/api' } }, 'without a path'],
    [{ flags: { 'pod-api-server': '10.0.0.1:6443' } }, '--pod-api-server: "10.0.0.1:6443" is not a URL'],
    [{ flags: { 'trace-exporter': 'jaeger' } }, '--trace-exporter is not supported'],
  ])('%j cannot be used, and the message says where it was written', (sources, message) => {
    expect(() => settings(sources)).toThrow(message);
  });

  it.each([
    { 'metrics-addr': ':10255' },
    { 'metrics-addr': '[::1]:0' },
    { 'metrics-addr': '' },
    { port: 'none' },
    { address: 'localhost' },
    { 'node-labels': 'example.com/zone=a,b=' },
  ])('%j can be used', (flags) => {
    expect(() => settings({ flags })).not.toThrow();
  });

  it('have defaults that can be used', () => {
    const read = readSettings(runOptions, settings({}));
    expect([
      read.duration('poll-interval'),
      read.integer('pod-sync-workers'),
      read.boolean('disable-taint'),
      read.list('node-labels'),
    ]).toEqual([5_000, 50, false, []]);
  });

  it.each([
    ['https://10.0.0.1:6443', { host: '10.0.0.1', port: 6443 }],
    ['https://api.example.com', { host: 'api.example.com', port: 443 }],
    ['https://[fd00::1]:6443/', { host: 'fd00::1', port: 6443 }],
  ])('know host and port of %s', (text, endpoint) => {
    const read = readSettings(runOptions, settings({ flags: { 'pod-api-server': text } }));
    expect(read.endpoint('pod-api-server')).toEqual(endpoint);
  });

  it('have a flag, an environment variable and a configuration entry of their own', () => {
    for (const key of ['flag', 'env', 'config'] as const) {
      const names = runOptions.flatMap((option) => option[key] ?? []);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('a configuration file', () => {
  it('describes one node, or many that share settings', () => {
    expect(readConfig(parsePlaced('f', 'name: a\npods: {workers: 3}'), runOptions)).toEqual([
      { nodename: 'a', 'pod-sync-workers': '3' },
    ]);
    const many = readConfig(
      parsePlaced('f', 'provider: mock\nnodes:\n- name: a\n- name: b\n  labels: {x: y}'),
      runOptions,
    );
    expect(many).toEqual([
      { provider: 'mock', nodename: 'a' },
      { provider: 'mock', nodename: 'b', 'node-labels': 'x=y' },
    ]);
  });

  it('names file, line and column of every entry that does not exist', () => {
    const text = 'provider: mock\npods:\n  wrokers: 3\ncolour: red\n';
    expect(() => readConfig(parsePlaced('vk.yaml', text), runOptions)).toThrow(
      /^vk\.yaml:3:\d+ pods\.wrokers: there is no such setting\nvk\.yaml:4:\d+ colour/,
    );
  });

  it('names the place of every value that cannot be used, and passes over those that are empty', () => {
    const text = 'os:\npodAPIServer: 10.0.0.1\npods:\n  poll: 5\nclusterDNS: [{a: b}]\n';
    expect(() => readConfig(parsePlaced('vk.yaml', text), runOptions)).toThrow(
      /^vk\.yaml:2:15 podAPIServer: "10\.0\.0\.1" is not a URL.*\nvk\.yaml:4:9 pods\.poll: "5" is not a duration.*\nvk\.yaml:5:13 clusterDNS: expected one value/,
    );
  });

  it('says where it is not well-formed', () => {
    expect(() => parsePlaced('vk.yaml', 'a: [1')).toThrow(/^vk\.yaml:1:\d+:/);
  });
});

describe('log lines', () => {
  it('are asked for by the levels of the Go implementation, too, each as the nearest there is', () => {
    expect(logLevelNames.map((name) => `${name}=${logLevelOf(name)}`)).toEqual([
      'trace=debug',
      'debug=debug',
      'info=info',
      'warn=warn',
      'warning=warn',
      'error=error',
      'fatal=error',
      'panic=error',
    ]);
  });

  it('for people cannot be forged by foreign text', () => {
    const line = prettyLine({
      level: 'warn',
      message: 'pod\nERROR all is lost',
      fields: { pod: 'a/b', error: 'x\u001b[2J y' },
      at: 0,
    });
    const plain = stripVTControlCharacters(line);
    expect(plain).toBe('00:00:00.000 WARN  pod ERROR all is lost pod=a/b error="x\\u001b[2J y"\n');
  });

  it('for machines are JSON with the fields of their logger', () => {
    const lines: string[] = [];
    cliLogger({ level: 'info', format: 'json', write: (line) => void lines.push(line), now: () => 0 })
      .with({ node: 'vk' })
      .info('ready', { pods: 3 });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: '1970-01-01T00:00:00.000Z',
      node: 'vk',
      pods: 3,
      message: 'ready',
    });
  });
});

describe('what a failure prints', () => {
  it('is one cause, one remedy and the code, without a stack', () => {
    const { text, exit } = reportError(new CodedError('VK_X_Y', { message: 'it broke', remedy: 'mend it', exit: 3 }));
    expect([stripVTControlCharacters(text), exit]).toEqual(['error: it broke\nremedy: mend it\ncode: VK_X_Y\n', 3]);
  });
});

describe('the health listener', () => {
  it('answers probes and metrics, and nothing else', async () => {
    let problems: string[] = ['not yet'];
    const server = await startHealthServer('127.0.0.1:0', {
      notReady: () => problems,
      notLive: () => [],
      metrics: () => 'a 1\n',
    });
    const ask = (path: string): Promise<[number | undefined, string]> =>
      new Promise((resolve, reject) => {
        get(`http://${server.address}${path}`, (answer) => {
          let body = '';
          answer
            .on('data', (chunk: Buffer) => (body += chunk.toString()))
            .on('end', () => resolve([answer.statusCode, body]));
        }).on('error', reject);
      });
    try {
      expect(await ask('/readyz')).toEqual([503, 'not yet\n']);
      problems = [];
      expect(await ask('/readyz')).toEqual([200, 'ok']);
      expect(await ask('/livez')).toEqual([200, 'ok']);
      expect(await ask('/metrics')).toEqual([200, 'a 1\n']);
      expect((await ask('/secrets'))[0]).toBe(404);
    } finally {
      await server.close();
    }
  });
});

describe('the command', () => {
  it('takes every flag of the Go implementation as it is written there', async () => {
    const flags =
      '--cluster-domain=a.local --disable-taint --disable-taint=false --enable-node-lease --enable-node-lease=false ' +
      '--full-resync-period=0 --klog.logtostderr --klog.logtostderr=true --klog.v=3 --kubeconfig=k --log-level=trace ' +
      '--metrics-addr=:10255 --namespace=n --nodename=n --os=linux --pod-sync-workers=10 --provider=mock ' +
      '--startup-timeout=0 --stream-creation-timeout=30s --stream-idle-timeout=1h30m --taint=t --trace-sample-rate=50 ' +
      '--trace-service-name=s --trace-tag=a=b --trace-tag=c=d';
    expect(await virtualKubelet(['config', 'validate', ...flags.split(' ')])).toMatchObject({
      code: 0,
      stdout: 'valid: 1 node\n',
    });
  });

  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-cli-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('prints its version and providers for people and for programs', async () => {
    expect((await virtualKubelet(['version'])).stdout).toMatch(/^Version: \d+\.\d+\.\d+, Kubernetes: v1\.37\.2/);
    expect((await virtualKubelet(['providers'])).stdout).toBe('container\nmock\n');
    expect(JSON.parse((await virtualKubelet(['providers', '-o', 'json'])).stdout)).toMatchObject([
      { name: 'container', aliases: ['docker', 'podman'] },
      { name: 'mock' },
    ]);
    expect(await virtualKubelet(['providers', 'nope'])).toMatchObject({ code: 1, stderr: 'no such provider nope\n' });
  });

  it.each([
    [[], 2, 'VK_PROVIDER_MISSING'],
    [['--provider', 'nope'], 2, 'VK_PROVIDER_UNKNOWN'],
    [['--provider', 'mock', '--os', 'plan9'], 2, 'VK_OPTION_VALUE'],
    [['--provider', 'mock', '--provider-config', '/nonexistent.json'], 3, 'nonexistent.json: there is no such file'],
    [['--config', '/tmp'], 3, 'cannot read /tmp: it is a folder'],
    [['rbac', '--provider', 'mock', '--account', 'A_b'], 2, '--account: "A_b" is not a name'],
    [['rbac', '--provider', 'mock', '--account-namespace', 'a b'], 2, '--account-namespace: "a b" is not a name'],
    [['--provider', 'mock', '--kubeconfig', '/nonexistent'], 3, 'VK_KUBECONFIG_MISSING'],
    [['--provider', 'mock'], 3, 'VK_CLUSTER_NONE'],
  ])('with %j ends with status %i and says %s, with a remedy and no stack', async (args, code, words) => {
    const ended = await virtualKubelet(args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('shows the place of a wrong entry of the provider configuration', async () => {
    const path = join(folder, 'mock.json');
    await writeFile(path, '{\n "vk": {"cpu": "two"}\n}\n');
    const ended = await virtualKubelet(['config', 'validate', '--provider', 'mock', '--provider-config', path]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain(`${path}:2:16 vk.cpu: "two" is not a quantity`);
  });

  it('warns of a kubeconfig with credentials that others may read', async () => {
    const path = join(folder, 'open-kubeconfig');
    await writeFile(path, kubeconfigFor('https://127.0.0.1:1'));
    await chmod(path, 0o644);
    const args = ['--provider', 'mock', '--metrics-addr', 'none', '--startup-timeout', '2s', '--kubeconfig', path];
    const ended = await virtualKubelet(args);
    expect(ended.stderr).toContain('VK_KEY_READABLE');
    expect(ended.stderr).not.toContain('canary');
  });

  it('prints every setting with its source, and checks them', async () => {
    const printed = await virtualKubelet(['config', 'print', '--provider', 'mock'], { DEFAULT_NODE_NAME: 'from-env' });
    expect(printed.stdout).toContain('name: "from-env" # environment\n');
    expect(printed.stdout).toContain('provider: "mock" # flag\n');
    expect(await virtualKubelet(['config', 'validate', '--provider', 'mock'])).toMatchObject({
      code: 0,
      stdout: 'valid: 1 node\n',
    });
  });

  it('prints the rights that watching configuration needs, and only then', async () => {
    const rights = async (refresh: string): Promise<string> =>
      (await virtualKubelet(['rbac', '--provider', 'mock', '--config-refresh', refresh])).stdout;
    expect(await rights('watch')).toMatch(/resources:\n\s+- secrets\n\s+verbs:\n\s+- get\n\s+- list\n\s+- watch\n/);
    expect(await rights('ttl')).toMatch(/resources:\n\s+- secrets\n\s+verbs:\n\s+- get\n(?!\s+- list)/);
  });

  it('lists each option with default and environment in its help, by group', async () => {
    const { stdout } = await virtualKubelet(['run', '--help']);
    for (const option of runOptions) expect(stdout.includes(`--${option.flag}`)).toBe(!option.hidden);
    expect(stdout.replace(/\s+/g, ' ')).toContain('default: virtual-kubelet; environment: DEFAULT_NODE_NAME');
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('completes in %s', async (shell) => {
    expect((await virtualKubelet(['completion', shell])).stdout).toContain('virtual-kubelet');
  });
});
