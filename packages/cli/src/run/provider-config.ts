import { errorsOf } from '@virtual-kubelet/base';
import type { ProviderDefinition, SchemaIssue } from '@virtual-kubelet/provider';
import { parseProviderConfig, readText } from '../options/config-file.js';
import { errors } from '../errors.js';

const fail = errorsOf(errors);

function pathOf(issue: SchemaIssue): readonly PropertyKey[] {
  return (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
}

/**
 * Reads and checks the provider's configuration; without a path the provider gets an empty document.
 * @throws CodedError `VK_PROVIDER_CONFIG` with every problem at its place
 */
export async function providerConfig(definition: ProviderDefinition, path: string | undefined): Promise<unknown> {
  const document = path === undefined ? undefined : parseProviderConfig(path, await readText(path));
  const result = await definition.configSchema['~standard'].validate(document?.value ?? {});
  if (result.issues === undefined) return result.value;
  const problems = result.issues.map((issue) => {
    const at = pathOf(issue);
    return `${document?.place(at) ?? 'built-in configuration'} ${at.map(String).join('.') || 'document'}: ${issue.message}`;
  });
  throw fail('VK_PROVIDER_CONFIG', { problems: problems.join('\n'), path: path ?? 'the configuration' });
}
