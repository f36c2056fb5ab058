/**
 * CertificateSigningRequests: approved ones are signed; those of nodes for their own client certificates are approved.
 * Serving certificates of kubelets wait for somebody to approve them, as everywhere.
 */
import type { CertificateAuthority, CertificateRequest, CertificateUsage } from '@virtual-kubelet/certificates';
import { readCertificateRequest } from '@virtual-kubelet/certificates';
import type { CertificateSigningRequest } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import { conditionOf } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import type { Write } from './write.js';
import { updateWrite } from './write.js';

type Request = Stored<CertificateSigningRequest>;

const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet';
const kubeletServing = 'kubernetes.io/kubelet-serving';
const client = 'kubernetes.io/kube-apiserver-client';
const signers: ReadonlyMap<string, CertificateUsage> = new Map([
  [kubeletClient, 'client'],
  [client, 'client'],
  [kubeletServing, 'server'],
]);
const year = 31_536_000;

/** Makes a signer with an authority. */
export function createCertificateSigner(authority: CertificateAuthority): Controller {
  return {
    name: 'certificate-signer',
    watches: ['certificates.k8s.io/certificatesigningrequests'],
    keysFor: ({ key, type }) => (type === 'DELETED' ? [] : [key]),
    reconcile(key, view) {
      const request = view.get('certificates.k8s.io/certificatesigningrequests', key);
      const usage = signers.get(request?.spec.signerName ?? '');
      if (request === undefined || usage === undefined || (request.status?.certificate ?? '') !== '') return noPlan;
      return planFor(request, { authority, usage, view });
    },
  };
}

interface Signing {
  readonly authority: CertificateAuthority;
  readonly usage: CertificateUsage;
  readonly view: ClusterView;
}

function planFor(request: Request, signing: Signing): Plan {
  const { conditions } = request.status ?? {};
  if (conditionOf(conditions, 'Denied') !== undefined || conditionOf(conditions, 'Failed') !== undefined) return noPlan;
  const asked = readAsked(request);
  if (conditionOf(conditions, 'Approved') === undefined)
    return { writes: isOwnNode(request, asked) ? [approval(request)] : [] };
  if (asked === undefined || (request.spec.signerName !== client && !isNodeName(asked)))
    return { writes: [failure(request)] };
  return { writes: [signature(request, asked, signing)] };
}

function readAsked({ spec }: Request): CertificateRequest | undefined {
  try {
    return readCertificateRequest(atob(spec.request));
  } catch {
    return undefined;
  }
}

/** Nodes are `system:node:<name>` of `system:nodes`, and nobody else is. */
function isNodeName({ commonName, organizations }: CertificateRequest): boolean {
  return commonName.startsWith('system:node:') && organizations.length === 1 && organizations[0] === 'system:nodes';
}

function isOwnNode({ spec }: Request, asked: CertificateRequest | undefined): boolean {
  if (spec.signerName !== kubeletClient || asked === undefined || !isNodeName(asked)) return false;
  return spec.username === asked.commonName || spec.groups?.includes('system:bootstrappers') === true;
}

function approval(request: Request): Write {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'AutoApproved',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  return updateWrite(
    request,
    { status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } },
    'approval',
  );
}

function failure(request: Request): Write {
  const condition = {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message: 'the request is not what this signer signs',
  };
  return updateWrite(
    request,
    { status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } },
    'status',
  );
}

function signature(request: Request, asked: CertificateRequest, { authority, usage, view }: Signing): Write {
  const seconds = Math.min(request.spec.expirationSeconds ?? year, year);
  const { commonName, organizations, dnsNames, ipAddresses, publicKey } = asked;
  const certificate = authority.certify(publicKey, {
    commonName,
    organizations,
    dnsNames,
    ipAddresses,
    usages: [usage],
    notBefore: view.now - 300_000,
    notAfter: view.now + seconds * 1000,
  });
  return updateWrite(request, { status: { ...request.status, certificate: btoa(certificate) } }, 'status');
}
