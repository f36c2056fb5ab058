// What the handlers of a real kubelet answered, recorded by e2e/src/record-kubelet.ts, beside what this port answers.
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Door } from './kubelet-api.test-kit.js';
import { openDoor, people } from './kubelet-api.test-kit.js';
import type { Difference, Said } from './recorded-differences.test-kit.js';
import { differences } from './recorded-differences.test-kit.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly as: keyof typeof people;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Message {
  readonly binary: boolean;
  /** Base64. */
  readonly bytes: string;
}

interface Heard {
  readonly protocol: string;
  readonly messages: readonly Message[];
  /** Absent where the server goes on until the client leaves. */
  readonly closedWith?: number;
}

interface Recording {
  readonly kubelet: string;
  readonly requests: readonly { readonly request: Asked; readonly answer: Said }[];
  readonly streams: readonly {
    readonly path: string;
    readonly protocols: readonly string[];
    readonly say: readonly string[];
    readonly heard: Heard;
  }[];
}

const recording = JSON.parse(readFileSync(new URL('recorded-kubelet.json', import.meta.url), 'utf8')) as Recording;

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());

function nameOf({ method, path, as, headers = {} }: Asked): string {
  const { upgrade, ...others } = headers;
  const offered = others['x-stream-protocol-version'] ?? others['sec-websocket-protocol'];
  return [as, method, path, upgrade, offered].filter((part) => part !== undefined).join(' ');
}

/** Headers that mean something to a client of a kubelet. */
const compared = [
  'allow',
  'connection',
  'content-type',
  'retry-after',
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'upgrade',
  'x-accepted-stream-protocol-versions',
  'x-stream-protocol-version',
];

/** Pods are written by other programs in other orders: which ones, is what counts. */
function bodyOf(body: string): string {
  if (!body.startsWith('{"kind":"PodList"')) return body.trim();
  const { items } = JSON.parse(body) as { items: { metadata: Record<'namespace' | 'name' | 'uid', string> }[] };
  return `PodList of ${items.map(({ metadata: { namespace, name, uid } }) => `${namespace}/${name}/${uid}`).join(', ')}`;
}

/** What an answer says. How a connection ends that was not upgraded is up to each side. */
function essence({ status, headers, body }: Said): Said {
  const names = compared.filter((name) => status === 101 || name !== 'connection');
  const kept = names.map((name) => [name, headers[name]?.toLowerCase()] as const);
  return { status, headers: Object.fromEntries(kept.filter(([, value]) => value !== undefined)), body: bodyOf(body) };
}

function changed(theirs: Said, { ours }: Difference): Said {
  const headers = Object.entries({ ...theirs.headers, ...ours.headers }).filter(([, value]) => value !== undefined);
  return { ...theirs, ...ours, headers: Object.fromEntries(headers) };
}

describe(`requests that a kubelet ${recording.kubelet} has answered`, () => {
  const cases = recording.requests.map(({ request, answer }) => ({ name: nameOf(request), request, answer }));

  test.each(cases)('$name', async ({ name, request, answer }) => {
    const { method, path, as, headers = {} } = request;
    const { status, headers: own, body } = await door.ask(path, { method, as: people[as], headers });
    const ours = essence({ status, headers: own as Said['headers'], body });
    const theirs = essence(answer);
    const known = differences.find(({ of }) => of.test(name));
    const expected = known ? changed(theirs, known) : theirs;
    expect(ours).toEqual(expected);
    // A difference that is gone must leave the list.
    expect(known !== undefined && JSON.stringify(expected) === JSON.stringify(theirs)).toBe(false);
  });

  test('each reason for a difference is used', () => {
    const names = cases.map(({ name }) => name);
    expect(differences.filter(({ of }) => !names.some((name) => of.test(name)))).toEqual([]);
  });
});

/**
 * What a message says. Three things are otherwise than in a kubelet and mean nothing to a client: its statuses of v4 and before
 * have no empty `metadata`, its translation for v5 wraps a text in itself, and its runtime does not know the pod's UID.
 */
function meaning(payload: string): string {
  if (!payload.startsWith('{')) return payload.replace(/, uid (uid-1)?:/, ', uid:');
  const { metadata: _metadata, ...status } = JSON.parse(payload) as Record<string, unknown>;
  const { details: _details, ...error } = status;
  const said = status['reason'] === 'InternalError' ? error : status;
  return JSON.stringify(said)
    .replace(/(Internal error occurred: )+/, 'Internal error occurred: ')
    .replace('exit code: command terminated with exit code ', 'exit code: ');
}

/** Messages that follow each other on one channel are one: how output is cut into messages means nothing. */
function joined(messages: readonly Message[]): readonly string[] {
  const parts: { readonly channel: string; text: string }[] = [];
  for (const { binary, bytes } of messages) {
    const data = Buffer.from(bytes, 'base64');
    const channel = `${binary ? 'binary' : 'text'} ${binary ? data[0] : data.subarray(0, 1).toString()}`;
    const payload = binary ? data.subarray(1) : Buffer.from(data.subarray(1).toString(), 'base64');
    const last = parts.at(-1);
    if (last?.channel === channel && last.text !== '') last.text += payload.toString('latin1');
    else parts.push({ channel, text: payload.toString('latin1') });
  }
  return parts.map(({ channel, text }) => `${channel}: ${meaning(text)}`);
}

describe(`WebSockets that a kubelet ${recording.kubelet} has served`, () => {
  test.each(recording.streams.map((stream) => ({ ...stream, name: `${stream.path} ${stream.protocols.join(', ')}` })))(
    '$name',
    async ({ path, protocols, say, heard: theirs }) => {
      const { url, tls, headers } = door.target(path);
      const socket = new WebSocket(url.replace('https:', 'wss:'), [...protocols], { ...tls, headers });
      const messages: Message[] = [];
      const isComplete = (): boolean => joined(messages).length >= joined(theirs.messages).length;
      const closed = once(socket, 'close');
      const complete = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer, binary) => {
          messages.push({ binary, bytes: data.toString('base64') });
          if (theirs.closedWith === undefined && isComplete()) resolve();
        });
      });
      await once(socket, 'open');
      const binary = !socket.protocol.includes('base64');
      for (const each of say) socket.send(Buffer.from(each, 'base64'), { binary });
      const over = closed.then(([code]) => code as number);
      const code = await Promise.race([over, complete]);
      socket.terminate();
      expect({ protocol: socket.protocol, messages: joined(messages), closedWith: code }).toEqual({
        protocol: theirs.protocol,
        messages: joined(theirs.messages),
        closedWith: theirs.closedWith,
      });
    },
  );
});
