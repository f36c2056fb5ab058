/** A transport that answers as a test says and remembers what it was asked. For tests only. */
import type { Transport, TransportRequest, TransportResponse } from '@virtual-kubelet/base';

/** An answer, or something to reject with. Without any the exchange hangs until it is aborted. */
export type Reply = TransportResponse | Error | 'never';

/** Answers one request. */
export type Script = (request: TransportRequest, count: number) => Reply | Promise<Reply>;

/** A {@link Transport} with its log. */
export interface ScriptedTransport extends Transport {
  readonly requests: readonly TransportRequest[];
}

/** An answer with a JSON body. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): TransportResponse {
  const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: bytes };
}

/** An answer with a Status that says no. */
export function failure(status: number, reason: string, more: object = {}): TransportResponse {
  return json(status, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'no',
    reason,
    code: status,
    ...more,
  });
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Makes a {@link ScriptedTransport} that has requests but no streams. */
export function scriptedTransport(script: Script): ScriptedTransport {
  const requests: TransportRequest[] = [];
  return {
    requests,
    async request(request) {
      requests.push(request);
      const reply = await script(request, requests.length);
      if (reply === 'never') return untilAborted(request.signal);
      if (reply instanceof Error) throw reply;
      return reply;
    },
    stream: () => Promise.reject(new Error('no streams here')),
    upgrade: () => Promise.reject(new Error('no upgrades here')),
    close: () => Promise.resolve(),
  };
}
