// The provider contract, streams, volumes and restarts on a Docker of the test's own.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@virtual-kubelet/base';
import { docker } from '@virtual-kubelet/container';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { describeProvider } from '@virtual-kubelet/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Docker } from './docker.js';
import { startDocker, whyNoDocker } from './docker.js';
import { images } from './engine-kit.js';
import { describePods } from './engine-pods.js';
import { describeRestarts } from './engine-restarts.js';
import { describeStreams, shellPod, waits } from './engine-streams.js';

const missing = await whyNoDocker();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
const folder = missing === undefined ? mkdtempSync(join(tmpdir(), 'vk-docker-')) : '';
const config = {
  socket: join(folder, 'docker.sock'),
  stateFolder: join(folder, 'state'),
  network: 'vk-e2e',
  pauseImage: images.pause,
};

describe.runIf(missing === undefined)(`the provider on a real Docker${reason}`, () => {
  let engine: Docker;
  beforeAll(async () => {
    engine = await startDocker(folder);
  });
  afterAll(() => engine.close());

  describeProvider(docker, {
    describe,
    it,
    config,
    clock: () => systemClock,
    pod: () => shellPod(waits),
    shortPod: { pod: () => shellPod('exit 3', { restartPolicy: 'Never' }), exitCode: 3 },
    refusedPod: () => shellPod(waits, { hostNetwork: true }),
    startWithin: 60_000,
    endWithin: 60_000,
    many: 5,
  });
  describeStreams('Docker', { definition: docker as unknown as ProviderDefinition, config, resized: 'applied' });
  describePods('Docker', { definition: docker as unknown as ProviderDefinition, config, folder, tellsOom: true });
  describeRestarts('Docker', {
    definition: docker as unknown as ProviderDefinition,
    config,
    stopService: () => engine.stopService(),
    startService: (options) => engine.startService(options),
    processes: () => engine.processes(),
  });
});
