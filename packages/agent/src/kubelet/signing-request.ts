import type { KeyObject } from 'node:crypto';
import type { AlternativeNames } from '@virtual-kubelet/certificates';
import { createCertificateRequest } from '@virtual-kubelet/certificates';
import type { CertificateSigningRequest } from '@virtual-kubelet/kubernetes';

/** Whose serving certificate is asked for. */
export interface ServingIdentity extends AlternativeNames {
  readonly node: string;
}

/** The object to create, as the signer `kubernetes.io/kubelet-serving` demands it (certificates.k8s.io/v1). */
export function servingRequest(identity: ServingIdentity, key: KeyObject): CertificateSigningRequest {
  const { node, dnsNames, ipAddresses } = identity;
  const pem = createCertificateRequest({
    key,
    commonName: `system:node:${node}`,
    organizations: ['system:nodes'],
    ...(dnsNames ? { dnsNames } : {}),
    ...(ipAddresses ? { ipAddresses } : {}),
  });
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'csr-' },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kubelet-serving',
      usages: ['digital signature', 'server auth'],
    },
  };
}

/** How far a request got. */
export type RequestState =
  | { readonly state: 'waiting' }
  /** Approved, not signed yet. */
  | { readonly state: 'approved' }
  | { readonly state: 'issued'; readonly certificatePem: string }
  | { readonly state: 'refused'; readonly message: string };

/** Reads the state off the object. */
export function requestState({ status }: CertificateSigningRequest): RequestState {
  const { certificate, conditions = [] } = status ?? {};
  if (certificate !== undefined && certificate !== '')
    return { state: 'issued', certificatePem: Buffer.from(certificate, 'base64').toString('utf8') };
  const refused = conditions.find(({ type }) => type === 'Denied' || type === 'Failed');
  if (refused) return { state: 'refused', message: refused.message ?? refused.reason ?? refused.type };
  return conditions.some(({ type }) => type === 'Approved') ? { state: 'approved' } : { state: 'waiting' };
}
