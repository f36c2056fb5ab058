/** Logs, commands and streams handed through, for providers that have them. */
import type { ContainerRef, LogOptions, StreamRequest, Upstream } from '@virtual-kubelet/provider';
import { isNotFound } from '@virtual-kubelet/provider';
import { callContext, refOf } from '../../builders.js';
import { notPlain } from '../plain-data.js';
import type { ProviderCheck } from '../suite-options.js';
import { expectNone, expectThat } from '../suite-options.js';
import type { SuiteWorld } from '../suite-world.js';
import { withWorld } from '../suite-world.js';

/** A stream whose reader is gone ends within this time, milliseconds. */
const endsWithin = 5_000;

const whole: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };

function containerOf(pod: ReturnType<SuiteWorld['pod']>): ContainerRef {
  return { pod: refOf(pod), container: pod.spec?.containers[0]?.name ?? '' };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** What a call ends with, result or failure. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error);
}

const logs: ProviderCheck = {
  id: 'logs',
  title: 'gives logs, if it has any, until nobody reads them any more',
  run: (source) =>
    withWorld(source, async (world) => {
      const { provider, answer } = world;
      const get = provider.getContainerLogs?.bind(provider);
      if (!get) return;
      const read = async (ref: ContainerRef, options: LogOptions, signal?: AbortSignal): Promise<string> =>
        textOf(get(ref, options, callContext(signal ? { signal } : {})));
      const stranger = await answer('getContainerLogs', outcome(read(containerOf(world.pod()), whole)));
      expectThat(isNotFound(stranger), `logs of an unknown pod must fail with NotFound, not ${String(stranger)}`);
      const { logs: wanted } = source.options;
      const pod = world.pod(wanted?.pod());
      await world.create(pod);
      await world.untilRunning(pod);
      const leaving = new AbortController();
      const following = outcome(read(containerOf(pod), { ...whole, follow: true }, leaving.signal));
      await world.calm();
      leaving.abort(new Error('nobody reads any more'));
      await answer('following logs after their reader has gone', following, endsWithin);
      if (!wanted) return;
      const text = await answer('getContainerLogs', read(containerOf(pod), whole));
      expectThat(text.includes(wanted.text), `the log lacks "${wanted.text}": ${JSON.stringify(text.slice(0, 200))}`);
    }),
};

const commands: ProviderCheck = {
  id: 'commands',
  title: 'runs commands in containers, if it can, with their output and exit code',
  run: (source) =>
    withWorld(source, async (world) => {
      const { provider, answer } = world;
      const exec = provider.exec?.bind(provider);
      if (!exec) return;
      const { exec: wanted } = source.options;
      const run = async (ref: ContainerRef): Promise<{ exitCode: number; text: string }> => {
        const decoder = new TextDecoder();
        let text = '';
        const stdout = { write: async (chunk: Uint8Array) => void (text += decoder.decode(chunk, { stream: true })) };
        const call = { streams: { stdout, tty: false }, context: callContext() };
        const { exitCode } = await exec(ref, wanted?.command ?? ['true'], call);
        return { exitCode, text };
      };
      const stranger = await answer('exec', outcome(run(containerOf(world.pod()))));
      expectThat(isNotFound(stranger), `exec in an unknown pod must fail with NotFound, not ${String(stranger)}`);
      if (!wanted) return;
      const pod = world.pod();
      await world.create(pod);
      await world.untilRunning(pod);
      const { exitCode, text } = await answer('exec', run(containerOf(pod)));
      expectThat(exitCode === wanted.exitCode, `exec ended with ${exitCode} instead of ${wanted.exitCode}`);
      expectThat(
        text === wanted.stdout,
        `exec wrote ${JSON.stringify(text)} instead of ${JSON.stringify(wanted.stdout)}`,
      );
    }),
};

const kinds = ['attach', 'exec', 'logs', 'portForward'] as const;

function addressProblems(upstream: Upstream): readonly string[] {
  const { url, tls = {} } = upstream;
  const scheme = URL.canParse(url) ? new URL(url).protocol : 'none';
  return [
    ...notPlain(upstream, 'upstream'),
    ...(/^https?:$/.test(scheme) ? [] : ['upstream names no http(s) address']),
    ...((tls.cert === undefined) === (tls.key === undefined) ? [] : ['upstream gives a certificate without its key']),
  ];
}

const upstreams: ProviderCheck = {
  id: 'upstreams',
  title: 'hands streams through, if it does, to an address, and those of its own pods only',
  run: (source) =>
    withWorld(source, async (world) => {
      const { provider, answer } = world;
      const find = provider.upstream?.bind(provider);
      if (!find) return;
      const upstreamOf = async (pod: ReturnType<SuiteWorld['pod']>, kind: StreamRequest['kind']): Promise<unknown> => {
        const of = kind === 'portForward' ? { pod: refOf(pod) } : containerOf(pod);
        return answer('upstream', outcome(find({ kind, ...of, query: '' }, callContext())));
      };
      const stranger = world.pod();
      for (const kind of kinds) {
        const found = await upstreamOf(stranger, kind);
        expectThat(
          found === undefined || isNotFound(found),
          `upstream of ${kind} of an unknown pod must be undefined or fail with NotFound`,
        );
      }
      const pod = world.pod();
      await world.create(pod);
      await world.untilRunning(pod);
      for (const kind of kinds) {
        const found = await upstreamOf(pod, kind);
        expectThat(!(found instanceof Error), `upstream of ${kind} failed: ${String(found)}`);
        if (found !== undefined) expectNone(addressProblems(found as Upstream));
      }
    }),
};

/** The checks of streams. */
export const streamChecks: readonly ProviderCheck[] = [logs, commands, upstreams];
