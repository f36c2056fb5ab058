import { CodedError } from '@virtual-kubelet/base';
import { findProvider, knownProviders } from '../run/providers.js';
import { kubernetesVersion, version } from '../version.js';

function print(value: unknown, format: string, text: string): void {
  process.stdout.write(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : text);
}

/** `virtual-kubelet version`. */
export async function showVersion(format: string): Promise<void> {
  const found = { version, kubernetes: kubernetesVersion, node: process.version };
  print(found, format, `Version: ${version}, Kubernetes: ${kubernetesVersion}, Node.js: ${process.version}\n`);
}

/** `virtual-kubelet providers [name]`: one name a line, as scripts made for the Go implementation expect. */
export async function showProviders(name: string | undefined, format: string): Promise<void> {
  if (name === undefined) {
    const rows = knownProviders.map((each) => ({ name: each.name, aliases: each.aliases, summary: each.summary }));
    print(rows, format, knownProviders.map((each) => `${each.name}\n`).join(''));
    return;
  }
  try {
    const found = await findProvider(name);
    print({ name: found.name, aliases: found.aliases, summary: found.summary }, format, `${found.name}\n`);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    process.stderr.write(`no such provider ${name}\n`);
    process.exit(1);
  }
}
