import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions, TlsOptions, TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority, createSelfSignedCertificate } from './index.js';

const validity = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
const authority = createCertificateAuthority({ commonName: 'test-ca', ...validity });
const serving = authority.issue({
  commonName: 'server',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  usages: ['server'],
  ...validity,
});

/** One handshake over loopback: the common name and groups that the server saw, or the code of the client's error. */
async function handshake(server: TlsOptions, client: ConnectionOptions): Promise<unknown> {
  const listener = createServer(server, (socket: TLSSocket) => {
    const { CN, O } = socket.getPeerCertificate().subject ?? {};
    socket.on('error', () => undefined);
    socket.end(JSON.stringify([CN, O]));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect({
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    ...client,
  });
  try {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return JSON.parse(text);
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    socket.destroy();
    listener.close();
    await once(listener, 'close');
  }
}

const server = {
  cert: serving.certificatePem,
  key: serving.keyPem,
  ca: authority.certificatePem,
  requestCert: true,
};

describe('TLS', () => {
  test('works both ways with certificates of one authority', async () => {
    const own = authority.issue({
      commonName: 'me',
      organizations: ['system:masters'],
      usages: ['client'],
      ...validity,
    });
    const client = { ca: authority.certificatePem, cert: own.certificatePem, key: own.keyPem };
    expect(await handshake({ ...server, rejectUnauthorized: true }, client)).toEqual(['me', 'system:masters']);
  });

  test('checks names: an address that the certificate does not hold is refused', async () => {
    const other = authority.issue({
      commonName: 'server',
      ipAddresses: ['127.0.0.2'],
      usages: ['server'],
      ...validity,
    });
    const result = await handshake({ cert: other.certificatePem, key: other.keyPem }, { ca: authority.certificatePem });
    expect(result).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('refuses a server that shows a client certificate, and one whose time is over', async () => {
    const client = authority.issue({
      commonName: 'x',
      ipAddresses: ['127.0.0.1'],
      usages: ['client'],
      ...validity,
    });
    const old = authority.issue({
      commonName: 'x',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      notBefore: 0,
      notAfter: 1000,
    });
    const trust = { ca: authority.certificatePem };
    expect(await handshake({ cert: client.certificatePem, key: client.keyPem }, trust)).toBe('INVALID_PURPOSE');
    expect(await handshake({ cert: old.certificatePem, key: old.keyPem }, trust)).toBe('CERT_HAS_EXPIRED');
  });

  test('trusts a self-signed certificate when told to, and only then', async () => {
    const own = createSelfSignedCertificate({
      commonName: 'vk-1',
      dnsNames: ['vk-1'],
      ipAddresses: ['127.0.0.1'],
      ...validity,
    });
    const options = { cert: own.certificatePem, key: own.keyPem };
    expect(await handshake(options, { ca: own.certificatePem })).toEqual([null, null]);
    expect(await handshake(options, {})).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
