/** The certificates of a playground: who it is, and who its users are. They live as long as their credentials are kept. */
import { X509Certificate } from 'node:crypto';
import type { Clock, Ids } from '@virtual-kubelet/base';
import type { AlternativeNames, CertificateAuthority, IssuedCertificate } from '@virtual-kubelet/certificates';
import { certificateValidity, createCertificateAuthority, readPrivateKey } from '@virtual-kubelet/certificates';
import type { User } from '../store/user.js';
import { adminUser } from '../store/user.js';

/** A certificate authority with what a server and its users need of it. */
export interface PlaygroundAuthority {
  /** PEM of the authority, which clients trust and namespaces publish as `kube-root-ca.crt`. */
  readonly certificatePem: string;
  /** For everything else, such as signing CertificateSigningRequests. */
  readonly authority: CertificateAuthority;
  /** A certificate to serve with. */
  serving(names: AlternativeNames): IssuedCertificate;
  /** A certificate that says who a client is: the user's name and groups. The administrator's is always the same. */
  client(user: User): IssuedCertificate;
}

/** What makes a playground the same after a restart. It is plain JSON, and all of it is secret. */
export interface PlaygroundCredentials {
  /** Shape of this value. */
  readonly format: 1;
  /** Who vouches for all certificates. */
  readonly authority: IssuedCertificate;
  readonly administrator: IssuedCertificate;
  /** Signs the tokens of service accounts. */
  readonly tokenKey: string;
}

const hour = 3_600_000;
const year = 365 * 24 * hour;
const commonName = 'virtual-kubelet-playground';

/** New credentials. They begin an hour ago, for clients whose clocks are behind, and last ten years. */
export function createPlaygroundCredentials({ clock, ids }: CredentialParts): PlaygroundCredentials {
  const now = clock.wall();
  const validity = { notBefore: now - hour, notAfter: now + 10 * year };
  const authority = createCertificateAuthority({ commonName, ...validity });
  const { certificatePem, keyPem } = authority;
  const administrator = authority.issue({ ...subjectOf(adminUser), usages: ['client'], ...validity });
  return { format: 1, authority: { certificatePem, keyPem }, administrator, tokenKey: ids.uuid() };
}

/** What credentials are made of. */
export interface CredentialParts {
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Reads credentials; undefined where the value is none of this format, its parts do not belong together, or they have ended. */
export function readPlaygroundCredentials(value: unknown, now: number): PlaygroundCredentials | undefined {
  const found = value as Partial<PlaygroundCredentials> | null;
  if (typeof found !== 'object' || found?.format !== 1 || typeof found.tokenKey !== 'string') return undefined;
  try {
    const [root, administrator] = [checked(found.authority, now), checked(found.administrator, now)];
    const isWhole = root?.ca === true && administrator?.verify(root.publicKey) === true && found.tokenKey !== '';
    return isWhole ? (found as PlaygroundCredentials) : undefined;
  } catch {
    // No certificate, or no key.
    return undefined;
  }
}

/** A certificate that holds now and belongs to its key. */
function checked(issued: Partial<IssuedCertificate> | undefined, now: number): X509Certificate | undefined {
  const { certificatePem = '', keyPem = '' } = issued ?? {};
  const certificate = new X509Certificate(certificatePem);
  const { notBefore, notAfter } = certificateValidity(certificatePem);
  const isOwn = certificate.checkPrivateKey(readPrivateKey(keyPem));
  return isOwn && notBefore <= now && now < notAfter ? certificate : undefined;
}

/** What an authority is made of. */
export interface AuthorityOptions {
  readonly clock: Clock;
  /** What an earlier one was known by. @default a new authority, whose credentials nobody keeps */
  readonly credentials?: PlaygroundCredentials;
}

/** Makes an authority. The certificates it issues begin an hour ago, as it does, and last a year. */
export function createPlaygroundAuthority({ clock, credentials }: AuthorityOptions): PlaygroundAuthority {
  const now = clock.wall();
  const validity = { notBefore: now - hour, notAfter: now + year };
  const authority =
    credentials === undefined ? createCertificateAuthority({ commonName, ...validity }) : kept(credentials);
  const { notAfter } = certificateValidity(authority.certificatePem);
  const leaf = { ...validity, notAfter: Math.min(validity.notAfter, notAfter) };
  return {
    certificatePem: authority.certificatePem,
    authority,
    serving: (names) => authority.issue({ commonName: 'kube-apiserver', ...names, usages: ['server'], ...leaf }),
    client: (user) =>
      user.username === adminUser.username && credentials !== undefined
        ? credentials.administrator
        : authority.issue({ ...subjectOf(user), usages: ['client'], ...leaf }),
  };
}

function kept({ authority }: PlaygroundCredentials): CertificateAuthority {
  const { certificatePem, keyPem } = authority;
  const key = readPrivateKey(keyPem);
  return createCertificateAuthority({ commonName, ...certificateValidity(certificatePem), key, certificatePem });
}

function subjectOf({ username, groups = [] }: User): {
  readonly commonName: string;
  readonly organizations: readonly string[];
} {
  return { commonName: username, organizations: groups.filter((group) => group !== authenticated) };
}

/** The group of everybody who said who they are. */
export const authenticated = 'system:authenticated';
