import type { Clock, Sensitive } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { createSubjectAccessReview, createTokenReview } from '@virtual-kubelet/client';
import type { AccessQuestion, Authenticator, Authorizer, KubeletUser } from '@virtual-kubelet/kubelet-api';
import { delegatedAuthenticator, delegatedAuthorizer } from '@virtual-kubelet/kubelet-api';

async function reviewToken(client: ApiClient, token: Sensitive, signal: AbortSignal): Promise<KubeletUser | undefined> {
  const { authenticated, user } = await createTokenReview(client, { token }, { signal });
  if (authenticated !== true || user?.username === undefined) return undefined;
  const { username: name, uid, groups = [], extra } = user;
  return { name, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
}

/** Always about the Node of this name and one of its subresources (kubernetes/kubernetes:pkg/kubelet/server/auth.go). */
async function reviewAccess(
  client: ApiClient,
  node: string,
  asked: AccessQuestion & { readonly signal: AbortSignal },
): Promise<boolean> {
  const { user, verb, subresource, signal } = asked;
  const { name, uid, groups, extra } = user;
  const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: node };
  const spec = {
    user: name,
    groups,
    resourceAttributes,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
  return (await createSubjectAccessReview(client, spec, { signal })).allowed;
}

/** Asks the API server who shows a token. One for all nodes of a process, so that they share what it remembers. */
export function reviewingAuthenticator(
  client: ApiClient,
  options: { readonly clock: Clock; readonly anonymous?: boolean },
): Authenticator {
  return delegatedAuthenticator({ ...options, reviewToken: (token, signal) => reviewToken(client, token, signal) });
}

/** Asks the API server what users may do with one node. */
export function reviewingAuthorizer(
  client: ApiClient,
  options: { readonly clock: Clock; readonly node: string },
): Authorizer {
  const { clock, node } = options;
  return delegatedAuthorizer({
    clock,
    reviewAccess: (question, signal) => reviewAccess(client, node, { ...question, signal }),
  });
}
