import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@virtual-kubelet/base';
import { lifetime, messageOf } from '@virtual-kubelet/base';
import type { Gate } from './gate.js';
import { answersOf } from './handlers/answers.js';
import { containerLogs } from './handlers/container-logs.js';
import { passLog } from './handlers/pass-through.js';
import type { RequestCall } from './handlers/request-call.js';
import type { KubeletApiOptions } from './kubelet-api-options.js';
import type { KubeletApiLimits } from './limits.js';
import type { Reply } from './reply.js';
import { text } from './reply.js';
import { respond, respondWithLog } from './respond.js';

/** What requests and streams are served with. */
export interface Serving {
  readonly options: KubeletApiOptions;
  readonly gate: Gate;
  readonly limits: KubeletApiLimits;
  readonly logger: Logger;
  /** Aborts when the server ends. */
  readonly closing: AbortSignal;
}

/** Bodies are not read, only counted: a request that sends more than a little is cut. */
function discardBody(request: IncomingMessage, most: number): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) request.destroy();
  });
}

/** Serves what is no stream: everything with an answer, and logs. */
export function serveRequests(serving: Serving): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { options, gate, limits, logger, closing } = serving;
  const answers = answersOf(options);

  const sendLog = async (call: RequestCall, response: ServerResponse): Promise<Reply | undefined> => {
    const passed = await passLog(call, response, options);
    if (passed) return 'answered' in passed ? undefined : passed;
    const log = await containerLogs(call, options);
    if ('refusal' in log) return text(log.refusal.status, log.refusal.message);
    await respondWithLog(response, log.body, { gone: call.gone, clock: options.clock });
    return undefined;
  };

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<Reply | undefined> => {
    const admitted = await gate.admit(request);
    if ('refusal' in admitted) return admitted.refusal;
    const { route, parameters, url, user } = admitted;
    const call: RequestCall = { parameters, url, limits, gone };
    switch (route.name) {
      case 'exec':
      case 'attach':
      case 'portForward':
        return text(400, 'Upgrade request required');
      case 'containerLogs':
        return gate.inSlot(user, () => sendLog(call, response));
      default:
        return answers[route.name](call);
    }
  };

  return async (request, response) => {
    const client = lifetime();
    response.once('close', () => client.abort(new DOMException('the client is gone', 'AbortError')));
    discardBody(request, limits.bodyBytes);
    const gone = AbortSignal.any([client.signal, closing]);
    try {
      const reply = await answer(request, response, gone);
      if (reply) respond(response, reply);
    } catch (error) {
      if (gone.aborted) return void response.destroy();
      logger.warn('a request to the kubelet API failed', { method: request.method, error: messageOf(error) });
      respond(response, text(500, 'internal error'));
    }
  };
}
