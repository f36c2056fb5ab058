import { X509Certificate } from 'node:crypto';
import { createCertificateAuthority, createCertificateRequest, generateKey } from '@virtual-kubelet/certificates';
import { describe, expect, it } from 'vitest';
import { testCluster } from './controllers.test-kit.js';
import { allControllers } from './index.js';

const validity = { notBefore: Date.UTC(2025, 0, 1), notAfter: Date.UTC(2030, 0, 1) };
const authority = createCertificateAuthority({ commonName: 'test', ...validity });

const subject = { commonName: 'system:node:a', organizations: ['system:nodes'] };

async function requested(signerName: string, names = subject) {
  const cluster = testCluster(allControllers({ authority }));
  const request = createCertificateRequest({ ...names, dnsNames: ['a'], key: generateKey() });
  const usages = signerName.endsWith('serving')
    ? ['digital signature', 'server auth']
    : ['digital signature', 'client auth'];
  const spec = { request: btoa(request), signerName, usages };
  await cluster.create(
    { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'csr' }, spec },
    'certificatesigningrequests',
  );
  const status = () => cluster.get('certificates.k8s.io/certificatesigningrequests', 'csr')?.status;
  const approve = async () => {
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Test' }];
    cluster.request({
      verb: 'patch',
      patchType: 'merge',
      apiVersion: 'certificates.k8s.io/v1',
      resource: 'certificatesigningrequests',
      name: 'csr',
      subresource: 'approval',
      body: { status: { conditions } },
    });
    await cluster.settle();
  };
  return { status, approve };
}

describe('certificate signing', () => {
  it('signs the serving certificate of a kubelet once somebody has approved it', async () => {
    const { status, approve } = await requested('kubernetes.io/kubelet-serving');
    expect(status()?.certificate).toBeUndefined();
    await approve();
    const certificate = new X509Certificate(atob(status()?.certificate ?? ''));
    expect(certificate.checkHost('a')).toBe('a');
    expect(certificate.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
  });

  it('refuses to sign for a node what names no node', async () => {
    const { status, approve } = await requested('kubernetes.io/kubelet-serving', {
      commonName: 'somebody',
      organizations: [],
    });
    await approve();
    expect(status()?.certificate).toBeUndefined();
    expect(status()?.conditions?.map(({ type }) => type)).toEqual(['Approved', 'Failed']);
  });

  it('leaves requests for other signers alone', async () => {
    const { status, approve } = await requested('example.com/mine');
    await approve();
    expect(status()?.certificate).toBeUndefined();
  });
});
