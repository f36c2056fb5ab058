import { createPublicKey } from 'node:crypto';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority, generateKey, privateKeyPem, readPrivateKey } from '@virtual-kubelet/certificates';
import type { AlternativeNames, CertificateAuthority, IssuedCertificate } from '@virtual-kubelet/certificates';
import type { Identity } from './identity.js';

const hour = 3_600_000;

/** From when to when a certificate holds, milliseconds since the epoch. */
interface Life {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The keys and certificates of a control plane, kept as files in a folder. */
export interface Pki {
  /** Path of a file of the folder, such as `ca.crt`. */
  path(file: string): string;
  readonly caPem: string;
  /** PEM of the key that signs service account tokens. */
  readonly serviceAccountKeyPem: string;
  /** @param life @default a month */
  clientCertificate(user: string, groups?: readonly string[], life?: Life): IssuedCertificate;
  servingCertificate(user: string, names: AlternativeNames, groups?: readonly string[]): IssuedCertificate;
}

function validity(): Life {
  const now = Date.now();
  return { notBefore: now - hour, notAfter: now + 720 * hour };
}

function authority(name: string, keyPem?: string): CertificateAuthority {
  return createCertificateAuthority({
    commonName: name,
    ...validity(),
    ...(keyPem === undefined ? {} : { key: readPrivateKey(keyPem) }),
  });
}

/** Reads a folder that {@link createPki} wrote. New leaf certificates are signed with the key that is there. */
export function openPki(folder: string): Pki {
  const path = (file: string): string => join(folder, file);
  const read = (file: string): string => readFileSync(path(file), 'utf8');
  const ca = authority('kubernetes', read('ca.key'));
  const issue: Pki['servingCertificate'] = (commonName, names, organizations = []) =>
    ca.issue({ commonName, organizations, ...names, ...validity(), usages: ['server'] });
  return {
    path,
    caPem: read('ca.crt'),
    serviceAccountKeyPem: read('service-account.key'),
    clientCertificate: (commonName, organizations = [], life = validity()) =>
      ca.issue({ commonName, organizations, ...life, usages: ['client'] }),
    servingCertificate: issue,
  };
}

/** Makes a folder with everything that a control plane needs, and opens it. Files are readable by their owner only. */
export function createPki(folder: string): Pki {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text, { mode: 0o600 });
  const pair = (name: string, { certificatePem, keyPem }: IssuedCertificate): void => {
    write(`${name}.crt`, certificatePem);
    write(`${name}.key`, keyPem);
  };
  pair('ca', authority('kubernetes'));
  const frontProxy = authority('front-proxy');
  pair('front-proxy-ca', frontProxy);
  pair('front-proxy-client', frontProxy.issue({ commonName: 'front-proxy-client', ...validity(), usages: ['client'] }));
  const tokens = generateKey();
  write('service-account.key', privateKeyPem(tokens));
  write('service-account.pub', createPublicKey(tokens).export({ type: 'spki', format: 'pem' }).toString());
  const pki = openPki(folder);
  pair('kubelet-client', pki.clientCertificate('kube-apiserver-kubelet-client', ['kubeadm:cluster-admins']));
  pair('serving', pki.servingCertificate('kube-apiserver', servingNames));
  return pki;
}

/** Names under which pods and people reach the API server; 10.96.0.1 is the first address of the Service range. */
const servingNames: AlternativeNames = {
  dnsNames: [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'localhost',
  ],
  ipAddresses: ['127.0.0.1', '10.96.0.1'],
};

/** The client certificate of an identity, or nothing for a bearer of a token. */
export function certificateOf(pki: Pki, identity: Identity): IssuedCertificate | undefined {
  if (identity === 'admin') return pki.clientCertificate('admin', ['system:masters']);
  return 'user' in identity ? pki.clientCertificate(identity.user, identity.groups) : undefined;
}
