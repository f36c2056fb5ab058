/**
 * Makes what TLS needs: keys, certificate requests, self-signed serving certificates and a small certificate authority.
 * It does not verify chains (TLS does), read other people's certificates beyond their dates, or keep anything on disk.
 * Who asks a cluster to sign a request is `@virtual-kubelet/client`; who serves with a certificate, `@virtual-kubelet/kubelet-api`.
 * Times come in as milliseconds since the epoch; start reading at `certificate-authority.ts`.
 */
export { createCertificateAuthority } from './certificate-authority.js';
export type {
  CertificateAuthority,
  CertificateAuthorityOptions,
  IssuedCertificate,
  IssueOptions,
  LeafOptions,
} from './certificate-authority.js';
export { readCertificateRequest } from './read-certificate-request.js';
export type { CertificateRequest } from './read-certificate-request.js';
export { createCertificateRequest } from './certificate-request.js';
export type { CertificateRequestOptions } from './certificate-request.js';
export { certificateSubject } from './read-subject.js';
export { certificateErrors } from './errors.js';
export type { AlternativeNames, CertificateUsage } from './extensions.js';
export { privateKeyPem, readPrivateKey } from './keys.js';
export { createSelfSignedCertificate } from './self-signed.js';
export type { SelfSignedOptions } from './self-signed.js';
export type { Validity } from './signing.js';
export type { CertificateSubject } from './subject.js';
export { generateKey, randomSerialNumbers } from './system-keys.js';
export type { SerialNumbers } from './system-keys.js';
export { certificateValidity } from './validity.js';
