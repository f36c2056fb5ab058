import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Lets a connection have one request at a time, and cuts it when the next comes before the answer: Node would take in any
 * number of them at once, each with its reviews and its provider call, and would tell only the first that its client is gone.
 * HTTP allows it, but no client of a kubelet does it.
 *
 * @returns whether the request, or the upgrade, is to be served
 */
export function requestsInTurn(): (socket: Duplex, response?: ServerResponse) => boolean {
  const answers = new WeakMap<Duplex, ServerResponse>();
  return (socket, response) => {
    const before = answers.get(socket);
    // What was parsed together still comes after the cut.
    if (socket.destroyed || before?.writableEnded === false) {
      socket.destroy();
      return false;
    }
    if (response) answers.set(socket, response);
    return true;
  };
}
