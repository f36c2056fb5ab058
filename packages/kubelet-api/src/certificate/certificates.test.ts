import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { ManualClock, deferred, recordingLogger, silentLogger } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import { afterEach, describe, expect, test } from 'vitest';
import { certificateSlot, fileAuthorities, fileCertificate, selfSignedCertificate } from '../index.js';
import type { Door } from '../kubelet-api.test-kit.js';
import { authority, openDoor, people } from '../kubelet-api.test-kit.js';

const validity = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
const other = createCertificateAuthority({ commonName: 'cluster', ...validity });
const pairOf = (commonName: string) =>
  authority.issue({ commonName, usages: ['server'], ipAddresses: ['127.0.0.1'], ...validity });

let door: Door | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

/** The common name that a new connection sees, or the code of its failure. */
async function seen(port: number, options: object = {}): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    return String(socket.getPeerCertificate().subject.CN);
  } catch (error) {
    return String((error as { code?: string }).code);
  } finally {
    socket.destroy();
  }
}

/** Files in memory. */
function files(texts: Record<string, string>) {
  const lines: LogLine[] = [];
  const clock = new ManualClock();
  const readText = async (path: string): Promise<string> => {
    const text = texts[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    return text;
  };
  return { texts, lines, clock, options: { clock, logger: recordingLogger(lines), readText } };
}

describe('a serving certificate from files', () => {
  test('is served, and the next one as soon as both files have changed', async () => {
    const [first, second] = [pairOf('first'), pairOf('second')];
    const disk = files({ cert: first.certificatePem, key: first.keyPem });
    const certificate = await fileCertificate({ cert: 'cert', key: 'key' }, disk.options);
    door = await openDoor({ certificate });
    expect(await seen(door.port)).toBe('first');
    disk.texts['cert'] = second.certificatePem;
    await disk.clock.advance(30_000);
    // A certificate without its key yet: what is in use stays.
    expect(await seen(door.port)).toBe('first');
    expect(disk.lines.map(({ message }) => message)).toEqual(['the serving certificate in use stays']);
    disk.texts['key'] = second.keyPem;
    await disk.clock.advance(30_000);
    expect(await seen(door.port)).toBe('second');
  });

  test('that is not usable is refused at the start, with paths and remedy', async () => {
    const pair = pairOf('node');
    const disk = files({ cert: pair.certificatePem, key: pairOf('another').keyPem });
    const refused = fileCertificate({ cert: 'cert', key: 'key' }, disk.options);
    await expect(refused).rejects.toMatchObject({ code: 'VK_KUBELET_API_CERTIFICATE', exit: 3 });
    const missing = fileCertificate({ cert: 'nothing', key: 'key' }, disk.options);
    await expect(missing).rejects.toThrow('cannot serve with nothing and key: no such file: nothing');
  });

  test('errors and log lines hold no key', async () => {
    const pair = pairOf('node');
    const disk = files({ cert: 'rubbish', key: pair.keyPem });
    const error: unknown = await fileCertificate({ cert: 'cert', key: 'key' }, disk.options).catch((e: unknown) => e);
    expect(String(error)).not.toContain(pair.keyPem.split('\n')[1]);
  });
});

describe('while there is no serving certificate', () => {
  test('the port refuses, and serves from the moment there is one', async () => {
    const slot = certificateSlot();
    const certificate = {
      get current() {
        return slot.current;
      },
      subscribe: (changed: () => void) => slot.subscribe(changed),
      close: async () => undefined,
    };
    door = await openDoor({ certificate });
    expect(await seen(door.port)).toMatch(/ERR_SSL|ECONNRESET/);
    slot.set(pairOf('approved'));
    expect(await seen(door.port)).toBe('approved');
    expect((await door.ask('/healthz')).status).toBe(200);
  });
});

describe('a self-signed certificate', () => {
  test('names the node and its address, and is made anew before its end', async () => {
    const clock = new ManualClock();
    const certificate = selfSignedCertificate({
      node: 'vk-1',
      clock,
      logger: silentLogger,
      dnsNames: ['vk-1'],
      ipAddresses: ['10.0.0.7'],
    });
    const first = new X509Certificate(certificate.current?.certificatePem ?? '');
    expect(first.subjectAltName).toBe('DNS:vk-1, IP Address:10.0.0.7');
    await clock.advance(299 * 86_400_000);
    expect(certificate.current?.certificatePem).toBe(first.toString());
    await clock.advance(86_400_000);
    const second = new X509Certificate(certificate.current?.certificatePem ?? '');
    expect(Date.parse(second.validTo)).toBeGreaterThan(Date.parse(first.validTo));
    expect(Date.parse(first.validTo)).toBeGreaterThan(clock.wall());
    await certificate.close();
    expect(clock.pending).toBe(0);
  });
});

describe('client authorities', () => {
  test('from a file are read again; who was let in by the old ones is not known any more', async () => {
    const disk = files({ ca: authority.certificatePem });
    const clientAuthorities = await fileAuthorities('ca', disk.options);
    door = await openDoor({ clientAuthorities });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { certificatePem: cert, keyPem: key } = people.full.certificate ?? {};
    const { port } = door;
    const ask = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: '/healthz', agent, ca: authority.certificatePem, cert, key };
        httpsRequest(options, (response) => resolve(response.resume().statusCode ?? 0))
          .once('error', reject)
          .end();
      });
    expect(await ask()).toBe(200);
    disk.texts['ca'] = other.certificatePem;
    await disk.clock.advance(30_000);
    expect(await ask()).toBe(401);
    agent.destroy();
    const renewed = { certificate: other.issue({ commonName: 'full', usages: ['client'], ...validity }) };
    expect((await door.ask('/healthz', { as: renewed })).status).toBe(200);
    clientAuthorities.close();
  });

  test('that change while a request is served end the identity of its connection', async () => {
    const disk = files({ ca: authority.certificatePem });
    const clientAuthorities = await fileAuthorities('ca', disk.options);
    const gate = deferred();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one\n');
      await gate.promise;
    }
    door = await openDoor({ clientAuthorities, provider: { getContainerLogs: slow } });
    const { certificatePem: cert, keyPem: key } = people.full.certificate ?? {};
    const socket = connect({ host: '127.0.0.1', port: door.port, ca: authority.certificatePem, cert, key });
    let said = '';
    const says = (what: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (what.test(said)) resolve();
        };
        socket.on('data', look);
        look();
      });
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.write('GET /containerLogs/default/web/c HTTP/1.1\r\nHost: x\r\n\r\n');
    await says(/one/);
    disk.texts['ca'] = other.certificatePem;
    await disk.clock.advance(30_000);
    gate.resolve();
    await says(/\r\n0\r\n/);
    socket.write('GET /pods HTTP/1.1\r\nHost: x\r\n\r\n');
    await says(/HTTP\/1.1 401/);
    socket.destroy();
    clientAuthorities.close();
  });

  test('that are none are refused at the start', async () => {
    const disk = files({ ca: 'rubbish' });
    await expect(fileAuthorities('ca', disk.options)).rejects.toMatchObject({ code: 'VK_KUBELET_API_CLIENT_CA' });
  });

  test('that are not given let no certificate count, not even one of a public authority', async () => {
    door = await openDoor({ withoutAuthorities: true });
    expect((await door.ask('/healthz', { as: people.full })).status).toBe(401);
    expect((await door.ask('/metrics', { as: people.scraper })).status).toBe(200);
  });

  test('a certificate that ends while its connection stays is known no longer', async () => {
    // The clock of the node runs ahead of the end; that of TLS is the machine's.
    const clock = new ManualClock(Date.now());
    door = await openDoor({ clock });
    expect((await door.ask('/healthz')).status).toBe(200);
    await clock.advance(2 * 3_600_000);
    expect((await door.ask('/healthz')).status).toBe(401);
  });
});

describe('TLS', () => {
  test('is 1.2 or newer', async () => {
    door = await openDoor();
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    expect(await seen(door.port, old)).toMatch(/ERR_SSL|ECONNRESET/);
    expect(await seen(door.port, { maxVersion: 'TLSv1.2' })).toBe('node');
    expect(await seen(door.port, { minVersion: 'TLSv1.3' })).toBe('node');
  });

  test('takes modern suites only', async () => {
    door = await openDoor();
    const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' };
    expect(await seen(door.port, weak)).toMatch(/ERR_SSL|ECONNRESET/);
  });

  test('resumes no session, which would keep an identity for longer than its authority', async () => {
    door = await openDoor();
    const socket = connect({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false });
    let session: Buffer | undefined;
    socket.on('session', (ticket: Buffer) => (session = ticket));
    await once(socket, 'secureConnect');
    socket.destroy();
    const again = connect({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false, session });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(false);
    again.destroy();
  });
});
