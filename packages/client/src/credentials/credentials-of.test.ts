import { describe, expect, it } from 'vitest';
import { ManualClock, recordingLogger, Sensitive } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import type { CertificateAuthority } from '@virtual-kubelet/certificates';
import type { ClusterConfig, UserConfig } from '../cluster-config.js';
import type { CommandRequest } from './command.js';
import { credentialsOf } from './credentials-of.js';
import { certificateAuthorities } from './trust.js';

function pair(): CertificateAuthority {
  return createCertificateAuthority({
    commonName: 'me',
    notBefore: 0,
    notAfter: 4_000_000_000_000,
  });
}

function setUp(user: Omit<UserConfig, 'origin'>, cluster: Partial<ClusterConfig> = {}) {
  const contents = new Map<string, string>();
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const runs: CommandRequest[] = [];
  const config: ClusterConfig = {
    origin: 'test',
    server: 'https://host',
    trust: {},
    namespace: 'default',
    user: { origin: 'user "me"', ...user },
    ...cluster,
  };
  const files = { readText: (path: string) => Promise.resolve(contents.get(path)) };
  const tools = { files, clock, logger: recordingLogger(lines) };
  const authorities = certificateAuthorities({ ...tools, source: config.trust.authority });
  const commands = {
    interactive: false,
    run: (request: CommandRequest) => {
      runs.push(request);
      const status = { token: 'plugin' };
      const stdout = JSON.stringify({
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1',
        status,
      });
      return Promise.resolve({ kind: 'ended', code: 0, stdout, stderr: '' } as const);
    },
  };
  const credentials = credentialsOf(config, { ...tools, authorities, commands });
  return { contents, clock, lines, runs, credentials, authorities };
}

describe('credentials', () => {
  it('are empty for nobody', async () => {
    const { credentials } = setUp({ authentication: { kind: 'none' } });
    expect(await credentials.current()).toEqual({});
    expect(await credentials.unauthorized(await credentials.current())).toBe(false);
  });

  it('show user name and password as UTF-8', async () => {
    const password = new Sensitive('pässword');
    const { credentials } = setUp({ authentication: { kind: 'basic', username: 'me', password } });
    const { authorization } = await credentials.current();
    expect(authorization?.reveal()).toBe(`Basic ${Buffer.from('me:pässword').toString('base64')}`);
  });

  it('ask to be treated as somebody else', async () => {
    const { credentials } = setUp({
      authentication: { kind: 'token', token: new Sensitive('t') },
      impersonate: {
        user: 'jané',
        uid: '7',
        groups: ['a', 'b'],
        extra: new Map([['acme.com/Pröject', ['x', 'y']]]),
      },
    });
    expect((await credentials.current()).headers).toEqual({
      'impersonate-user': Buffer.from('jané').toString('latin1'),
      'impersonate-uid': '7',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-acme.com%2FPr%C3%B6ject': ['x', 'y'],
    });
  });

  it('join a token file and certificate files, and stay one object while neither changes', async () => {
    const [old, next] = [pair(), pair()];
    const { contents, clock, credentials } = setUp({
      authentication: { kind: 'tokenFile', path: '/token' },
      clientCertificate: {
        certificate: { kind: 'file', path: '/crt' },
        key: { kind: 'file', path: '/key' },
      },
    });
    contents.set('/token', 'one').set('/crt', old.certificatePem).set('/key', old.keyPem);
    const first = await credentials.current();
    expect(first.certificate).toMatchObject({ certificate: old.certificatePem });
    await clock.advance(60_000);
    expect(await credentials.current()).toBe(first);
    contents.set('/crt', next.certificatePem).set('/key', next.keyPem);
    await clock.advance(60_000);
    const second = await credentials.current();
    expect(second.certificate?.key.reveal()).toBe(next.keyPem);
    expect(second.authorization).toBe(first.authorization);
    contents.set('/token', 'two');
    expect(await credentials.unauthorized(second)).toBe(true);
    expect(await credentials.current()).toMatchObject({ certificate: second.certificate });
  });

  it('keep the earlier certificate while only one of its two files is replaced', async () => {
    const [old, next] = [pair(), pair()];
    const { contents, clock, lines, credentials } = setUp({
      authentication: { kind: 'none' },
      clientCertificate: {
        certificate: { kind: 'file', path: '/crt' },
        key: { kind: 'file', path: '/key' },
      },
    });
    contents.set('/crt', old.certificatePem).set('/key', old.keyPem);
    const first = await credentials.current();
    contents.set('/crt', next.certificatePem);
    await clock.advance(60_000);
    expect(await credentials.current()).toBe(first);
    expect(lines[0]?.fields['error']).toContain('the key belongs to another certificate');
    contents.set('/key', next.keyPem);
    expect(await credentials.unauthorized(first)).toBe(true);
    expect((await credentials.current()).certificate?.certificate).toBe(next.certificatePem);
  });

  it('refuse a certificate that was never usable, without showing the key', async () => {
    const { credentials } = setUp({
      authentication: { kind: 'none' },
      clientCertificate: {
        certificate: { kind: 'inline', pem: pair().certificatePem },
        key: { kind: 'inline', pem: new Sensitive('-----BEGIN PRIVATE KEY-----\ncanary\n') },
      },
    });
    const thrown = await credentials.current().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'VK_CREDENTIALS_CERTIFICATE', exit: 3 });
    expect(String(thrown) + JSON.stringify(thrown)).not.toContain('canary');
  });

  it('tell a plugin about the cluster, with the contents of the authority file', async () => {
    const authority = pair().certificatePem;
    const { contents, runs, credentials } = setUp(
      {
        authentication: {
          kind: 'exec',
          plugin: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'x',
            args: [],
            env: [],
            interactiveMode: 'Never',
            provideClusterInfo: true,
          },
        },
      },
      {
        trust: { authority: { kind: 'file', path: '/ca' }, serverName: 'api' },
        proxy: new Sensitive('http://proxy:1'),
        execConfig: { audience: 'x' },
      },
    );
    contents.set('/ca', authority);
    expect((await credentials.current()).authorization?.reveal()).toBe('Bearer plugin');
    expect(JSON.parse(runs[0]?.env[0]?.value ?? '')).toMatchObject({
      spec: {
        cluster: {
          server: 'https://host',
          'tls-server-name': 'api',
          'certificate-authority-data': Buffer.from(authority).toString('base64'),
          'proxy-url': 'http://proxy:1',
          config: { audience: 'x' },
        },
      },
    });
  });
});

describe('certificate authorities', () => {
  it('in a file are read again each minute, and at once when the server is not trusted', async () => {
    const [old, next] = [pair().certificatePem, pair().certificatePem];
    const { contents, authorities } = setUp(
      { authentication: { kind: 'none' } },
      { trust: { authority: { kind: 'file', path: '/ca' } } },
    );
    contents.set('/ca', old);
    expect(await authorities.current()).toBe(old);
    expect(await authorities.distrusted(old)).toBe(false);
    contents.set('/ca', next);
    expect(await authorities.current()).toBe(old);
    expect(await authorities.distrusted(old)).toBe(true);
    expect(await authorities.current()).toBe(next);
  });

  it('that are no certificates are an error at the start and no news later', async () => {
    const { contents, authorities } = setUp(
      { authentication: { kind: 'none' } },
      { trust: { authority: { kind: 'file', path: '/ca' } } },
    );
    contents.set('/ca', 'x');
    await expect(authorities.current()).rejects.toMatchObject({ code: 'VK_CREDENTIALS_FILE' });
    const good = pair().certificatePem;
    contents.set('/ca', good);
    expect(await authorities.current()).toBe(good);
    contents.set('/ca', '');
    expect(await authorities.distrusted(good)).toBe(false);
  });
});
