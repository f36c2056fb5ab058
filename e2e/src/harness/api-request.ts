import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';

/** A call to the API server. */
export interface ApiCall {
  /** @default GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** @default anything */
  readonly accept?: string;
}

/** An answer of any status, read to its end. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** As the server said it; empty when it did not. */
  readonly contentType: string;
}

/** An API server and the credentials to use. */
export interface ApiTarget {
  readonly baseUrl: string;
  /** Absent: the authorities of the system. */
  readonly caPem?: string;
  /** Whether its certificate has to be one of an authority. @default true */
  readonly verify?: boolean;
  readonly credentials?: IssuedCertificate;
  /** A bearer token. */
  readonly token?: string;
}

/** Sends one request over a connection of its own. Rejects when there is no answer within 30 seconds. */
export async function apiRequest(target: ApiTarget, path: string, call: ApiCall = {}): Promise<ApiAnswer> {
  const body = call.body === undefined ? '' : JSON.stringify(call.body);
  const sent = request(new URL(path, target.baseUrl), {
    method: call.method ?? 'GET',
    ca: target.caPem,
    rejectUnauthorized: target.verify ?? true,
    cert: target.credentials?.certificatePem,
    key: target.credentials?.keyPem,
    agent: false,
    signal: AbortSignal.timeout(30_000),
    headers: {
      'user-agent': 'e2e-harness',
      'content-type': call.contentType ?? 'application/json',
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
      ...(call.accept === undefined ? {} : { accept: call.accept }),
      // Node announces no body of its own accord where the method is DELETE.
      ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  return { status: answer.statusCode ?? 0, text, contentType: answer.headers['content-type'] ?? '' };
}
