/** Talks to an API server through `kubectl proxy`, which takes care of credentials. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A parsed answer. */
export interface Answer {
  readonly code: number;
  readonly body: Json;
}

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** A call. `type` is the media type without `application/`. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

/** The API server behind a kubeconfig. */
export interface Server {
  call(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a proxy. The kubeconfig is the one of `KUBECONFIG`, the command that of `KUBECTL` or `kubectl`. */
export async function connect(): Promise<Server> {
  const proxy = spawn(process.env['KUBECTL'] ?? 'kubectl', ['proxy', '--port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await firstAddress(proxy);
  return {
    call: (call) => send(address, call),
    close: async () => {
      proxy.kill();
      await once(proxy, 'exit');
    },
  };
}

async function firstAddress(proxy: ChildProcess): Promise<string> {
  let output = '';
  for await (const chunk of proxy.stdout ?? []) {
    output += String(chunk);
    const found = /127\.0\.0\.1:\d+/.exec(output);
    if (found !== null) return `http://${found[0]}`;
  }
  throw new Error(`kubectl proxy ended: ${output}`);
}

async function send(address: string, { method, path, body, type = 'json' }: Call): Promise<Answer> {
  const response = await fetch(address + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': `application/${type}` } }),
  });
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return {
    code: response.status,
    body: isJson ? ((await response.json()) as Json) : { message: await response.text() },
  };
}

/** A call that has to succeed. */
export async function mustCall(server: Server, call: Call): Promise<Json> {
  const answer = await server.call(call);
  if (answer.code >= 300) throw new Error(`${call.method} ${call.path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
