import { streamError } from '../errors.js';
import { negotiate, protocolList } from '../protocols.js';
import { refuseUpgrade } from '../refuse-upgrade.js';
import type { UpgradeRefusal } from '../refuse-upgrade.js';
import type { UpgradedSocket } from '../upgraded-socket.js';

const versionHeader = 'X-Stream-Protocol-Version';

function refuse(upgraded: UpgradedSocket, refusal: UpgradeRefusal): never {
  refuseUpgrade(upgraded, refusal);
  throw streamError('VK_STREAMS_UPGRADE_REFUSED', { status: refusal.status, why: refusal.body });
}

function asksForSpdy({ request: { headers } }: UpgradedSocket): boolean {
  const connection = headers.connection?.toLowerCase() ?? '';
  return connection.includes('upgrade') && (headers.upgrade?.toLowerCase().includes('spdy/3.1') ?? false);
}

/** Answers of kubernetes/kubernetes:staging/src/k8s.io/streaming/pkg/httpstream. */
function refusalOf(offered: readonly string[], known: readonly string[]): UpgradeRefusal {
  if (offered.length === 0)
    return { status: 400, body: `unable to upgrade: header ${versionHeader} is missing or names no protocol` };
  return {
    status: 403,
    body: `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${known.join(' ')}]`,
    headers: known.map((name) => ['X-Accepted-Stream-Protocol-Versions', name] as const),
  };
}

/**
 * Agrees on a protocol with a client that asks for SPDY and switches to it, or refuses as a kubelet does and throws.
 * @returns the protocol agreed on
 */
export function spdyHandshake(upgraded: UpgradedSocket, known: readonly string[]): string {
  const offered = protocolList(upgraded.request.headers['x-stream-protocol-version']);
  const agreed = negotiate(offered, known);
  if (!agreed) return refuse(upgraded, refusalOf(offered, known));
  if (!asksForSpdy(upgraded)) {
    const body = 'unable to upgrade: missing upgrade headers in request: Connection: Upgrade and Upgrade: SPDY/3.1';
    return refuse(upgraded, { status: 400, body });
  }
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  upgraded.socket.write(`${lines.join('\r\n')}\r\n${versionHeader}: ${agreed}\r\n\r\n`);
  return agreed;
}
