import { errorsOf } from '@virtual-kubelet/base';
import { featuresOf, rbacManifest } from '@virtual-kubelet/agent';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { stringify } from 'yaml';
import { loadSettings } from './run/node-settings.js';
import { runOptions } from './options/option-table.js';
import { providerConfig } from './run/provider-config.js';
import { findProvider } from './run/providers.js';
import { errors } from './errors.js';
import type { FlagTexts } from './options/settings.js';
import { readSettings } from './options/settings.js';
import { formProblem } from './options/value-forms.js';

const fail = errorsOf(errors);

/** Whom `virtual-kubelet rbac` writes roles for. */
export interface RbacFlags {
  readonly account: string;
  readonly accountNamespace: string;
}

function checked(flag: string, text: string): string {
  const problem = formProblem('object-name', text);
  if (problem !== undefined) throw fail('VK_OPTION_VALUE', { option: `--${flag}`, problem });
  return text;
}

/** `virtual-kubelet rbac`: the ServiceAccount and roles these settings need, as YAML for `kubectl apply -f -`. */
export async function rbacCommand(flags: FlagTexts, whom: RbacFlags): Promise<void> {
  const { nodes } = await loadSettings(flags);
  const [first] = nodes;
  if (!first) return;
  const read = readSettings(runOptions, first);
  const provider = await findProvider(read.optional('provider'));
  const definition = await provider.load();
  const config = await providerConfig(definition, read.optional('provider-config'));
  const { consumes } = capabilitiesOf(definition, config);
  const objects = rbacManifest({
    name: checked('account', whom.account),
    namespace: checked('account-namespace', whom.accountNamespace),
    features: [
      ...featuresOf(consumes),
      ...(consumes.volumes && read.text('config-refresh') === 'watch' ? (['config-watch'] as const) : []),
      ...(read.text('port') === 'none' ? [] : (['kubelet-api'] as const)),
      ...(read.boolean('rotate-server-certificates') ? (['serving-certificate'] as const) : []),
    ],
  });
  process.stdout.write(objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n'));
}
