import type { Transport, TransportRequest } from '@virtual-kubelet/base';

/** As many as the writes of a few pods need at once. Where there are more pods, more open by themselves. */
const connections = 4;

/** Any caller may ask for it, and the answer is small. */
const question: TransportRequest = { method: 'GET', path: '/version', lane: 'pods' };

/**
 * Opens connections for what is about pods, so that the first pods of a node do not wait for handshakes. Nothing depends on it:
 * what fails here fails again, and is told, where it is needed.
 */
export async function openConnections(transport: Pick<Transport, 'request'>): Promise<void> {
  await Promise.allSettled(Array.from({ length: connections }, () => transport.request(question)));
}
