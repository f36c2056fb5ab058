/** The certificates of a playground: who it is, and who its users are. They live as long as the process. */
import type { Clock } from '@virtual-kubelet/base';
import type { AlternativeNames, CertificateAuthority, IssuedCertificate } from '@virtual-kubelet/certificates';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import type { User } from '../store/user.js';

/** A certificate authority with what a server and its users need of it. */
export interface PlaygroundAuthority {
  /** PEM of the authority, which clients trust and namespaces publish as `kube-root-ca.crt`. */
  readonly certificatePem: string;
  /** For everything else, such as signing CertificateSigningRequests. */
  readonly authority: CertificateAuthority;
  /** A certificate to serve with. */
  serving(names: AlternativeNames): IssuedCertificate;
  /** A certificate that says who a client is: the user's name and groups. */
  client(user: User): IssuedCertificate;
}

const hour = 3_600_000;
const year = 365 * 24 * hour;

/** Makes an authority. Its certificates begin an hour ago, for clients whose clocks are behind, and last a year. */
export function createPlaygroundAuthority({ clock }: { readonly clock: Clock }): PlaygroundAuthority {
  const now = clock.wall();
  const validity = { notBefore: now - hour, notAfter: now + year };
  const authority = createCertificateAuthority({ commonName: 'virtual-kubelet-playground', ...validity });
  return {
    certificatePem: authority.certificatePem,
    authority,
    serving: (names) => authority.issue({ commonName: 'kube-apiserver', ...names, usages: ['server'], ...validity }),
    client: ({ username, groups = [] }) =>
      authority.issue({
        commonName: username,
        organizations: groups.filter((group) => group !== authenticated),
        usages: ['client'],
        ...validity,
      }),
  };
}

/** The group of everybody who said who they are. */
export const authenticated = 'system:authenticated';
