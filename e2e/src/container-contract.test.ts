import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@virtual-kubelet/base';
import { dockerBackend, engineClient, podman } from '@virtual-kubelet/container';
import { createPodRuntimeProvider, createPodStorage, systemProbeClient } from '@virtual-kubelet/pod-runtime';
import type { PodRuntime } from '@virtual-kubelet/pod-runtime';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { describeProvider } from '@virtual-kubelet/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { images, kernelLogIsThere } from './engine-kit.js';
import { describePods } from './engine-pods.js';
import { describeStreams, shellPod, waits } from './engine-streams.js';
import type { Podman } from './podman.js';
import { startPodman, whyNoPodman } from './podman.js';

const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
const folder = missing === undefined ? mkdtempSync(join(tmpdir(), 'vk-podman-')) : '';
const socket = join(folder, 'podman.sock');

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

const config = { socket, stateFolder: join(folder, 'state') };

const suite = {
  describe,
  it,
  clock: () => systemClock,
  pod: () => shellPod(waits),
  shortPod: { pod: () => shellPod('exit 3', { restartPolicy: 'Never' }), exitCode: 3 },
  refusedPod: () => shellPod(waits, { hostNetwork: true }),
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

  describeProvider(podman, { ...suite, config });
  describeProvider(overDockerApi, { ...suite, nodes: ['docker-node', 'docker-other-node'] });

  describeStreams('Podman', { definition: podman as unknown as ProviderDefinition, config, resized: 'applied' });
  // Podman 4 changes no limits by Docker's API.
  describeStreams('the Docker API', { definition: overDockerApi, config: {}, resized: 'failed' });
  describePods('Podman', {
    definition: podman as unknown as ProviderDefinition,
    config,
    folder,
    tellsOom: kernelLogIsThere,
  });
});
