import { errorsOf } from '@virtual-kubelet/base';
import type { ErrorDefinition } from '@virtual-kubelet/base';

/** The codes of this package. */
export type KubeletApiErrorCode = 'VK_KUBELET_API_LISTEN' | 'VK_KUBELET_API_CERTIFICATE' | 'VK_KUBELET_API_CLIENT_CA';

/** What can go wrong before the kubelet API serves. */
export const kubeletApiErrors: Readonly<Record<KubeletApiErrorCode, ErrorDefinition>> = {
  VK_KUBELET_API_LISTEN: {
    message: 'cannot listen on {address} for the kubelet API: {problem}',
    remedy: 'choose another port with --port, or 0 for any free one',
    cause: 'The port is taken, perhaps by a kubelet of the same machine, or the address is not one of this machine.',
  },
  VK_KUBELET_API_CERTIFICATE: {
    message: 'cannot serve with {cert} and {key}: {problem}',
    remedy: 'give a PEM certificate and the PEM private key that belongs to it, readable by this user',
    cause: 'The serving certificate or its key cannot be read, or the two do not belong together.',
    exit: 3,
  },
  VK_KUBELET_API_CLIENT_CA: {
    message: 'cannot use {path} as client authority: {problem}',
    remedy: 'give a PEM file with the certificates of the authorities that sign client certificates',
    cause: 'Without this file no client certificate can be verified, so it must not be skipped in silence.',
    exit: 3,
  },
};

/** Makes one of this package's coded errors. */
export const kubeletApiError: ReturnType<typeof errorsOf<typeof kubeletApiErrors>> = errorsOf(kubeletApiErrors);
