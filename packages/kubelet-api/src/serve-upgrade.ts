import { messageOf } from '@virtual-kubelet/base';
import { refuseUpgrade } from '@virtual-kubelet/streams';
import type { UpgradedSocket } from '@virtual-kubelet/streams';
import { passUpgrade } from './handlers/pass-through.js';
import type { Answered } from './handlers/pass-through.js';
import { portForward } from './handlers/port-forward.js';
import { remoteCommand } from './handlers/remote-command.js';
import { silentMetrics } from './kubelet-api-metrics.js';
import type { AnswerProtocol } from './kubelet-api-metrics.js';
import type { Reply } from './reply.js';
import { text } from './reply.js';
import { routeName } from './routes.js';
import type { Serving } from './serve-request.js';
import { streamSlots } from './stream-slots.js';

/** Closed sockets write errors to nobody. */
const ignore = (): void => undefined;

function protocolOf({ request }: UpgradedSocket, status: number): AnswerProtocol {
  if (status !== 101) return 'HTTP';
  return request.headers.upgrade?.toLowerCase() === 'websocket' ? 'WebSocket' : 'SPDY';
}

/** Serves the streams: exec, attach, port-forward. */
export function serveUpgrades(serving: Serving): (upgraded: UpgradedSocket) => Promise<void> {
  const { options, gate, limits, logger, closing } = serving;
  const { observer = silentMetrics } = options;
  const forwards = streamSlots({ streams: limits.forwards, streamsOfUser: limits.forwards });

  const stream = async (upgraded: UpgradedSocket): Promise<Answered | Reply | undefined> => {
    const admitted = await gate.admit(upgraded.request);
    if ('refusal' in admitted) return admitted.refusal;
    const { route, parameters, url, user } = admitted;
    const takeForward = (): (() => void) | undefined => forwards.take(user.name);
    const call = { upgraded, route, parameters, url, limits, closing, takeForward };
    switch (route.name) {
      case 'exec':
      case 'attach':
        return gate.inSlot(user, async () => (await passUpgrade(call, options)) ?? remoteCommand(call, options));
      case 'portForward':
        return gate.inSlot(user, async () => (await passUpgrade(call, options)) ?? portForward(call, options));
      default:
        return text(400, 'this path has no streams');
    }
  };

  return async (upgraded) => {
    upgraded.socket.on('error', ignore);
    try {
      const reply = await stream(upgraded);
      const answered = reply && 'answered' in reply ? reply.answered : (reply?.status ?? 101);
      observer.answered(routeName(upgraded.request.url), answered, protocolOf(upgraded, answered));
      if (!reply || 'answered' in reply) return;
      const { status, body, headers = {} } = reply;
      refuseUpgrade(upgraded, { status, body, headers: Object.entries(headers) });
    } catch (error) {
      // Sessions answer and close by themselves; whatever else happened, the socket must not stay.
      logger.debug('a stream of the kubelet API ended early', { error: messageOf(error) });
      upgraded.socket.destroy();
    }
  };
}
