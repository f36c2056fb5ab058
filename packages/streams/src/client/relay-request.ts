import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { tuneForStreams } from '../tcp.js';
import { clientLeft, defaultAnswerTimeout, ownAnswer, passedHeaders, requestTo, UnfitAnswer } from './relay.js';
import type { RelayOptions, RelayOutcome } from './relay.js';
import { unreachable } from './upgrade.js';
import type { UpgradeTarget } from './upgrade.js';

function ask(target: UpgradeTarget, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = requestTo(target, { method: 'GET', headers: {} });
    const stop = (): void => void sent.destroy(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    sent.once('socket', tuneForStreams);
    // Also after the answer began: its body fails then, which is where it is noticed.
    sent.on('error', reject);
    sent.once('response', (answer) => {
      signal.removeEventListener('abort', stop);
      resolve(answer);
    });
    sent.end();
  });
}

function passHead(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, [...passedHeaders(answer), 'X-Content-Type-Options', 'nosniff']);
  response.flushHeaders();
}

/**
 * Answers a GET with what another kubelet or API server answers to the target, as it comes and at the pace of the client:
 * logs of nodes that front one. Nothing of the client's request is passed on. Resolves when the answer has ended, also when
 * the target could not be reached, which the client was told then with status 502. An answer that breaks off cuts the
 * connection to the client. The client's leaving must abort the signal.
 */
export async function relayRequest(
  response: ServerResponse,
  target: UpgradeTarget,
  options: Omit<RelayOptions, 'idleTimeout'>,
): Promise<RelayOutcome> {
  const { clock, answerTimeout = defaultAnswerTimeout, signal } = options;
  const attempt = clock.deadline(answerTimeout, signal);
  try {
    const answer = await ask(target, attempt.signal);
    const { statusCode: status = 0 } = answer;
    attempt.release();
    if (status >= 300 && status < 400) throw new UnfitAnswer(answer);
    passHead(answer, response);
    await pipeline(answer, response, signal ? { signal } : {});
    return { status };
  } catch (cause) {
    if (response.headersSent) return { status: response.statusCode };
    if (response.destroyed) return { status: clientLeft };
    const { status, body } = ownAnswer(cause, signal);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
    response.end(`${body}\n`);
    return { status, error: unreachable(cause as Error) };
  } finally {
    attempt.release();
  }
}
