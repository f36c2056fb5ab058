import { messageOf, untilAborted } from '@virtual-kubelet/base';
import type { Sink } from '@virtual-kubelet/provider';
import type { KubeletApiOptions } from '../kubelet-api-options.js';
import type { Reply } from '../reply.js';
import { text } from '../reply.js';
import type { RequestCall } from './request-call.js';
import { containerTarget, notImplemented } from './target.js';

interface Collected extends Sink {
  text(): string;
}

function collect(most: number): Collected {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    async write(chunk) {
      size += chunk.length;
      if (size > most) throw new RangeError(`the command wrote more than ${most} bytes: use exec`);
      chunks.push(chunk);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** `/run`: the older way to run a command, without streams; `cmd` is split at spaces. Output of both kinds is one text. */
export async function runCommand(call: RequestCall, options: KubeletApiOptions): Promise<Reply> {
  const { provider, pods, contextOf } = options;
  if (!provider.exec) return notImplemented;
  const target = containerTarget(pods, call.parameters);
  if ('status' in target) return target;
  const command = (call.url.searchParams.get('cmd') ?? '').split(' ').filter((word) => word !== '');
  if (command.length === 0) return text(400, 'you must specify a command');
  const output = collect(call.limits.runOutput);
  try {
    const streams = { tty: false, stdout: output, stderr: output };
    const context = contextOf('run', call.gone);
    const running = provider.exec(target.container, command, { streams, context });
    const { exitCode } = await untilAborted(running, call.gone);
    return exitCode === 0 ? text(200, output.text()) : text(500, `command exited with ${exitCode}: ${output.text()}`);
  } catch (error) {
    call.gone.throwIfAborted();
    return text(500, `error executing command in container: ${messageOf(error)}`);
  }
}
