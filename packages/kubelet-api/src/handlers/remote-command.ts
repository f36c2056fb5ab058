import { messageOf, untilAborted } from '@virtual-kubelet/base';
import type { ExecCall, ExitStatus } from '@virtual-kubelet/provider';
import { acceptRemoteCommand } from '@virtual-kubelet/streams';
import type { RemoteCommandOutcome, RemoteCommandSession, RemoteCommandStreams } from '@virtual-kubelet/streams';
import type { KubeletApiOptions } from '../kubelet-api-options.js';
import type { Reply } from '../reply.js';
import { text } from '../reply.js';
import type { UpgradeCall } from './upgrade-call.js';
import { containerTarget, notImplemented } from './target.js';

/** A kubelet knows exactly `1`; the API's own words are taken too. */
function isSet(query: URLSearchParams, ...names: readonly string[]): boolean {
  return names.some((name) => query.get(name) === '1' || query.get(name) === 'true');
}

function streamsOf(query: URLSearchParams): RemoteCommandStreams {
  return {
    stdin: isSet(query, 'input', 'stdin'),
    stdout: isSet(query, 'output', 'stdout'),
    stderr: isSet(query, 'error', 'stderr'),
    tty: isSet(query, 'tty'),
  };
}

function callOf(session: RemoteCommandSession, tty: boolean, context: ExecCall['context']): ExecCall {
  const { stdin, stdout, stderr, resize } = session;
  const streams = {
    tty,
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    ...(resize ? { resize } : {}),
  };
  return { streams, context };
}

/** Runs the call to its end, however it ends: the client learns of it, or is gone. */
async function converse(
  session: RemoteCommandSession,
  run: () => Promise<RemoteCommandOutcome>,
  failure: (error: unknown) => RemoteCommandOutcome,
): Promise<void> {
  const outcome = await run().catch(failure);
  if (!session.gone.aborted) await session.end(outcome);
}

const closingMessage = 'the node agent is stopping';

interface Plan {
  readonly what: string;
  readonly start: (call: ExecCall) => Promise<ExitStatus>;
  /** An attach has no exit code: clients read that of the container. */
  readonly exitCode: (status: ExitStatus) => number;
}

function planOf(call: UpgradeCall, options: KubeletApiOptions): Plan | Reply {
  const { provider, pods } = options;
  const { route, parameters, url } = call;
  if (route.name === 'attach' ? !provider.attach : !provider.exec) return notImplemented;
  const target = containerTarget(pods, parameters);
  if ('status' in target) return target;
  const { container } = target;
  if (route.name === 'attach') {
    return {
      what: 'attaching to container',
      start: async (exec) => provider.attach?.(container, exec) ?? { exitCode: 0 },
      exitCode: () => 0,
    };
  }
  const command = url.searchParams.getAll('command');
  if (command.length === 0) return text(400, 'you must specify a command');
  return {
    what: 'executing command in container',
    start: async (exec) => provider.exec?.(container, command, exec) ?? { exitCode: 0 },
    exitCode: ({ exitCode }) => exitCode,
  };
}

/** Serves exec and attach in whatever dialect the client speaks. Gives the answer when there is nothing to stream. */
export async function remoteCommand(call: UpgradeCall, options: KubeletApiOptions): Promise<Reply | undefined> {
  const plan = planOf(call, options);
  if ('status' in plan) return plan;
  const streams = streamsOf(call.url.searchParams);
  const { idleTimeout, creationTimeout } = call.limits;
  const session = await acceptRemoteCommand(call.upgraded, {
    streams,
    clock: options.clock,
    idleTimeout,
    creationTimeout,
  });
  const ended = AbortSignal.any([session.gone, call.closing]);
  const context = options.contextOf(call.route.name, ended);
  await converse(
    session,
    // A provider that does not heed the signal holds nothing of ours.
    async () => {
      const running = plan.start(callOf(session, streams.tty, context));
      return { exitCode: plan.exitCode(await untilAborted(running, ended)) };
    },
    (error) => ({ error: `error ${plan.what}: ${call.closing.aborted ? closingMessage : messageOf(error)}` }),
  );
  return undefined;
}
