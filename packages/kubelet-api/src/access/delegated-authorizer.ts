import type { Clock } from '@virtual-kubelet/base';
import { expiringCache } from './expiring-cache.js';
import { sharedCalls } from './shared-calls.js';
import type { AccessQuestion, Authorizer } from './ports.js';

/** What a {@link delegatedAuthorizer} asks. */
export interface DelegatedAuthorizerOptions {
  readonly clock: Clock;
  /** Asks the API server (SubjectAccessReview on `nodes/<subresource>` of this node). */
  readonly reviewAccess: (question: AccessQuestion, signal: AbortSignal) => Promise<boolean>;
}

/** As a kubelet remembers answers (authorization.webhook), milliseconds. */
const rememberedAllowed = 300_000;
const rememberedDenied = 30_000;
const mostAnswers = 4_096;

function keyOf({ user, verb, subresource }: AccessQuestion): string {
  return JSON.stringify([verb, subresource, user.name, user.uid, user.groups, user.extra]);
}

/** Asks the API server and remembers its answers, never its failures. */
export function delegatedAuthorizer({ clock, reviewAccess }: DelegatedAuthorizerOptions): Authorizer {
  const answers = expiringCache<boolean>(clock, mostAnswers);
  const shared = sharedCalls<boolean>();
  return {
    async authorize(question, signal) {
      const key = keyOf(question);
      const known = answers.get(key);
      if (known !== undefined) return known;
      return shared(key, signal, async () => {
        const allowed = await reviewAccess(question, signal);
        answers.set(key, allowed, allowed ? rememberedAllowed : rememberedDenied);
        return allowed;
      });
    },
  };
}
