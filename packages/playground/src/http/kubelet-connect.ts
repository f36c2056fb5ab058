/**
 * Connections to kubelets. The server shows its client certificate and, as upstream without
 * `--kubelet-certificate-authority`, takes any serving certificate: kubelets make their own.
 */
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';
import type { KubeletAddress } from '../store/kubelet/location.js';

/** How to reach kubelets. */
export interface KubeletProxyOptions {
  /** What the server shows of itself. */
  readonly credentials: IssuedCertificate;
}

/** A request to a kubelet. */
export interface KubeletRequest {
  readonly target: KubeletAddress & { readonly path: string };
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
}

/** Begins a request to a kubelet, over a connection of its own. */
export function connectKubelet(request: KubeletRequest, { credentials }: KubeletProxyOptions): ClientRequest {
  const { target, method, headers, signal } = request;
  const { host, port, path, scheme } = target;
  const common = { host, port, path, method, headers, signal, agent: false as const };
  if (scheme === 'http') return plainRequest(common);
  const { certificatePem: cert, keyPem: key } = credentials;
  return tlsRequest({ ...common, cert, key, rejectUnauthorized: false });
}
