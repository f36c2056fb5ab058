/** Streams, statistics and changes of a pod that runs on a real engine. */
import { silentLogger, systemClock, systemRandom } from '@virtual-kubelet/base';
import type { PodSpec } from '@virtual-kubelet/kubernetes';
import type { Provider, ProviderDefinition, UpdateOutcome } from '@virtual-kubelet/provider';
import { callContext, inputsOf, podOf, refOf } from '@virtual-kubelet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { images } from './engine-kit.js';
import { waitFor } from './harness/index.js';

/** Runs until it is asked to stop. */
export const waits = 'trap "exit 0" TERM; while true; do sleep 0.1; done';

/** A pod with one container that runs a shell script. */
export function shellPod(script: string, more: Partial<PodSpec> = {}): ReturnType<typeof podOf> {
  const container = { name: 'main', image: images.busybox, imagePullPolicy: 'Never', command: ['sh', '-c', script] };
  return podOf({ spec: { terminationGracePeriodSeconds: 2, containers: [container], ...more } });
}

/** The provider whose streams are looked at. */
export interface StreamsSubject {
  readonly definition: ProviderDefinition;
  readonly config: object;
  /** What comes of a change of memory. */
  readonly resized: UpdateOutcome['result'];
}

/** Defines the cases of one provider. @param name how the engine is called in the names of cases */
export function describeStreams(name: string, { definition, config, resized }: StreamsSubject): void {
  describe(`streams over ${name}`, () => {
    const pod = podOf({
      name: 'streams',
      uid: `uid-streams-${definition.name}`,
      spec: {
        terminationGracePeriodSeconds: 1,
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          {
            name: 'main',
            image: images.busybox,
            imagePullPolicy: 'Never',
            command: [
              'sh',
              '-c',
              `echo one; echo two >&2; echo page > /data/index.html; httpd -p 127.0.0.1:8081 -h /data; httpd -p 8080 -h /data; ${waits}`,
            ],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
            resources: { limits: { memory: '64Mi' } },
          },
          { name: 'echo', image: images.busybox, imagePullPolicy: 'Never', command: ['cat'], stdin: true },
        ],
      },
    });
    const ref = refOf(pod);
    const main = { pod: ref, container: 'main' };
    let provider: Provider;
    let close: () => Promise<void>;

    const collect = (): { sink: { write(chunk: Uint8Array): Promise<void> }; text(): string } => {
      const chunks: Uint8Array[] = [];
      return {
        sink: { write: async (chunk) => void chunks.push(chunk) },
        text: () => Buffer.concat(chunks).toString(),
      };
    };
    async function* input(...texts: string[]): AsyncIterable<Uint8Array> {
      for (const text of texts) yield Buffer.from(text);
    }

    beforeAll(async () => {
      const session = await definition.open({
        config,
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        environment: {},
      });
      provider = await session.forNode({
        name: `streams-${definition.name}`,
        operatingSystem: 'linux',
        internalIP: '127.0.0.1',
      });
      await provider.createPod({ ref, pod, inputs: inputsOf(pod), attempt: 1 }, callContext());
      await waitFor('the pod runs', async () => {
        const seen = await provider.getPodStatus(ref, callContext());
        return seen?.containers.every(({ state }) => 'running' in state) || undefined;
      });
      close = async () => {
        await provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
        await waitFor('the pod ends', async () => {
          const seen = await provider.getPodStatus(ref, callContext());
          return !seen || seen.containers.every(({ state }) => 'terminated' in state) || undefined;
        });
        await session.close(callContext().signal);
      };
    });
    afterAll(() => close());

    it('a command gets its input, both outputs and its exit code', async () => {
      const [out, err] = [collect(), collect()];
      const streams = { stdin: input('typed\n'), stdout: out.sink, stderr: err.sink, tty: false };
      const ended = await provider.exec?.(main, ['sh', '-c', 'cat; echo problem >&2; exit 5'], {
        streams,
        context: callContext(),
      });
      expect([ended, out.text(), err.text()]).toEqual([{ exitCode: 5 }, 'typed\n', 'problem\n']);
    });

    it('a terminal is one', async () => {
      const out = collect();
      const streams = { stdout: out.sink, tty: true };
      await provider.exec?.(main, ['sh', '-c', 'test -t 1 && echo yes'], { streams, context: callContext() });
      expect(out.text()).toBe('yes\r\n');
    });

    it('a command ends with its client', async () => {
      const cancel = new AbortController();
      const context = { ...callContext(), signal: cancel.signal };
      const ended = provider.exec?.(main, ['sleep', '987'], {
        streams: { tty: false, stdout: collect().sink },
        context,
      });
      const processes = async (): Promise<string> => {
        const out = collect();
        await provider.exec?.(main, ['ps'], { streams: { stdout: out.sink, tty: false }, context: callContext() });
        return out.text();
      };
      await waitFor('the command runs', async () => (await processes()).includes('sleep 987') || undefined);
      cancel.abort();
      await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
      await waitFor('it is gone', async () => ((await processes()).includes('sleep 987') ? undefined : true));
    });

    it('attach talks to the first process', async () => {
      const out = collect();
      const cancel = new AbortController();
      const attached = provider.attach?.(
        { pod: ref, container: 'echo' },
        {
          streams: { stdin: input('hello\n'), stdout: out.sink, tty: false },
          context: { ...callContext(), signal: cancel.signal },
        },
      );
      attached?.catch(() => undefined);
      await waitFor('it answers', async () => out.text() === 'hello\n' || undefined);
      cancel.abort();
    });

    it('logs by stream, with times, and the last lines', async () => {
      const read = async (more: object): Promise<string> => {
        const all = { follow: false, previous: false, timestamps: false, stream: 'All', ...more } as const;
        const chunks: Uint8Array[] = [];
        for await (const chunk of provider.getContainerLogs?.(main, all, callContext()) ?? [])
          chunks.push(Uint8Array.from(chunk));
        return Buffer.concat(chunks).toString();
      };
      expect((await read({})).split('\n').toSorted()).toEqual(['', 'one', 'two']);
      expect(await read({ stream: 'Stderr' })).toBe('two\n');
      expect(await read({ stream: 'Stdout', timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT\S+Z one\n$/);
      expect(await read({ limitBytes: 2 })).toHaveLength(2);
    });

    it.each([8_080, 8_081])('port-forward reaches port %i, on the pod’s address or its loopback', async (port) => {
      const connection = await provider.portForward?.(ref, port, callContext());
      await connection?.writable.write(Buffer.from('GET /index.html HTTP/1.0\r\n\r\n'));
      let text = '';
      for await (const chunk of connection?.readable ?? []) text += Buffer.from(chunk).toString();
      expect(text).toMatch(/200 OK[^]*page\n$/);
      await expect(provider.portForward?.(ref, 9, callContext())).rejects.toThrow('ECONNREFUSED');
    });

    it('use is measured', async () => {
      const stats = await provider.getStats?.(callContext());
      const used = stats?.pods
        .find(({ pod: one }) => one.uid === ref.uid)
        ?.containers.find((one) => one.name === 'main');
      expect(used?.workingSetBytes).toBeGreaterThan(0);
      expect(used?.cpuSeconds).toBeGreaterThan(0);
    });

    it('memory is resized in place, and an ephemeral container joins', async () => {
      const [first, ...others] = pod.spec?.containers ?? [];
      if (!first) throw new Error('no container');
      const bigger = { ...first, resources: { limits: { memory: '128Mi' } } };
      const debug = {
        name: 'debug',
        image: images.busybox,
        imagePullPolicy: 'Never',
        command: ['sh', '-c', waits],
        targetContainerName: 'main',
      };
      const changed = { ...pod, spec: { ...pod.spec, containers: [bigger, ...others], ephemeralContainers: [debug] } };
      const outcomes = await provider.updatePod(
        {
          ref,
          pod: changed,
          inputs: inputsOf(changed),
          attempt: 1,
          changes: [
            { change: 'resources', container: 'main' },
            { change: 'ephemeralContainer', container: 'debug' },
          ],
        },
        callContext(),
      );
      expect(outcomes.map(({ result }) => result)).toEqual([resized, 'applied']);
      await waitFor('the debug container runs', async () => {
        const seen = await provider.getPodStatus(ref, callContext());
        return seen?.containers.some(({ name: one, state }) => one === 'debug' && 'running' in state) || undefined;
      });
      const out = collect();
      await provider.exec?.({ pod: ref, container: 'debug' }, ['ps'], {
        streams: { stdout: out.sink, tty: false },
        context: callContext(),
      });
      expect(out.text()).toContain('httpd');
    });
  });
}
