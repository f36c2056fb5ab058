/** Providers that are no part of this program: a file, or a package, whose default export is a definition. */
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorsOf, messageOf } from '@virtual-kubelet/base';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { defineProvider } from '@virtual-kubelet/provider';
import { errors } from '../errors.js';

const fail = errorsOf(errors);

/**
 * The file behind what `--provider` says: a path that begins with `.` or `/`, or the name of a package as Node.js finds it
 * from the working directory; undefined where there is no such package.
 */
export function moduleOf(name: string, folder: string = process.cwd()): string | undefined {
  if (name.startsWith('.') || isAbsolute(name)) return resolve(folder, name);
  try {
    return createRequire(join(folder, 'package.json')).resolve(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw fail('VK_PROVIDER_MODULE', { name, problem: messageOf(error) }, error);
  }
}

/**
 * Loads a definition.
 * @throws CodedError `VK_PROVIDER_MODULE` when it cannot be loaded, `VK_PROVIDER_EXPORT` when it exports something else,
 * and those of `defineProvider`
 */
export async function loadProvider(name: string, file: string): Promise<ProviderDefinition> {
  const exported = await importDefault(name, file);
  if (!isDefinition(exported)) throw fail('VK_PROVIDER_EXPORT', { file });
  return defineProvider(exported);
}

async function importDefault(name: string, file: string): Promise<unknown> {
  try {
    const found = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
    return found.default;
  } catch (error) {
    throw fail('VK_PROVIDER_MODULE', { name, problem: messageOf(error) }, error);
  }
}

/** Only what is needed to say better than a TypeError what is wrong; the compiler checks the rest where it was written. */
function isDefinition(value: unknown): value is ProviderDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { contract, name, configSchema, fidelity, open } = value as Partial<Record<keyof ProviderDefinition, unknown>>;
  return (
    typeof contract === 'number' &&
    typeof name === 'string' &&
    typeof configSchema === 'object' &&
    typeof fidelity === 'object' &&
    typeof open === 'function'
  );
}
