import { errorsOf } from '@virtual-kubelet/base';
import type { ErrorDefinition } from '@virtual-kubelet/base';

/** The codes of this package. */
export type CertificateErrorCode =
  | 'VK_CERTIFICATE_ADDRESS_INVALID'
  | 'VK_CERTIFICATE_NAME_INVALID'
  | 'VK_CERTIFICATE_UNREADABLE';

/** Everything that can be wrong with what a certificate is asked to say. */
export const certificateErrors: Readonly<Record<CertificateErrorCode, ErrorDefinition>> = {
  VK_CERTIFICATE_ADDRESS_INVALID: {
    message: '"{address}" is not an IP address',
    remedy:
      'Give an IPv4 or IPv6 address without brackets, port, zone or prefix length; names belong among the DNS names.',
    cause: 'A certificate holds addresses as bytes, so a text that is not an address has no place in it.',
    exit: 3,
  },
  VK_CERTIFICATE_NAME_INVALID: {
    message: '"{name}" is not a DNS name',
    remedy:
      'Use letters, digits, hyphens, underscores and dots, with "*." at most in front; write international names in their xn-- form.',
    cause: 'Alternative names of a certificate are ASCII, and clients compare them label by label.',
    exit: 3,
  },
  VK_CERTIFICATE_UNREADABLE: {
    message: 'cannot read {what}',
    remedy: 'Check that the file is PEM, complete, and of the kind that its option asks for.',
    cause: 'The PEM block is missing, damaged, or holds something else.',
    exit: 3,
  },
};

/** Makes this package's errors. */
export const certificateError: ReturnType<typeof errorsOf<typeof certificateErrors>> = errorsOf(certificateErrors);
