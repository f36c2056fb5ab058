/** The two servers under comparison. */
import type { Playground } from '@virtual-kubelet/playground';
import type { ControlPlane } from '../harness/index.js';
import type { Side } from './transcript.js';

/** A side on which scenarios can have a namespace of their own. */
export interface PreparedSide extends Side {
  /** Resolves when pods can be created in it. */
  createNamespace(name: string): Promise<void>;
}

/** The real one. */
export function realSide(plane: ControlPlane): PreparedSide {
  return {
    send: ({ path, ...call }) => plane.request(path, call),
    createNamespace: (name) => plane.createNamespace(name),
  };
}

/** The one in this process. */
export function playgroundSide(playground: Playground): PreparedSide {
  const groups = ['system:masters', 'system:authenticated'];
  const extra = { 'authentication.kubernetes.io/credential-id': ['X509SHA256=0'] };
  const transport = playground.transport({ user: { username: 'admin', groups, extra } });
  const send: Side['send'] = async ({ method, path, contentType, accept, body }) => {
    const headers = { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) };
    const request = { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await transport.request(request);
    return { status: answer.status, text: new TextDecoder().decode(answer.body) };
  };
  return {
    send,
    createNamespace: async (name) => {
      const body = { metadata: { name } };
      await send({ method: 'POST', path: '/api/v1/namespaces', contentType: 'application/json', body });
    },
  };
}
