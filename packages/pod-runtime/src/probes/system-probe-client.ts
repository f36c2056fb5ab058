/** Probes over real sockets. Connections are not kept, and certificates not verified: what is asked is whether it answers. */
import { connect as connectHttp2 } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { ProbeAnswer, ProbeClient, ProbeRequest } from '../handler.js';

const mostBody = 10 * 1_024;

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostBody) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBody).toString('utf8');
}

function headersOf(request: ProbeRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of request.headers) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

function http(wanted: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer> {
  const { scheme, host, port, path } = wanted;
  const send = scheme === 'https' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const options = { host, port, path, headers: headersOf(wanted), agent: false, rejectUnauthorized: false, signal };
    const sent = send(options, (answer) => {
      const { location } = answer.headers;
      readBody(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, body, ...(location === undefined ? {} : { location }) }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

function tcp(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** A grpc.health.v1.HealthCheckRequest in a gRPC frame: one string field, shorter than 128 bytes or not. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7];
  const message = service === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([10, ...length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

const servingStatus: readonly string[] = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** The status in a grpc.health.v1.HealthCheckResponse frame; an empty message is the enum's zero. */
export function healthStatus(frame: Buffer): string {
  const status = frame.length >= 7 && frame[5] === 8 ? (frame[6] ?? 0) : 0;
  return servingStatus[status] ?? 'UNKNOWN';
}

function grpc(target: { host: string; port: number; service: string }, signal: AbortSignal): Promise<string> {
  const { host, port, service } = target;
  const name = host.includes(':') ? `[${host}]` : host;
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://${name}:${port}`);
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', stop);
      session.destroy();
      settle();
    };
    const stop = (): void => finish(() => reject(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
    session.on('error', (error) => finish(() => reject(error)));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let code = '';
    const note = (headers: NodeJS.Dict<string | string[] | number | boolean>): void => {
      const status = headers['grpc-status'];
      if (typeof status === 'string') code = status;
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => finish(() => reject(error)));
    stream.on('end', () => {
      const failed = code !== '' && code !== '0';
      finish(() =>
        failed ? reject(new Error(`rpc failed with status ${code}`)) : resolve(healthStatus(Buffer.concat(chunks))),
      );
    });
    stream.end(healthRequest(service));
  });
}

/** The probe client of this machine. */
export const systemProbeClient: ProbeClient = { http, tcp, grpc };
