import { describe, expect, it } from 'vitest';
import { deferred, ManualClock, messageOf, recordingLogger } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import type { ExecPlugin } from '../cluster-config.js';
import type { CommandRequest, CommandResult } from './command.js';
import { execCredentials } from './exec-plugin.js';

const v1 = 'client.authentication.k8s.io/v1';
const plugin: ExecPlugin = {
  apiVersion: v1,
  command: 'login',
  args: ['get'],
  env: [{ name: 'A', value: 'b' }],
  interactiveMode: 'IfAvailable',
  provideClusterInfo: false,
};

function printed(status: unknown, apiVersion: string = v1): CommandResult {
  const stdout = JSON.stringify({ kind: 'ExecCredential', apiVersion, status });
  return { kind: 'ended', code: 0, stdout, stderr: '' };
}

type Answer = CommandResult | Error | (() => Promise<CommandResult>);

function setUp(overrides: Partial<ExecPlugin> = {}, terminal = false) {
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const runs: CommandRequest[] = [];
  const answers: Answer[] = [];
  const credentials = execCredentials({
    plugin: { ...plugin, ...overrides },
    clock,
    logger: recordingLogger(lines),
    cluster: () => Promise.resolve({ server: 'https://h', config: { x: 1 } }),
    commands: {
      interactive: terminal,
      run(request) {
        runs.push(request);
        const answer = answers.shift();
        if (answer === undefined) throw new Error('no more answers');
        if (answer instanceof Error) return Promise.reject(answer);
        return typeof answer === 'function' ? answer() : Promise.resolve(answer);
      },
    },
  });
  const header = async (): Promise<string | undefined> => (await credentials.current()).authorization?.reveal();
  const in_ = (ms: number): string => new Date(clock.wall() + ms).toISOString();
  return { clock, lines, runs, answers, credentials, header, in: in_ };
}

function pem(): { readonly certificatePem: string; readonly keyPem: string } {
  return createCertificateAuthority({ commonName: 'x', notBefore: 0, notAfter: 1_000_000_000 });
}

describe('a credential plugin', () => {
  it('runs once, and its token is good until the server refuses it', async () => {
    const { runs, answers, credentials, clock, header } = setUp();
    answers.push(printed({ token: 'one' }), printed({ token: 'two' }));
    const used = await credentials.current();
    await clock.advance(24 * 3_600_000);
    expect(await credentials.current()).toBe(used);
    expect(runs).toHaveLength(1);
    expect(await credentials.unauthorized(used)).toBe(true);
    expect(await header()).toBe('Bearer two');
  });

  it('gets its arguments, its environment and the protocol version', async () => {
    const { runs, answers, credentials } = setUp();
    answers.push(printed({ token: 't' }));
    await credentials.current();
    expect(runs[0]).toMatchObject({ command: 'login', args: ['get'], interactive: false });
    expect(runs[0]?.env[0]).toEqual({ name: 'A', value: 'b' });
    expect(runs[0]?.env[1]?.name).toBe('KUBERNETES_EXEC_INFO');
    expect(JSON.parse(runs[0]?.env[1]?.value ?? '')).toEqual({
      kind: 'ExecCredential',
      apiVersion: v1,
      spec: { interactive: false },
    });
  });

  it('is told about the cluster when it wants to know', async () => {
    const { runs, answers, credentials } = setUp({ provideClusterInfo: true }, true);
    answers.push(printed({ token: 't' }));
    await credentials.current();
    expect(JSON.parse(runs[0]?.env[1]?.value ?? '')).toMatchObject({
      spec: { interactive: true, cluster: { server: 'https://h', config: { x: 1 } } },
    });
  });

  it.each([
    ['Never', true, false],
    ['IfAvailable', true, true],
    ['IfAvailable', false, false],
    ['Always', true, true],
  ] as const)('of mode %s with a terminal: %s may ask a person: %s', async (interactiveMode, terminal, asks) => {
    const { runs, answers, credentials } = setUp({ interactiveMode }, terminal);
    answers.push(printed({ token: 't' }));
    await credentials.current();
    expect(runs[0]?.interactive).toBe(asks);
  });

  it('that must ask a person is not run without a terminal', async () => {
    const { runs, credentials } = setUp({ interactiveMode: 'Always' });
    await expect(credentials.current()).rejects.toMatchObject({
      code: 'VK_CREDENTIALS_EXEC_INTERACTIVE',
    });
    expect(runs).toHaveLength(0);
  });

  it('runs once for callers that come together', async () => {
    const { runs, answers, credentials } = setUp();
    answers.push(printed({ token: 't' }));
    const all = await Promise.all([credentials.current(), credentials.current()]);
    expect(all[0]).toBe(all[1]);
    expect(runs).toHaveLength(1);
  });

  it('runs behind the scenes before the expiry, so that no request waits for a slow one', async () => {
    const { clock, answers, header, in: in_ } = setUp();
    answers.push(printed({ token: 'one', expirationTimestamp: in_(3_600_000) }));
    await header();
    await clock.advance(3_600_000 - 60_000);
    const slow = deferred<CommandResult>();
    answers.push(() => slow.promise);
    expect(await header()).toBe('Bearer one');
    expect(await header()).toBe('Bearer one');
    slow.resolve(printed({ token: 'two', expirationTimestamp: in_(3_600_000) }));
    await clock.settle();
    expect(await header()).toBe('Bearer two');
  });

  it('is waited for once its credential has expired', async () => {
    const { clock, answers, header, in: in_ } = setUp();
    answers.push(printed({ token: 'one', expirationTimestamp: in_(10_000) }));
    await header();
    await clock.advance(10_000);
    answers.push(printed({ token: 'two' }));
    expect(await header()).toBe('Bearer two');
  });

  it('keeps a credential in use while renewing it fails, with one run in five seconds', async () => {
    const { clock, lines, runs, answers, header, in: in_ } = setUp();
    answers.push(printed({ token: 'one', expirationTimestamp: in_(600_000) }));
    await header();
    await clock.advance(545_000);
    const failed: CommandResult = { kind: 'ended', code: 1, stdout: '', stderr: 'no network' };
    answers.push(failed, failed);
    for (let i = 0; i < 20; i++) {
      expect(await header()).toBe('Bearer one');
      await clock.settle();
    }
    expect(runs).toHaveLength(2);
    await clock.advance(5_000);
    expect(await header()).toBe('Bearer one');
    await clock.settle();
    expect(runs).toHaveLength(3);
    expect(lines.map((line) => line.level)).toEqual(['warn', 'warn']);
    await clock.advance(50_000);
    answers.push(failed);
    await expect(header()).rejects.toMatchObject({ code: 'VK_CREDENTIALS_EXEC_FAILED' });
  });

  it('that always gives what the server refuses is not run in a loop', async () => {
    const { clock, runs, answers, credentials } = setUp();
    answers.push(printed({ token: 'same' }), printed({ token: 'same' }));
    const used = await credentials.current();
    await clock.advance(5_000);
    for (let i = 0; i < 10; i++) expect(await credentials.unauthorized(used)).toBe(false);
    expect(runs).toHaveLength(2);
  });

  it('is not run again for a request that used what is already replaced', async () => {
    const { clock, runs, answers, credentials } = setUp();
    answers.push(printed({ token: 'one' }), printed({ token: 'two' }));
    const used = await credentials.current();
    await clock.advance(5_000);
    const both = [credentials.unauthorized(used), credentials.unauthorized(used)];
    expect(await Promise.all(both)).toEqual([true, true]);
    await clock.advance(5_000);
    expect(await credentials.unauthorized(used)).toBe(true);
    expect(runs).toHaveLength(2);
  });

  it('may give a client certificate, which stays one object while it is the same', async () => {
    const { clock, answers, credentials } = setUp();
    const authority = createCertificateAuthority({
      commonName: 'ca',
      notBefore: clock.wall(),
      notAfter: clock.wall() + 3_600_000,
    });
    const status = {
      clientCertificateData: authority.certificatePem,
      clientKeyData: authority.keyPem,
    };
    answers.push(printed(status), printed({ ...status, token: 't' }), printed(status));
    const first = await credentials.current();
    expect(first.certificate?.certificate).toBe(authority.certificatePem);
    expect(first.authorization).toBeUndefined();
    await clock.advance(5_000);
    expect(await credentials.unauthorized(first)).toBe(true);
    expect((await credentials.current()).authorization?.reveal()).toBe('Bearer t');
  });

  it('that takes too long is ended', async () => {
    const { clock, runs, answers, credentials } = setUp();
    answers.push(
      () =>
        new Promise((_, reject) => {
          const signal = runs[0]?.signal;
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const outcome = credentials.current().catch((thrown: unknown) => thrown);
    await clock.advance(60_000);
    expect(await outcome).toMatchObject({
      code: 'VK_CREDENTIALS_EXEC_FAILED',
      message: expect.stringContaining('60000 ms'),
    });
    expect(clock.pending).toBe(0);
  });

  it('is ended when the credentials are closed, and not started again', async () => {
    const { runs, answers, credentials } = setUp();
    answers.push(() => new Promise(() => undefined));
    void credentials.current();
    await new Promise(setImmediate);
    credentials.close();
    expect(runs[0]?.signal.aborted).toBe(true);
    await expect(credentials.current()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('that is not installed is told with its hint', async () => {
    const { answers, credentials } = setUp({ installHint: 'Run\u001b[31m "brew install login".' });
    answers.push({ kind: 'missing' });
    await expect(credentials.current()).rejects.toMatchObject({
      code: 'VK_CREDENTIALS_EXEC_MISSING',
      message: 'credential plugin login is not there or may not be run',
      remedy: 'Install it and make sure that it is on the PATH. Run [31m "brew install login".',
    });
  });

  it('that fails is told with the end of its complaint, but without what looks like a secret', async () => {
    const { answers, credentials } = setUp();
    const secret = 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImNhbmFyeSJ9.canary';
    answers.push({
      kind: 'ended',
      code: 7,
      stdout: secret,
      stderr: `\u001b[1mbad\n${secret}\nlog in`,
    });
    const thrown = await credentials.current().catch((error: unknown) => error);
    expect(messageOf(thrown)).toBe('credential plugin login failed: exit status 7: [1mbad [redacted] log in');
  });

  it.each<readonly [string, () => CommandResult, string]>([
    ['nothing', () => ({ kind: 'ended', code: 0, stdout: '', stderr: '' }), 'it is empty'],
    ['rubbish', () => ({ kind: 'ended', code: 0, stdout: 'canary{', stderr: '' }), 'it is not JSON'],
    ['a list', () => ({ kind: 'ended', code: 0, stdout: '[]', stderr: '' }), 'it is not an object'],
    [
      'another version',
      () => printed({ token: 't' }, 'client.authentication.k8s.io/v1beta1'),
      `its apiVersion is not ${v1}`,
    ],
    ['no status', () => printed(undefined), 'it has no status'],
    ['an empty status', () => printed({ token: '' }), 'it has neither a token nor a client certificate'],
    ['a token that is no text', () => printed({ token: { canary: 1 } }), 'token is not text'],
    ['a token with a line end', () => printed({ token: 'canary\n' }), 'its token contains characters no token has'],
    [
      'an expiry that is no time',
      () => printed({ token: 't', expirationTimestamp: 'canary' }),
      'expirationTimestamp is not an RFC 3339 time',
    ],
    [
      'a certificate without a key',
      () => printed({ clientCertificateData: 'x' }),
      'clientCertificateData and clientKeyData must come together',
    ],
    [
      'a key of another certificate',
      () => printed({ clientCertificateData: pem().certificatePem, clientKeyData: pem().keyPem }),
      'the key belongs to another certificate',
    ],
  ])('that prints %s is told without what it printed', async (_, answer, detail) => {
    const { answers, credentials } = setUp();
    answers.push(answer());
    const thrown = await credentials.current().catch((error: unknown) => error);
    expect(messageOf(thrown)).toContain(detail);
    expect(messageOf(thrown)).not.toContain('canary');
  });
});
