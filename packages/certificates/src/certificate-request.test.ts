import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateRequest, generateKey, readCertificateRequest } from './index.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const subject = { commonName: 'system:node:vk-1', organizations: ['system:nodes'] };
const names = { dnsNames: ['vk-1', 'vk-1.example.com'], ipAddresses: ['10.0.0.7', 'fd00::7'] };

describe('a certificate request', () => {
  test('says what was asked for, and carries the public key', () => {
    const key = generateKey();
    const { publicKey, ...rest } = readCertificateRequest(createCertificateRequest({ key, ...subject, ...names }));
    expect(rest).toEqual({
      ...subject,
      dnsNames: names.dnsNames,
      ipAddresses: ['10.0.0.7', 'fd00:0:0:0:0:0:0:7'],
    });
    expect(publicKey.equals(createPublicKey(key))).toBe(true);
  });

  test('needs no alternative names and no organization', () => {
    const request = readCertificateRequest(createCertificateRequest({ key: generateKey(), commonName: 'Zoë' }));
    expect(request).toMatchObject({
      commonName: 'Zoë',
      organizations: [],
      dnsNames: [],
      ipAddresses: [],
    });
  });

  test.runIf(hasOpenssl)('is one that OpenSSL verifies and reads', () => {
    const input = createCertificateRequest({ key: generateKey(), ...subject, ...names });
    const text = execFileSync('openssl', ['req', '-verify', '-noout', '-text', '-subject', '-nameopt', 'RFC2253'], {
      input,
      stdio: 'pipe',
    }).toString();
    expect(text).toContain('CN=system:node:vk-1,O=system:nodes');
    expect(text).toContain('DNS:vk-1, DNS:vk-1.example.com, IP Address:10.0.0.7, IP Address:FD00:0:0:0:0:0:0:7');
  });

  test('of somebody who does not own the key is refused', () => {
    const pem = createCertificateRequest({ key: generateKey(), commonName: 'me' });
    const der = Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ''), 'base64');
    der.write('We', der.indexOf('me'));
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(() => readCertificateRequest(forged)).toThrow(
      expect.objectContaining({ code: 'VK_CERTIFICATE_UNREADABLE' }),
    );
  });

  test.each(['', 'hello', '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----'])(
    'that is none (%j) is refused',
    (pem) => {
      expect(() => readCertificateRequest(pem)).toThrow(expect.objectContaining({ code: 'VK_CERTIFICATE_UNREADABLE' }));
    },
  );

  test.each(['', 'a b', 'a..b', '-a', 'exämple', '*', 'a.*.b', 'https://x', `${'a'.repeat(250)}.com`])(
    'with the DNS name "%s" is refused',
    (name) => {
      expect(() => createCertificateRequest({ key: generateKey(), commonName: 'x', dnsNames: [name] })).toThrow(
        expect.objectContaining({ code: 'VK_CERTIFICATE_NAME_INVALID' }),
      );
    },
  );
});
