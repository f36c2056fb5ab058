import { configSchemaText } from './options/config-schema.js';
import { loadSettings, nodeOptions } from './run/node-settings.js';
import { runOptions } from './options/option-table.js';
import { providerConfig } from './run/provider-config.js';
import { findProvider } from './run/providers.js';
import type { FlagTexts } from './options/settings.js';
import { readSettings } from './options/settings.js';

/** `virtual-kubelet config print|validate`: every value with its source, or only whether all of it can be used. */
export async function configCommand(verb: 'print' | 'validate', flags: FlagTexts): Promise<void> {
  const { nodes } = await loadSettings(flags);
  for (const settings of nodes) {
    const read = readSettings(runOptions, settings);
    const provider = await findProvider(read.optional('provider'));
    nodeOptions(settings, provider.name);
    await providerConfig(await provider.load(), read.optional('provider-config'));
    if (verb === 'validate') continue;
    const lines = runOptions.flatMap((option) => {
      const setting = settings.get(option.flag);
      if (option.config === undefined || setting === undefined) return [];
      return [`${option.config}: ${JSON.stringify(setting.text)} # ${setting.source}\n`];
    });
    process.stdout.write(`# node ${read.text('nodename')}\n${lines.join('')}`);
  }
  if (verb === 'validate') process.stdout.write(`valid: ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}\n`);
}

/** `virtual-kubelet config schema`. */
export async function printConfigSchema(): Promise<void> {
  process.stdout.write(configSchemaText(runOptions));
}
