import { createHash } from 'node:crypto';
import type { Clock, Sensitive } from '@virtual-kubelet/base';
import { limiter } from '@virtual-kubelet/base';
import { expiringCache } from './expiring-cache.js';
import { sharedCalls } from './shared-calls.js';
import type { Authenticator, Credentials, KubeletUser } from './ports.js';

/** What a {@link delegatedAuthenticator} asks and how long it remembers. */
export interface DelegatedAuthenticatorOptions {
  readonly clock: Clock;
  /** Asks the API server whose token this is (TokenReview); undefined: nobody's. */
  readonly reviewToken: (token: Sensitive, signal: AbortSignal) => Promise<KubeletUser | undefined>;
  /** Let requests without credentials in as `system:anonymous`. @default false */
  readonly anonymous?: boolean;
}

/** As a kubelet remembers a token (authentication.webhook.cacheTTL), milliseconds. */
const remembered = 120_000;
/** An unknown token may become known any moment: only a burst of the same one is answered from memory. */
const rememberedUnknown = 10_000;
const mostTokens = 4_096;
/** Anybody may show rubbish: what that costs the API server, and everything else that asks it, stays small. */
const mostReviews = { atOnce: 8, waiting: 64 };

const anonymousUser: KubeletUser = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

function userOf({ commonName, organizations }: NonNullable<Credentials['certificate']>): KubeletUser {
  return { name: commonName, groups: [...organizations, 'system:authenticated'] };
}

/** Tokens are remembered by their hash, so that memory holds none. */
function keyOf(token: Sensitive): string {
  return createHash('sha256').update(token.reveal()).digest('base64');
}

/** Certificates first, then tokens by review, as a kubelet does. A token that is shown but not known is never anonymous. */
export function delegatedAuthenticator(options: DelegatedAuthenticatorOptions): Authenticator {
  const { clock, reviewToken, anonymous = false } = options;
  const tokens = expiringCache<{ readonly user: KubeletUser | undefined }>(clock, mostTokens);
  const shared = sharedCalls<KubeletUser | undefined>();
  const reviews = limiter(mostReviews.atOnce);

  const review = async (token: Sensitive, key: string, signal: AbortSignal): Promise<KubeletUser | undefined> => {
    if (reviews.waiting >= mostReviews.waiting) throw new Error('too many unknown tokens at once');
    const user = await reviews.run(() => reviewToken(token, signal), signal);
    tokens.set(key, { user }, user ? remembered : rememberedUnknown);
    return user;
  };

  return {
    async authenticate({ certificate, token }, signal) {
      if (certificate) return userOf(certificate);
      if (!token) return anonymous ? anonymousUser : undefined;
      const key = keyOf(token);
      const known = tokens.get(key);
      return known ? known.user : shared(key, signal, () => review(token, key, signal));
    },
  };
}
