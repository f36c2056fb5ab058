/** The heads of answers to upgrades, which are written by hand: after `upgrade`, node:http leaves the socket alone. */
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Status } from '@virtual-kubelet/kubernetes';

/** Writes the head of somebody else's answer. An answer that is no upgrade ends with the connection. */
export function writeHead(socket: Duplex, answer: IncomingMessage): void {
  const { statusCode: code = 502, rawHeaders } = answer;
  const lines = [`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    if (code === 101 || !/^(connection|transfer-encoding|content-length)$/i.test(name)) lines.push(`${name}: ${value}`);
  }
  if (code !== 101) lines.push('connection: close');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

/** Refuses an upgrade with a Status and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: Status): void {
  const { code = 500 } = status;
  const body = JSON.stringify(status);
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
