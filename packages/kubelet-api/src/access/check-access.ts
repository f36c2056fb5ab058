import { messageOf } from '@virtual-kubelet/base';
import type { Logger } from '@virtual-kubelet/base';
import type { Reply } from '../reply.js';
import { text } from '../reply.js';
import type { Authenticator, Authorizer, Credentials, KubeletUser } from './ports.js';

/** Who decides about requests. */
export interface AccessControl {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly logger: Pick<Logger, 'warn'>;
}

/** What a request needs: the verb on any one of these subresources of the Node. */
export interface RequiredAccess {
  readonly verb: string;
  readonly subresources: readonly string[];
}

/** Who it is, or the answer that turns the request away. */
export type AccessDecision = { readonly user: KubeletUser } | { readonly refusal: Reply };

function words(user: KubeletUser, { verb, subresources }: RequiredAccess): string {
  return `user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
}

/** Decides about one request, in the words of a kubelet (kubernetes/kubernetes:pkg/kubelet/server/server.go). Fails closed. */
export async function checkAccess(
  control: AccessControl,
  request: { readonly credentials: Credentials; readonly access: RequiredAccess },
  signal: AbortSignal,
): Promise<AccessDecision> {
  const { authenticator, authorizer, logger } = control;
  const { credentials, access } = request;
  let user: KubeletUser | undefined;
  try {
    user = await authenticator.authenticate(credentials, signal);
  } catch (error) {
    logger.warn('nobody could tell who sent a request to the kubelet API: refused', { error: messageOf(error) });
  }
  if (!user) return { refusal: text(401, 'Unauthorized') };
  try {
    for (const subresource of access.subresources)
      if (await authorizer.authorize({ user, verb: access.verb, subresource }, signal)) return { user };
  } catch (error) {
    logger.warn('nobody could tell what a user of the kubelet API may do: refused', { error: messageOf(error) });
    return { refusal: text(500, `Authorization error (${words(user, access)})`) };
  }
  return { refusal: text(403, `Forbidden (${words(user, access)})`) };
}
