import { errorsOf } from '@virtual-kubelet/base';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import type { SettingReader } from '../options/settings.js';
import { folderOf } from '../run/node-settings.js';
import { providerConfig } from '../run/provider-config.js';
import { findProvider } from '../run/providers.js';
import type { PlaygroundAddress } from './playground-address.js';
import { ownAddresses, playgroundAddress } from './playground-address.js';
import type { Manifest } from './playground-apply.js';
import { readManifests } from './playground-apply.js';
import { playgroundCommandErrors } from './playground-errors.js';

const fail = errorsOf(playgroundCommandErrors);

/** A provider of the playground with what it is given. */
export interface ChosenProvider {
  readonly name: string;
  readonly definition: ProviderDefinition;
  /** Checked by the definition's schema. */
  readonly config: unknown;
  /** Folder of the configuration file. @default there is no file */
  readonly configFolder?: string;
}

/** What a playground is to be, as far as it can be known to be possible before anything is started. */
export interface PlaygroundPlan {
  readonly providers: readonly ChosenProvider[];
  /** Nodes of each provider. */
  readonly nodes: number;
  readonly address: PlaygroundAddress;
  /** 0 for any free one. */
  readonly port: number;
  readonly manifests: readonly Manifest[];
  readonly dataDir: string | undefined;
  readonly kubeconfig: string | undefined;
}

/**
 * Checks all that a user asked for, reading every file that was named.
 * @throws CodedError that of the first thing that cannot be
 */
export async function playgroundPlan(read: SettingReader): Promise<PlaygroundPlan> {
  return {
    address: addressOf(read),
    port: portOf(read),
    nodes: read.integer('nodes'),
    dataDir: read.optional('data-dir'),
    kubeconfig: read.optional('kubeconfig'),
    providers: await providersOf(read),
    manifests: await readManifests(read.list('apply')),
  };
}

function addressOf(read: SettingReader): PlaygroundAddress {
  const text = read.text('address');
  const address = playgroundAddress(text, ownAddresses());
  if (!address) throw read.wrong('address', `"${text}" is not an IP address`);
  return address;
}

function portOf(read: SettingReader): number {
  const text = read.text('port');
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw read.wrong('port', `"${text}" is not a port`);
  return port;
}

async function providersOf(read: SettingReader): Promise<readonly ChosenProvider[]> {
  const asked = read.list('provider');
  const found = await Promise.all((asked.length === 0 ? [undefined] : asked).map(findProvider));
  const byName = new Map(found.map((one) => [one.name, one]));
  const path = read.optional('provider-config');
  if (byName.size > 1 && path !== undefined)
    throw fail('VK_PLAYGROUND_PROVIDERS', { names: [...byName.keys()].join(', ') });
  return Promise.all(
    [...byName.values()].map(async ({ name, load }) => {
      const definition = await load();
      const config = await providerConfig(definition, path);
      return { name, definition, config, ...(path === undefined ? {} : { configFolder: folderOf(path) }) };
    }),
  );
}
