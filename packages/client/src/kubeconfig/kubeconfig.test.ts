import { describe, expect, it } from 'vitest';
import { CodedError } from '@virtual-kubelet/base';
import type { ClusterConfig } from '../cluster-config.js';
import { clusterConfigOf } from './kubeconfig.js';
import { mergeKubeconfigs, parseKubeconfig } from './kubeconfig-file.js';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const data = Buffer.from(pem).toString('base64');

function indent(text: string): string {
  return text.replaceAll('\n', '\n    ');
}

function execEntry(command: string): string {
  return `exec:
  apiVersion: client.authentication.k8s.io/v1
  command: ${command}
  args: [get, "--cluster=x"]
  env:
  - {name: A, value: b}
  - {name: EMPTY}
  installHint: brew install it
  interactiveMode: Never
  provideClusterInfo: true`;
}

function file(user: string, cluster = 'server: https://10.0.0.1:6443'): string {
  return `apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c
  cluster:
    ${indent(cluster)}
contexts:
- name: one
  context: {cluster: c, user: u}
users:
- name: u
  user:
    ${indent(user)}
`;
}

function read(text: string, context?: string): ClusterConfig {
  return clusterConfigOf(parseKubeconfig('/home/me/.kube/config', text), context);
}

function failure(run: () => unknown): CodedError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('a kubeconfig', () => {
  it('names server, trust and user of its current context', () => {
    const config = read(
      file(
        'token: abc',
        `server: https://host:6443/prefix/\ncertificate-authority-data: ${data}\ntls-server-name: api`,
      ),
    );
    expect(config).toMatchObject({
      origin: 'context "one" of /home/me/.kube/config',
      server: 'https://host:6443/prefix',
      trust: { authority: { kind: 'inline', pem }, serverName: 'api' },
      namespace: 'default',
    });
    const { authentication } = config.user;
    expect(authentication.kind === 'token' && authentication.token.reveal()).toBe('abc');
  });

  it('may be JSON, even when tabs indent it', () => {
    const json = JSON.stringify(
      {
        'current-context': 'x',
        clusters: [{ name: 'c', cluster: { server: 'http://localhost:1' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', namespace: 'ns' } }],
      },
      null,
      '\t',
    );
    expect(read(json)).toMatchObject({
      server: 'http://localhost:1',
      namespace: 'ns',
      user: { authentication: { kind: 'none' } },
    });
  });

  it('resolves relative paths from its own folder and leaves absolute ones alone', () => {
    const config = read(
      file(
        'client-certificate: pki/me.crt\nclient-key: ../me.key\ntokenFile: /run/token',
        'server: https://h\ncertificate-authority: ca.crt',
      ),
    );
    expect(config.trust.authority).toEqual({ kind: 'file', path: '/home/me/.kube/ca.crt' });
    expect(config.user).toMatchObject({
      authentication: { kind: 'tokenFile', path: '/run/token' },
      clientCertificate: {
        certificate: { kind: 'file', path: '/home/me/.kube/pki/me.crt' },
        key: { kind: 'file', path: '/home/me/me.key' },
      },
    });
  });

  it('takes inline data before a file of the same kind', () => {
    const { authority } = read(
      file('{}', `server: https://h\ncertificate-authority: ca.crt\ncertificate-authority-data: ${data}`),
    ).trust;
    expect(authority).toEqual({ kind: 'inline', pem });
  });

  it('reads exec plugins: bare commands stay bare, paths start at the folder of the file', () => {
    const cluster = `server: https://h
extensions:
- name: client.authentication.k8s.io/exec
  extension: {audience: [x, 1, true, null]}`;
    const bare = read(file(execEntry('login'), cluster));
    expect(bare.user.authentication).toEqual({
      kind: 'exec',
      plugin: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'login',
        args: ['get', '--cluster=x'],
        env: [
          { name: 'A', value: 'b' },
          { name: 'EMPTY', value: '' },
        ],
        installHint: 'brew install it',
        interactiveMode: 'Never',
        provideClusterInfo: true,
      },
    });
    expect(bare.execConfig).toEqual({ audience: ['x', 1, true, null] });
    const { authentication } = read(file(execEntry('./bin/login'))).user;
    expect(authentication.kind === 'exec' && authentication.plugin.command).toBe('/home/me/.kube/bin/login');
  });

  it('reads impersonation, with keys that are also names of object members', () => {
    const { impersonate } = read(
      file('as: bob\nas-uid: "7"\nas-groups: [a, b]\nas-user-extra: {__proto__: [x], scopes: [y, z]}'),
    ).user;
    expect(impersonate).toEqual({
      user: 'bob',
      uid: '7',
      groups: ['a', 'b'],
      extra: new Map([
        ['__proto__', ['x']],
        ['scopes', ['y', 'z']],
      ]),
    });
  });

  it('follows YAML anchors', () => {
    const text = file('token: t').replace('  user:\n', '  user: &shared\n').replace('user: u}', 'user: v}');
    const { authentication } = read(`${text}- name: v\n  user: *shared\n`).user;
    expect(authentication.kind).toBe('token');
  });

  it('never shows a secret when it is printed', () => {
    const config = read(file('username: me\npassword: canary', 'server: https://h\nproxy-url: http://u:canary@p:1'));
    expect(JSON.stringify(config)).not.toContain('canary');
  });
});

describe('a list of kubeconfigs', () => {
  it('gives each entry and the current context to the first file that has them', () => {
    const first = parseKubeconfig(
      '/a/one',
      'clusters: [{name: c, cluster: {server: "https://first", certificate-authority: ca}}]',
    );
    const second = parseKubeconfig('/b/two', file('token: t'));
    const third = parseKubeconfig('/c/three', 'current-context: nobody');
    const config = clusterConfigOf(mergeKubeconfigs([first, second, third]));
    expect(config.server).toBe('https://first');
    expect(config.trust.authority).toEqual({ kind: 'file', path: '/a/ca' });
    expect(config.user.authentication.kind).toBe('token');
  });

  it('does not mix the fields of two entries of one name', () => {
    const first = parseKubeconfig('/a/one', 'users: [{name: u, user: {}}]');
    const config = clusterConfigOf(mergeKubeconfigs([first, parseKubeconfig('/b/two', file('token: t'))]));
    expect(config.user.authentication.kind).toBe('none');
  });
});

describe('a mistake in a kubeconfig', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['broken YAML', 'a: [1,\nb: "canary', 'VK_KUBECONFIG_SYNTAX', ''],
    ['another kind of object', 'kind: Pod', 'VK_KUBECONFIG_INVALID', ':1:7'],
    ['a document that is a list', '- a', 'VK_KUBECONFIG_INVALID', ':1:1'],
    ['an empty file', '', 'VK_KUBECONFIG_CONTEXT', ''],
    ['a list that is none', 'users: 7', 'VK_KUBECONFIG_INVALID', ':1:8'],
    ['an entry without a name', 'users: [{user: {}}]', 'VK_KUBECONFIG_INVALID', ':1:9'],
    ['a name that occurs twice', 'users:\n- name: u\n- name: u', 'VK_KUBECONFIG_INVALID', ':3:9'],
    [
      'a context that is not there',
      file('{}').replace('current-context: one', 'current-context: two'),
      'VK_KUBECONFIG_CONTEXT',
      '',
    ],
    [
      'a cluster that is not there',
      file('{}').replace('cluster: c,', 'cluster: d,'),
      'VK_KUBECONFIG_REFERENCE',
      ':10:22',
    ],
    ['a user that is not there', file('{}').replace('user: u}', 'user: v}'), 'VK_KUBECONFIG_REFERENCE', ':10:31'],
    ['a server without a scheme', file('{}', 'server: host:6443'), 'VK_KUBECONFIG_INVALID', ':7:13'],
    ['a server with a password', file('{}', 'server: https://a:canary@host'), 'VK_KUBECONFIG_INVALID', ':7:13'],
    ['no server', file('{}', 'tls-server-name: x'), 'VK_KUBECONFIG_INVALID', ':7:5'],
    [
      'insecure beside an authority',
      file('{}', 'server: https://h\ninsecure-skip-tls-verify: true\ncertificate-authority: x'),
      'VK_KUBECONFIG_INVALID',
      ':8:31',
    ],
    [
      'a flag that is text',
      file('{}', 'server: https://h\ninsecure-skip-tls-verify: yes'),
      'VK_KUBECONFIG_INVALID',
      ':8:31',
    ],
    [
      'a proxy of another kind',
      file('{}', 'server: https://h\nproxy-url: socks5://h:1'),
      'VK_KUBECONFIG_INVALID',
      ':8:16',
    ],
    [
      'data that is not base64',
      file('{}', 'server: https://h\ncertificate-authority-data: "canary!"'),
      'VK_KUBECONFIG_INVALID',
      ':8:33',
    ],
    [
      'data that is not PEM',
      file(`client-key-data: ${Buffer.from('canary').toString('base64')}`),
      'VK_KUBECONFIG_INVALID',
      ':14:22',
    ],
    ['a certificate without a key', file('client-certificate: x'), 'VK_KUBECONFIG_INVALID', ':14:5'],
    ['a key without a certificate', file('client-key: x'), 'VK_KUBECONFIG_INVALID', ':14:5'],
    ['a token that is a number', file('token: 12345678'), 'VK_KUBECONFIG_INVALID', ':14:12'],
    ['a token with a line end', file('token: "canary\\n"'), 'VK_KUBECONFIG_INVALID', ':14:12'],
    ['a token beside a password', file('token: canary\nusername: u'), 'VK_KUBECONFIG_INVALID', ':15:15'],
    ['groups without a user', file('as-groups: [a]'), 'VK_KUBECONFIG_INVALID', ':14:5'],
    ['an auth-provider', file('auth-provider: {name: gcp}'), 'VK_KUBECONFIG_AUTH_PROVIDER', ':14:20'],
    [
      'an exec plugin of an old version',
      file('exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}'),
      'VK_KUBECONFIG_INVALID',
      ':14:24',
    ],
    [
      'an exec plugin without interactiveMode',
      file('exec: {apiVersion: client.authentication.k8s.io/v1, command: x}'),
      'VK_KUBECONFIG_INVALID',
      ':14:11',
    ],
    [
      'an exec plugin without a command',
      file('exec: {apiVersion: client.authentication.k8s.io/v1beta1}'),
      'VK_KUBECONFIG_INVALID',
      ':14:11',
    ],
  ];

  it.each(cases)('%s is told with its place and without its value', (...[, text, code, place]) => {
    const thrown = failure(() => read(text));
    expect(thrown.code).toBe(code);
    expect(thrown.exit).toBe(3);
    expect(thrown.message).toContain(`/home/me/.kube/config${place}`);
    expect(`${thrown.message} ${thrown.remedy}`).not.toMatch(/canary|\{\w+\}/);
  });

  it('lists the contexts there are, up to a limit', () => {
    const names = Array.from({ length: 12 }, (_, i) => `- {name: c${i}, context: {}}`).join('\n');
    const thrown = failure(() => read(`contexts:\n${names}`));
    expect(thrown.message).toContain('no current-context is set');
    expect(thrown.remedy).toContain('c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more');
  });

  it('is of no interest in entries that the context does not use', () => {
    const broken = `${file('token: t')}- name: broken\n  user: {auth-provider: {name: gcp}, token: 5}\n`;
    expect(read(broken).user.authentication.kind).toBe('token');
  });

  it('cannot be made expensive by aliases that contain each other', () => {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `l${i}: &l${i} [${i === 0 ? 'x' : `*l${i - 1}, *l${i - 1}, *l${i - 1}`}]`,
    );
    const bomb = `${levels.join('\n')}\n${file('{}', 'server: https://h\nextensions:\n- name: client.authentication.k8s.io/exec\n  extension: *l39')}`;
    expect(failure(() => read(bomb)).message).toContain('holds more than 1000 values');
    const endless = file(
      '{}',
      'server: https://h\nextensions:\n- name: client.authentication.k8s.io/exec\n  extension: &a {b: *a}',
    );
    expect(failure(() => read(endless)).message).toContain('holds more than 1000 values');
  });
});
