import type { FidelityTable, ProviderDefinition } from '@virtual-kubelet/provider';
import { abilities } from '@virtual-kubelet/provider';
import { knownProviders } from 'virtual-kubelet/internal';
import { code, page, table } from './markdown.js';

function fidelityRows(fidelity: FidelityTable): readonly (readonly string[])[] {
  return Object.entries(fidelity).map(([field, row]) => {
    if (row === 'full') return [code(field), 'full', ''];
    return 'refused' in row ? [code(field), 'refused', row.refused] : [code(field), 'degraded', row.degraded];
  });
}

function fidelityPage({ name, summary, fidelity }: ProviderDefinition): string {
  const intro = `${summary}.\n\nHow truly the provider \`${name}\` honours each field of a pod. A row covers all below it that has no row of its own.\nPods that use a refused field are held or failed before anything is created, with this reason.`;
  return page(`Pod fields: ${name}`, intro) + table(['Field', 'Honoured', 'How'], fidelityRows(fidelity));
}

function abilityPage(): string {
  const rows = abilities.map(({ method, title, otherwise }) => [code(method), title, otherwise]);
  const intro =
    'What a provider may do beside the six calls every provider implements; found by the presence of the method.';
  return page('Abilities of providers', intro) + table(['Method', 'Users get', 'Without it'], rows);
}

/** A page of pod fields for each provider of the command, and that of abilities. */
export async function providerPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map([['docs/reference/abilities.md', abilityPage()]]);
  for (const known of knownProviders)
    pages.set(`docs/reference/pod-fields-${known.name}.md`, fidelityPage(await known.load()));
  return pages;
}
