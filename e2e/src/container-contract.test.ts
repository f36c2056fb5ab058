import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock, systemRandom } from '@virtual-kubelet/base';
import type { PodSpec } from '@virtual-kubelet/kubernetes';
import { dockerBackend, engineClient, podman } from '@virtual-kubelet/container';
import { createPodRuntimeProvider, createPodStorage, systemProbeClient } from '@virtual-kubelet/pod-runtime';
import type { PodRuntime } from '@virtual-kubelet/pod-runtime';
import type { Provider, ProviderDefinition } from '@virtual-kubelet/provider';
import { callContext, describeProvider, inputsOf, podOf, refOf } from '@virtual-kubelet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from './harness/index.js';
import type { Podman } from './podman.js';
import { images, startPodman, whyNoPodman } from './podman.js';

const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
const folder = missing === undefined ? mkdtempSync(join(tmpdir(), 'vk-podman-')) : '';
const socket = join(folder, 'podman.sock');

/** Runs until it is asked to stop. */
const waits = 'trap "exit 0" TERM; while true; do sleep 0.1; done';

function shell(script: string, more: Partial<PodSpec> = {}): ReturnType<typeof podOf> {
  const container = { name: 'main', image: images.busybox, imagePullPolicy: 'Never', command: ['sh', '-c', script] };
  return podOf({ spec: { terminationGracePeriodSeconds: 2, containers: [container], ...more } });
}

/** The Docker backend, which Podman serves as well: what differs is the API alone. */
const overDockerApi: ProviderDefinition = {
  ...(podman as unknown as ProviderDefinition),
  name: 'docker-api',
  async open({ cluster, clock, random, logger }) {
    const client = engineClient(socket, '/v1.41');
    const backend = dockerBackend({ client, pauseImage: images.pause });
    const runtimes: PodRuntime[] = [];
    return {
      async forNode({ name }) {
        const storage = createPodStorage({ root: join(folder, 'docker-state', name) });
        const owner = { node: name, ...(cluster === undefined ? {} : { cluster }) };
        const runtime = createPodRuntimeProvider(backend, {
          owner,
          storage,
          probes: systemProbeClient,
          clock,
          random,
          logger,
        });
        runtimes.push(runtime);
        return runtime.provider;
      },
      async close() {
        await Promise.all(runtimes.map((runtime) => runtime.stop()));
        await client.close();
      },
    };
  },
};

const suite = {
  describe,
  it,
  clock: () => systemClock,
  pod: () => shell(waits),
  shortPod: { pod: () => shell('exit 3', { restartPolicy: 'Never' }), exitCode: 3 },
  refusedPod: () => shell(waits, { hostNetwork: true }),
  startWithin: 60_000,
  endWithin: 60_000,
  many: 5,
};

describe.runIf(missing === undefined)(`providers on a real engine${reason}`, () => {
  let engine: Podman;
  beforeAll(async () => {
    engine = await startPodman(folder);
  });
  afterAll(() => engine.close());

  describeProvider(podman, { ...suite, config: { socket, stateFolder: join(folder, 'state') } });
  describeProvider(overDockerApi, { ...suite, nodes: ['docker-node', 'docker-other-node'] });

  describe.each([
    ['Podman', podman as unknown as ProviderDefinition, 'applied'],
    // Podman 4 changes no limits by Docker's API.
    ['the Docker API', overDockerApi, 'failed'],
  ])('streams over %s', (name, definition, resized) => {
    const pod = podOf({
      name: 'streams',
      uid: `uid-streams-${name.length}`,
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
        config: { socket, stateFolder: join(folder, 'state') },
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
});
