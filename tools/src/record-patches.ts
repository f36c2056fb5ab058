/**
 * Records answers of a real API server for the tests of packages/kubernetes: patches of every type, the canonical
 * form of quantities, label and field selectors. Works in a namespace of its own and removes it.
 *
 *   KUBECONFIG=... [KUBECTL=...] node tools/dist/record-patches.js [seed]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordPatches } from './recordings/patches.js';
import { recordQuantities } from './recordings/quantities.js';
import { choicesFrom } from './recordings/random.js';
import { recordFieldSelectors, recordLabelSelectors } from './recordings/selectors.js';
import { connect, mustCall, type Server } from './recordings/server.js';

const folder = fileURLToPath(new URL('../../packages/kubernetes/src/testdata/', import.meta.url));

async function withNamespace(server: Server, work: (namespace: string) => Promise<void>): Promise<void> {
  const path = '/api/v1/namespaces';
  const body = { metadata: { generateName: 'recording-' } };
  const created = await mustCall(server, { method: 'POST', path, body });
  const namespace = (created['metadata'] as { name: string }).name;
  try {
    await work(namespace);
  } finally {
    await server.call({ method: 'DELETE', path: `${path}/${namespace}` });
  }
}

function write(name: string, records: readonly unknown[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.jsonl`, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  process.stdout.write(`${name}: ${records.length} records\n`);
}

const server = await connect();
const choices = choicesFrom(Number(process.argv[2] ?? 1));
try {
  await withNamespace(server, async (namespace) => {
    const session = { server, namespace, choices };
    write('quantities', await recordQuantities(session, 250));
    write('label-selectors', await recordLabelSelectors(session, 200));
    write('field-selectors', await recordFieldSelectors(session));
    write('patches', await recordPatches(session, 30));
  });
} finally {
  await server.close();
}
