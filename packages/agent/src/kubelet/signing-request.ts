import type { KeyObject } from 'node:crypto';
import type { AlternativeNames } from '@virtual-kubelet/certificates';
import { createCertificateRequest } from '@virtual-kubelet/certificates';
import type { CertificateSigningRequest } from '@virtual-kubelet/kubernetes';

/** What a node asks a certificate for: to serve its kubelet API with, or to be `system:node:<name>` at the API server. */
export type CertificateIdentity =
  | ({ readonly usage: 'serving'; readonly node: string } & AlternativeNames)
  | { readonly usage: 'client'; readonly node: string };

/** Signers refuse what differs from this (kubernetes/kubernetes:pkg/apis/certificates/helpers.go). */
const signers = {
  serving: { signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] },
  client: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['digital signature', 'client auth'] },
} as const;

/** Who a node is to the API server. */
export function nodeUser(node: string): string {
  return `system:node:${node}`;
}

/** The object to create, as the signers of kubelets demand it (certificates.k8s.io/v1). */
export function signingRequest(identity: CertificateIdentity, key: KeyObject): CertificateSigningRequest {
  const { node, usage, ...names } = identity;
  const pem = createCertificateRequest({
    key,
    commonName: nodeUser(node),
    organizations: ['system:nodes'],
    ...names,
  });
  const { signerName, usages } = signers[usage];
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'csr-' },
    spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: [...usages] },
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
