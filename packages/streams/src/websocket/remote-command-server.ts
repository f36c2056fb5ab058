import type { SessionSettings } from '../accept-options.js';
import { negotiate, protocol } from '../protocols.js';
import type { RemoteCommandSession, RemoteCommandStreams } from '../remote-command.js';
import { remoteCommandSession } from '../remote-command-session.js';
import { resizeChannel } from '../resize.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import { channel, closeSignal } from './channels.js';
import { codecOf } from './channel-codec.js';
import { channelOutbox } from './channel-outbox.js';
import { messageConnection } from './connection.js';
import { offeredSubprotocols, refuseWebSocket, webSocketHandshake } from './handshake.js';
import { messageBytes } from './message-bytes.js';
import { Violation } from './violation.js';

/** Subprotocols for exec and attach; the second and third version never existed on WebSocket. */
const known = [protocol.v5, protocol.v4, protocol.v4Base64, protocol.v1, protocol.base64];

/** The fifth version wins wherever it stands in the list: API servers decide so when they choose the way to the node. */
function agreedSubprotocol(upgraded: UpgradedSocket): string | undefined {
  const offered = offeredSubprotocols(upgraded);
  if (offered.length === 0) return undefined;
  if (offered.includes(protocol.v5)) return protocol.v5;
  const agreed = negotiate(offered, known);
  return agreed ?? refuseWebSocket(upgraded, 403, `requested protocol(s) are not supported: [${offered.join(' ')}]`);
}

/** What a client may send, by channel number. */
interface Receivers {
  push(number: number, bytes: Buffer): void;
  /** The client half-closes a channel. */
  close(number: number): void;
}

function receivers(parts: { stdin: Sink | undefined; resize: Sink }): Receivers {
  const sinks = new Map<number, Sink | undefined>([
    [channel.stdin, parts.stdin],
    [channel.resize, parts.resize],
  ]);
  return {
    push: (number, bytes) => sinks.get(number)?.push(bytes),
    close: (number) => sinks.get(number)?.end(),
  };
}

interface Sink {
  push(bytes: Uint8Array): void;
  end(): void;
}

/** Takes the messages that end a channel, which may come in pieces as all others. */
function closeSignals(receive: Receivers): (bytes: Buffer, last: boolean) => void {
  const whole = messageBytes();
  return (bytes, last) => {
    whole.add(bytes);
    if (!last) return;
    const named = whole.take();
    const number = named.length === 1 ? named.readUInt8(0) : closeSignal;
    if (number > channel.resize) throw new Violation('close signal without a channel');
    receive.close(number);
  };
}

function lowestWritable(wanted: RemoteCommandStreams): number {
  if (wanted.stdout) return channel.stdout;
  return wanted.stderr ? channel.stderr : channel.error;
}

/** Serves exec or attach over a WebSocket. */
export function serveRemoteCommandOverWebSocket(
  upgraded: UpgradedSocket,
  wanted: RemoteCommandStreams,
  settings: SessionSettings,
): RemoteCommandSession {
  const subprotocol = agreedSubprotocol(upgraded);
  const connection = messageConnection(webSocketHandshake(upgraded, subprotocol), {
    settings,
    codec: codecOf(subprotocol),
    onBytes(number, bytes, last) {
      if (subprotocol === protocol.v5 && number === closeSignal) onClose(bytes, last);
      else receive.push(number, bytes);
    },
  });
  const stdin = wanted.stdin ? connection.flow.open() : undefined;
  const sizes = resizeChannel(settings.limits.resizeDocument);
  const receive = receivers({ stdin, resize: sizes });
  const onClose = closeSignals(receive);
  const output = (number: number) => channelOutbox({ connection, channel: number });
  connection.gone.addEventListener('abort', () => {
    stdin?.end();
    sizes.end();
  });
  // An empty message tells the client that the session is open.
  connection.send(lowestWritable(wanted), Buffer.alloc(0));
  return remoteCommandSession({
    protocol: subprotocol ?? protocol.v1,
    gone: connection.gone,
    stdin,
    stdout: wanted.stdout ? output(channel.stdout) : undefined,
    stderr: wanted.stderr ? output(channel.stderr) : undefined,
    error: output(channel.error),
    resize: wanted.tty ? sizes.sizes : undefined,
    finish: () => {
      stdin?.discard();
      sizes.end();
      return connection.close();
    },
  });
}
