import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  certificateValidity,
  createCertificateAuthority,
  createCertificateRequest,
  generateKey,
  privateKeyPem,
  readCertificateRequest,
  readPrivateKey,
} from './index.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const notBefore = Date.parse('2026-01-02T03:04:05Z');
const notAfter = Date.parse('2051-01-02T03:04:05Z');
const authority = createCertificateAuthority({ commonName: 'test-ca', notBefore, notAfter });
const leaf = {
  commonName: 'system:node:a',
  organizations: ['system:nodes', 'second'],
  notBefore,
  notAfter,
};

describe('a certificate authority', () => {
  test('is marked as one and signs itself', () => {
    const certificate = new X509Certificate(authority.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=test-ca');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(authority.keyPem))).toBe(true);
  });

  test('issues leaves that it signed, for subject, names, dates and usages', () => {
    const names = {
      dnsNames: ['a.example.com', '*.b.example.com'],
      ipAddresses: ['127.0.0.1', '::1'],
    };
    const issued = authority.issue({ ...leaf, ...names, usages: ['server', 'client'] });
    const certificate = new X509Certificate(issued.certificatePem);
    const root = new X509Certificate(authority.certificatePem);
    expect(certificate.checkIssued(root)).toBe(true);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subject.split('\n')).toEqual(['O=system:nodes', 'O=second', 'CN=system:node:a']);
    expect(certificate.subjectAltName).toBe(
      'DNS:a.example.com, DNS:*.b.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.keyPem))).toBe(true);
    expect(certificateValidity(issued.certificatePem)).toEqual({ notBefore, notAfter });
  });

  test('another authority of the same name did not sign them', () => {
    const other = createCertificateAuthority({ commonName: 'test-ca', notBefore, notAfter });
    const certificate = new X509Certificate(authority.issue({ ...leaf, usages: ['client'] }).certificatePem);
    expect(certificate.verify(new X509Certificate(other.certificatePem).publicKey)).toBe(false);
  });

  test('gives every certificate another serial number, or the ones it is told', () => {
    const serial = (pem: string): string => new X509Certificate(pem).serialNumber;
    const random = [1, 2].map(() => serial(authority.issue({ ...leaf, usages: ['client'] }).certificatePem));
    expect(new Set(random).size).toBe(2);
    let next = 0x7f;
    const counted = createCertificateAuthority({
      commonName: 'c',
      notBefore,
      notAfter,
      serialNumbers: () => Uint8Array.of(next++),
    });
    expect(serial(counted.certificatePem)).toBe('7F');
    expect(serial(counted.issue({ ...leaf, usages: ['client'] }).certificatePem)).toBe('80');
  });

  test('goes on with a key that it is given', () => {
    const again = createCertificateAuthority({
      commonName: 'test-ca',
      notBefore,
      notAfter,
      key: readPrivateKey(authority.keyPem),
    });
    const certificate = new X509Certificate(authority.issue({ ...leaf, usages: ['client'] }).certificatePem);
    expect(certificate.checkIssued(new X509Certificate(again.certificatePem))).toBe(true);
    expect(certificate.verify(new X509Certificate(again.certificatePem).publicKey)).toBe(true);
  });

  test('goes on with a root that it made before', () => {
    const { certificatePem, keyPem } = authority;
    const key = readPrivateKey(keyPem);
    const again = createCertificateAuthority({ commonName: 'test-ca', notBefore, notAfter, key, certificatePem });
    expect(again.certificatePem).toBe(certificatePem);
    const leafOf = new X509Certificate(again.issue({ ...leaf, usages: ['client'] }).certificatePem);
    expect(leafOf.checkIssued(new X509Certificate(certificatePem))).toBe(true);
  });

  test('certifies the key of a request', () => {
    const key = generateKey();
    const request = readCertificateRequest(createCertificateRequest({ key, commonName: 'csr', dnsNames: ['x'] }));
    const pem = authority.certify(request.publicKey, {
      ...request,
      notBefore,
      notAfter,
      usages: ['server'],
    });
    const certificate = new X509Certificate(pem);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.subjectAltName).toBe('DNS:x');
  });

  test.runIf(hasOpenssl)('is one whose leaves OpenSSL accepts, strictly and for their purpose only', () => {
    const directory = mkdtempSync(join(tmpdir(), 'vk-certificates-'));
    try {
      const [root, server] = [join(directory, 'ca.pem'), join(directory, 'server.pem')];
      writeFileSync(root, authority.certificatePem);
      writeFileSync(server, authority.issue({ ...leaf, dnsNames: ['a'], usages: ['server'] }).certificatePem);
      const verify = (purpose: string): string[] => [
        'verify',
        '-x509_strict',
        '-attime',
        '1800000000',
        '-purpose',
        purpose,
        '-CAfile',
        root,
        server,
      ];
      expect(execFileSync('openssl', verify('sslserver')).toString()).toContain('OK');
      expect(spawnSync('openssl', verify('sslclient')).status).not.toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('refuses keys and certificates that are none', () => {
    const unreadable = expect.objectContaining({ code: 'VK_CERTIFICATE_UNREADABLE' });
    expect(() => readPrivateKey(authority.certificatePem)).toThrow(unreadable);
    expect(() => certificateValidity(privateKeyPem(generateKey()))).toThrow(unreadable);
  });
});
