import { ManualClock } from '@virtual-kubelet/base';
import type { Journal, MockConfig } from '@virtual-kubelet/mock';
import { addresses, createPlatform, memoryJournal, mock, mockSession, scriptPrefix } from '@virtual-kubelet/mock';
import type { Capabilities, ProviderDefinition } from '@virtual-kubelet/provider';
import { simpleProvider } from '@virtual-kubelet/provider-kit';
import { describe, expect, it } from 'vitest';
import { toyProvider } from '../../../provider-kit/test/toy-provider.js';
import { describeProvider, podOf } from '../index.js';

function scripted(script: Record<string, string>, restartPolicy: string = 'Always') {
  const annotations = Object.fromEntries(Object.entries(script).map(([key, value]) => [scriptPrefix + key, value]));
  return podOf({ annotations, spec: { restartPolicy } });
}

const scripts = {
  shortPod: { pod: () => scripted({ 'run-time': '3s', 'exit-code': '3' }, 'Never'), exitCode: 3 },
  slowPod: () => scripted({ 'create-latency': '1h' }),
  refusedPod: () => scripted({ 'exit-code': 'many' }),
};

const honest = (mock.capabilities as (config: MockConfig) => Capabilities)({});

/** The mock on a journal that outlives its sessions. */
function journaled(journal: Journal): ProviderDefinition<MockConfig> {
  return {
    ...mock,
    name: 'mock-with-journal',
    capabilities: { ...honest, durability: 'platform' },
    async open(context) {
      const platform = createPlatform({ clock: context.clock, addresses: addresses(), journal });
      await platform.open();
      return mockSession(platform, { config: {}, ...(context.cluster ? { cluster: context.cluster } : {}) });
    },
  };
}

describeProvider(mock, { describe, it, ...scripts });
describeProvider({ ...mock, name: 'mock-polled' }, { describe, it, ...scripts, config: { '*': { notify: false } } });
describeProvider(journaled(memoryJournal()), { describe, it, ...scripts });

for (const notifies of [true, false]) {
  // A session makes one toy for each node.
  const definition = simpleProvider({
    name: notifies ? 'toy' : 'toy-polled',
    summary: 'runs nothing',
    create: () => toyProvider(notifies),
  });
  describeProvider(definition, { describe, it });
}

describe('the suite', () => {
  it('needs no more than describe and it of a test framework', async () => {
    const names: string[] = [];
    const bodies: (() => Promise<void>)[] = [];
    describeProvider(mock, {
      clock: () => new ManualClock(),
      describe: (name, body) => {
        names.push(name);
        body();
      },
      it: (name, body) => {
        names.push(name);
        bodies.push(body);
      },
    });
    expect(names[0]).toBe('provider mock');
    expect(bodies.length).toBeGreaterThan(12);
    await Promise.all(bodies.map((body) => body()));
  });
});
