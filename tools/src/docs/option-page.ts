import type { Option, OptionGroup } from 'virtual-kubelet/internal';
import { runOptions } from 'virtual-kubelet/internal';
import { code, page, table } from './markdown.js';

const intro =
  'What `virtual-kubelet run` takes. A flag wins over its environment variable, that over the configuration file\n' +
  '(`--config`), that over the default. `virtual-kubelet config print` shows every value with its source.\n\n' +
  'An [example of the file](../examples/nodes.yaml). Editors know its form by the [JSON Schema](config.schema.json) that the first\n' +
  'line of the example names, or that `virtual-kubelet config schema` prints; `config validate` has the last word.';

function effect({ help, choices, ignored, refused, harmless }: Option): string {
  if (refused !== undefined) {
    const taken = harmless?.map((value) => (value === '' ? 'an empty one' : code(value))) ?? [];
    return `refused${taken.length === 0 ? '' : ` unless it is ${taken.join(' or ')}`}: ${refused}`;
  }
  if (ignored !== undefined) return `no effect: ${ignored}`;
  return choices ? `${help} (${choices.map((choice) => code(choice)).join(', ')})` : help;
}

function rowOf(option: Option): readonly string[] {
  return [
    code(`--${option.flag}`),
    option.type,
    code(option.default),
    code(option.env),
    code(option.config),
    effect(option),
  ];
}

/** The page of options, from the table the command itself is made from. */
export function optionPage(): string {
  const groups: readonly OptionGroup[] = [...new Set(runOptions.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const rows = runOptions.filter((option) => option.group === group).map(rowOf);
    return `## ${group}\n\n${table(['Flag', 'Type', 'Default', 'Environment', 'In the file', 'Effect'], rows)}`;
  });
  return page('Options', intro) + sections.join('\n');
}
