/**
 * The mock provider: pods that run nowhere. Every pod is Running at once with the address 5.6.7.8 and gone at once when
 * deleted, unless annotations (`mock.virtual-kubelet.io/...`, see `script.ts`) tell another story: delays, exits, crash
 * loops, failing calls. With a journal its workloads outlive the virtual kubelet, as a cloud's do.
 *
 * It runs no image and opens no port; for real processes use a container engine. Logs, statistics, a small shell and an echo
 * behind every port are made up, the same in every run: `mock-streams.ts`.
 * `timeline.ts` is the heart: what a workload looks like is a function of its story and the time.
 */
import { isAbsolute, join } from 'node:path';
import { errorsOf } from '@virtual-kubelet/base';
import type { Capabilities, ProviderDefinition, ProviderSession } from '@virtual-kubelet/provider';
import { defineProvider } from '@virtual-kubelet/provider';
import { addresses } from './addresses.js';
import type { MockConfig, MockNodeConfig } from './config.js';
import { largeNode, mockConfig } from './config.js';
import { errors } from './errors.js';
import type { Journal } from './journal.js';
import { noJournal } from './journal.js';
import type { MockNodeOptions } from './mock-provider.js';
import { mockProvider } from './mock-provider.js';
import type { Platform } from './platform.js';
import { createPlatform } from './platform.js';
import { connectLoopback } from './system-loopback.js';
import { fileJournal } from './system-journal.js';

export { addresses, classicPodIP } from './addresses.js';
export type { Addresses } from './addresses.js';
export type { MockConfig, MockNodeConfig } from './config.js';
export { errors as mockErrors } from './errors.js';
export { memoryJournal, noJournal } from './journal.js';
export type { Journal, JournalEntry } from './journal.js';
export { mockProvider } from './mock-provider.js';
export type { MockNodeOptions } from './mock-provider.js';
export { createPlatform } from './platform.js';
export type { NewWorkload, Platform, PlatformOptions } from './platform.js';
export type { ConnectLocally } from './port-forward.js';
export { scriptOptions, scriptPrefix } from './script.js';
export type { CallScript, PodScript } from './script.js';
export type { ScriptOption } from './script-option.js';
export { isOver, nextChange, observationAt } from './timeline.js';
export type { Workload, WorkloadContainer } from './timeline.js';

const fail = errorsOf(errors);

function journalOf(config: MockConfig, folder: string | undefined): Journal {
  const path = Object.values(config).find((entry) => entry.journal !== undefined)?.journal;
  if (path === undefined) return noJournal;
  return fileJournal(isAbsolute(path) ? path : join(folder ?? '.', path));
}

function capabilities(config: MockConfig): Capabilities {
  const journaled = Object.values(config).some((entry) => entry.journal !== undefined);
  return {
    createIdempotency: 'permanent',
    terminalRetention: 'unlimited',
    durability: journaled ? 'platform' : 'process',
    reads: 'consistent',
    consumes: { env: true, volumes: true, tokens: false, pullSecrets: false },
  };
}

/** The configuration of a node: its own entry, the one for all, or large defaults when there is no file. */
function nodeConfig(config: MockConfig, name: string): MockNodeConfig {
  if (Object.keys(config).length === 0) return largeNode;
  const entry = Object.hasOwn(config, name) ? config[name] : config['*'];
  if (!entry) throw fail('VK_MOCK_NODE_UNKNOWN', { node: name, known: Object.keys(config).join(', ') });
  return entry;
}

/** Nodes on one platform; tests keep the platform and open sessions on it again and again, as agents restart on a cloud. */
export function mockSession(
  platform: Platform,
  options: { readonly config: MockConfig; readonly cluster?: string } & Pick<MockNodeOptions, 'connect' | 'fileBytes'>,
): ProviderSession {
  const { config, cluster, connect, fileBytes } = options;
  return {
    forNode: async (node) =>
      mockProvider({
        platform,
        node,
        config: nodeConfig(config, node.name),
        ...(cluster === undefined ? {} : { cluster }),
        ...(connect === undefined ? {} : { connect }),
        ...(fileBytes === undefined ? {} : { fileBytes }),
      }),
    close: () => platform.close(),
  };
}

/** The `mock` provider as the command knows it. */
export const mock: ProviderDefinition<MockConfig> = defineProvider<MockConfig>({
  contract: 1,
  name: 'mock',
  summary: 'pretends to run pods: for demonstrations, tests and simulation',
  configSchema: mockConfig,
  // Nothing is run, so there is nothing a field could ask that is done less well than the rest.
  fidelity: { spec: 'full' },
  capabilities,
  async open(context) {
    const range = Object.values(context.config).find((entry) => entry.podIPRange !== undefined)?.podIPRange;
    const journal = journalOf(context.config, context.configFolder);
    const platform = createPlatform({ clock: context.clock, addresses: addresses(range), journal });
    await platform.open();
    return mockSession(platform, {
      config: context.config,
      connect: connectLoopback,
      ...(context.cluster === undefined ? {} : { cluster: context.cluster }),
    });
  },
});

export default mock;
