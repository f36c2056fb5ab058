import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { Sensitive } from '@virtual-kubelet/base';
import type { Credentials } from './access/ports.js';

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

/** Only a certificate that the TLS layer has verified against the client authorities counts. */
function certificateOf(request: IncomingMessage): Credentials['certificate'] {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const [commonName] = textsOf(subject?.CN);
  if (commonName === undefined || commonName === '') return undefined;
  return { commonName, organizations: textsOf(subject.O) };
}

/** What the request shows of its sender. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const certificate = certificateOf(request);
  const token = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  return {
    ...(certificate ? { certificate } : {}),
    ...(token === undefined ? {} : { token: new Sensitive(token) }),
  };
}
